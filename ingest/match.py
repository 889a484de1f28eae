"""Which brands a text is about (pure)."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from core.brand import Brand
from core.errors import ConfigurationError
from ingest.brands import keys_of
from ingest.names import Names, addresses, fold, stands_alone

_Owners = dict[str, set[int]]
_NOBODY: frozenset[int] = frozenset()


class Matcher:
    """Finds the configured brands in texts.

    Names in Latin script match as whole words, with or without capitals and accents, also as a hashtag (``#AcmeCo``)
    or with a possessive (``Acme's``); names in Chinese match anywhere. Where two names overlap, the one that begins
    first and is longest counts, so a brand whose name holds another's isn't taken for it; nor is a brand found in the
    name of its competitor. A text with an excluded word isn't about the brand, unless the brand is addressed with
    ``@``. What the brand's own and its excluded accounts write isn't a mention.

    An ambiguous name counts where a context word stands anywhere in the text, however far away: posts are short, and
    what tells the meaning is often in another sentence than the name ("Went to Gap today. Never again. Both jeans
    tore."). Capitals tell nothing: people write "new gap hoodie" as well as "Mind the Gap". The hashtag or account
    that is exactly the brand's counts by itself; a name within a link or an e-mail address doesn't count at all.

    Args:
        brands: the configured ones.
        source: the name of the ``[[sources]]`` table that the texts come from. Brands that take mentions from others
            only aren't given back. Empty: the texts come from no such table, and all brands count.

    Raises:
        ConfigurationError: two brands have the same name, or one is wrong in itself (see `ingest.brands.keys_of`).
    """

    def __init__(self, brands: Sequence[Brand], source: str = "") -> None:
        self._names = tuple(brand.name for brand in brands)
        if len(set(self._names)) < len(self._names):
            raise ConfigurationError("two brands have the same name; give each brand one entry")
        every = [keys_of(brand) for brand in brands]
        self._sure = _owners(keys.sure for keys in every)
        self._unsure = _owners(keys.unsure for keys in every)
        self._silent = _owners(keys.silent for keys in every)
        self._exclude = _owners(keys.exclude for keys in every)
        self._context = _owners(keys.context for keys in every)
        own = Names(self._sure.keys() | self._unsure.keys())
        competitors = _owners(keys.competitors for keys in every)
        for name, rivals in competitors.items():
            self._lend(name, own, rivals)
        self._wanted = Names(self._sure.keys() | self._unsure.keys() | competitors.keys())
        self._unwanted = Names(self._exclude)
        self._beside = Names(self._context)
        self._elsewhere = {
            number for number, brand in enumerate(brands) if source and brand.sources and source not in brand.sources
        }

    def brands_of(self, text: str, author: str = "") -> tuple[str, ...]:
        """Names of the brands that a normalised text is about, in the order of the configuration."""
        folded = fold(text)
        found: set[int] = set()
        addressed: set[int] = set()
        unsure: list[tuple[int, str]] = []
        for begin, name in self._wanted.longest_in(folded):
            numbers = self._sure.get(name, _NOBODY)
            if name in self._unsure:
                if stands_alone(name, folded, begin + len(name)):
                    numbers = numbers | self._unsure[name]
                else:
                    unsure.append((begin, name))
            found |= numbers
            if name[0] == "@":
                addressed |= numbers
        if unsure:
            found |= self._meant(unsure, folded)
        if found:
            found -= _all(self._exclude, self._unwanted.all_in(folded)) - addressed
            found -= self._passed_over(author)
        return tuple(self._names[number] for number in sorted(found))

    def counts(self, brand: str, author: str) -> bool:
        """Whether a post of `author` can count for a brand, or is the brand's own, of an excluded account or source."""
        return all(self._names[number] != brand for number in self._passed_over(author))

    def _meant(self, unsure: Iterable[tuple[int, str]], folded: str) -> set[int]:
        """Brands with an ambiguous name in the text, outside of addresses, and a context word."""
        taken = addresses(folded)
        names = {
            name
            for begin, name in unsure
            if not (before := bisect_left(taken, (begin + len(name), 0))) or taken[before - 1][1] <= begin
        }
        meant = _all(self._unsure, names)
        return meant & _all(self._context, self._beside.all_in(folded)) if meant else meant

    def _lend(self, competitor: str, own: Names, rivals: set[int]) -> None:
        """Let a competitor's name stand for the names within it, except those of the brands whose competitor it is."""
        if competitor in self._sure or competitor in self._unsure:
            return
        for _, name in own.longest_in(competitor):
            for owners in (self._sure, self._unsure):
                if others := owners.get(name, set()) - rivals:
                    owners.setdefault(competitor, set()).update(others)

    def _passed_over(self, author: str) -> set[int]:
        account = fold(author).removeprefix("@") if author else ""
        return self._elsewhere | self._silent.get(account, set())


def _owners(every: Iterable[Collection[str]]) -> _Owners:
    owners: _Owners = defaultdict(set)
    for number, keys in enumerate(every):
        for key in keys:
            owners[key].add(number)
    return dict(owners)


def _all(owners: Mapping[str, set[int]], names: Iterable[str]) -> set[int]:
    return set().union(*(owners[name] for name in names))
