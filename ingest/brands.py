"""What a configured brand is looked for by, and what is wrong with one (pure)."""

import difflib
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import NoReturn

from msgspec import Struct

from core.brand import Brand
from core.errors import ConfigurationError, RowError
from ingest.names import Names, fold

_LONGEST_NAME = 100
_SHOWN = 40
_BESIDE = frozenset({"context", "exclude"})
"""Fields of words that stand beside a name: any sign that can be seen may be one, such as “$” or “?”."""


class Keys(Struct, frozen=True):
    """A brand's names and words, folded.

    `sure` ones are about the brand wherever they stand; `unsure` ones are its ambiguous names with their hashtags and
    accounts. `silent` are the accounts whose posts don't count, `vips` those that are read even when
    little may be spent; both without the @.
    """

    sure: frozenset[str]
    unsure: frozenset[str]
    context: frozenset[str]
    competitors: frozenset[str]
    exclude: frozenset[str]
    silent: frozenset[str]
    vips: frozenset[str]


def keys_of(brand: Brand) -> Keys:
    """What a brand is looked for by.

    Raises:
        ConfigurationError: a name or word is empty, longer than 100 characters, or nothing but signs; an
            ambiguous name is none of the brand's, or has no context; a context word stands in an ambiguous name, so
            that this would always count; context words without an ambiguous name; a competitor is called as the brand
            is.
    """
    names = {*_folded(brand, "name"), *_folded(brand, "aliases"), *_folded(brand, "products")}
    accounts = _folded(brand, "handles")
    ambiguous = _ambiguous(brand, names | accounts)
    spelled = {*_spelled(names, ambiguous), *accounts, *(f"@{account}" for account in accounts)}
    unsure = {key for key in spelled if key in ambiguous}
    unsure |= {f"@{account}" for account in accounts & ambiguous}
    unsure |= {_tag(name) for name in names & ambiguous}
    competitors = _folded(brand, "competitors")
    for name in sorted(competitors & spelled):
        _refuse(brand, "competitors", f"“{_short(name)}” is a name of the brand itself; remove it from one of the two")
    return Keys(
        sure=frozenset(spelled - unsure),
        unsure=frozenset(unsure),
        context=frozenset(_context(brand, ambiguous)),
        competitors=frozenset(_spelled(competitors, set())),
        exclude=frozenset(_folded(brand, "exclude")),
        silent=frozenset(accounts | _folded(brand, "exclude_accounts")),
        vips=frozenset(_folded(brand, "vips")),
    )


class Spellings:
    """The brands by any of their names, for texts that say beside them which brand they are about.

    Where none is configured, any name is taken as it is.
    """

    def __init__(self, brands: Sequence[Brand]) -> None:
        self._names = {
            alias.casefold(): each.name for each in brands for alias in (*each.products, *each.aliases, *each.handles)
        }
        self._names |= {each.name.casefold(): each.name for each in brands}

    def brand(self, written: str) -> str:
        """The name of the brand that is meant.

        Raises:
            RowError: it isn't configured.
        """
        found = self._names.get(written.strip().casefold())
        if found is None and self._names:
            raise RowError(f"the brand {written} isn't configured; add it under [[brands]] or leave it out")
        return found or written.strip()


def check_sources(brands: Iterable[Brand], sources: Sequence[str]) -> None:
    """Whether every source that a brand names is there.

    Args:
        brands: the configured ones.
        sources: the names of the ``[[sources]]`` tables.

    Raises:
        ConfigurationError: one isn't.
    """
    for brand in brands:
        for name in brand.sources:
            if name not in sources:
                near = difflib.get_close_matches(name, sources, n=1)
                known = f"known are: {', '.join(sources)}" if sources else "there are none yet"
                hint = f"did you mean {near[0]!r}?" if near else f"add it or leave it out ({known})"
                _refuse(brand, "sources", f"no [[sources]] table is named {_short(name)!r}: {hint}")


def _ambiguous(brand: Brand, names: set[str]) -> set[str]:
    ambiguous = _folded(brand, "ambiguous")
    for name in sorted(ambiguous - names):
        _refuse(
            brand, "ambiguous", f"“{_short(name)}” is none of its names, aliases, products and handles; add it to these"
        )
    if ambiguous and not brand.context:
        _refuse(brand, "ambiguous", "nothing tells these names from ordinary words; add words beside them as `context`")
    return ambiguous


def _context(brand: Brand, ambiguous: set[str]) -> set[str]:
    context = _folded(brand, "context")
    if context and not ambiguous:
        _refuse(brand, "context", "no name needs these words; name those that do as `ambiguous`, or leave them out")
    words = Names(context)
    for name in sorted(ambiguous):
        for word in words.all_in(name):
            _refuse(
                brand,
                "context",
                f"“{_short(word)}” stands in the ambiguous name “{_short(name)}” itself and tells nothing; remove it",
            )
    return context


def _folded(brand: Brand, field: str) -> set[str]:
    """A field's names as they are compared, accounts without the @."""
    given: tuple[str, ...] = (brand.name,) if field == "name" else getattr(brand, field)
    folded = set()
    for name in given:
        key = fold(name)
        key = key.removeprefix("@").strip() if field in {"handles", "vips", "exclude_accounts"} else key
        if not key or len(key) > _LONGEST_NAME:
            _refuse(brand, field, f"“{_short(name)}” must have 1 to {_LONGEST_NAME} characters; shorten or remove it")
        if not _says_something(key, field):
            _refuse(
                brand,
                field,
                f"“{_short(name)}” has no letter or digit, and would be found wherever this sign stands; write more",
            )
        folded.add(key)
    return folded


def _says_something(key: str, field: str) -> bool:
    """Whether a name is more than punctuation and what can't be seen; a picture such as 🍊 is."""
    return any(
        letter.isalnum()
        or (unicodedata.category(letter) == "So" and not letter.isascii())
        or (field in _BESIDE and unicodedata.category(letter)[0] in "PS")
        for letter in key
    )


def _spelled(names: set[str], ambiguous: set[str]) -> Iterator[str]:
    for name in names:
        yield name
        # A hashtag can't hold blanks.
        if " " in name or name in ambiguous:
            yield _tag(name)


def _tag(name: str) -> str:
    return f"#{name.replace(' ', '')}"


def _short(name: str) -> str:
    line = " ".join(name.split())
    # Who can't see what is wrong can't mend it.
    line = "".join(each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in line)
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"


def _refuse(brand: Brand, field: str, what: str) -> NoReturn:
    raise ConfigurationError(f"[[brands]] {_short(brand.name) or '(without a name)'}, {field}: {what}")
