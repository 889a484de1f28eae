"""Which brands a text is about.

Names are looked up where one can begin: a pattern finds those places, a table tells how long the names are that begin
with the character there, and the longest one that fits wins. The cost doesn't grow with the number of brands.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence

from core.brand import Brand
from core.errors import ConfigurationError

_LONGEST_NAME = 100
# Scripts that put no blanks between words: a name in them has no edge to look for.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1100-\u11ff\u3005-\u3007\u3040-\u30ff\u3100-\u312f\u31a0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
_WORD = re.compile(rf"[^\W{_UNSPACED}]")
_MARKS = re.compile("[\u0300-\u036f]+")
_APOSTROPHES = str.maketrans("\u2018\u2019\u02bc", "'''")


class Matcher:
    """Finds the configured brands in texts.

    Names in Latin script match as whole words, with or without capitals and accents, also as a hashtag (``#AcmeCo``)
    or with a possessive (``Acme's``); names in Chinese match anywhere. Where two names overlap, the one that begins
    first and is longest counts, so a brand whose name holds another's isn't taken for it. A text with an excluded
    word isn't about the brand, unless the brand is addressed with ``@``. What a brand's own account writes isn't a
    mention.

    Raises:
        ConfigurationError: two brands have the same name, or a name is empty or longer than 100 characters.
    """

    def __init__(self, brands: Sequence[Brand]) -> None:
        self._names = tuple(brand.name for brand in brands)
        if len(set(self._names)) < len(self._names):
            raise ConfigurationError("two brands have the same name; give each brand one entry")
        wanted: dict[str, set[int]] = defaultdict(set)
        unwanted: dict[str, set[int]] = defaultdict(set)
        self._accounts: dict[str, set[int]] = defaultdict(set)
        for number, brand in enumerate(brands):
            for name in (brand.name, *brand.aliases):
                for key in _spellings(name, brand):
                    wanted[key].add(number)
            for handle in brand.handles:
                account = _key(handle.strip().removeprefix("@"), brand)
                self._accounts[account].add(number)
                wanted[account].add(number)
                wanted[f"@{account}"].add(number)
            for word in brand.exclude:
                unwanted[_key(word, brand)].add(number)
        self._wanted = _Table(wanted)
        self._unwanted = _Table(unwanted)

    def brands_of(self, text: str, author: str = "") -> tuple[str, ...]:
        """Names of the brands that a normalised text is about, in the order of the configuration."""
        folded = _fold(text)
        found: set[int] = set()
        addressed: set[int] = set()
        for key, numbers in self._wanted.names_in(folded):
            found |= numbers
            if key[0] == "@":
                addressed |= numbers
        if found:
            excluded = set().union(*(numbers for _, numbers in self._unwanted.names_in(folded)))
            found -= excluded - addressed
            found -= self._own(author)
        return tuple(self._names[number] for number in sorted(found))

    def is_own_account(self, brand: str, author: str) -> bool:
        """Whether `author` is one of the brand's handles."""
        return any(self._names[number] == brand for number in self._own(author))

    def _own(self, author: str) -> set[int]:
        return self._accounts.get(_fold(author).removeprefix("@"), set()) if author else set()


class _Table:
    """Names by their first character, for finding the longest one that begins at a place."""

    def __init__(self, owners: dict[str, set[int]]) -> None:
        self._owners = owners
        lengths: dict[str, set[int]] = defaultdict(set)
        for key in owners:
            lengths[key[0]].add(len(key))
        self._lengths = {first: sorted(several, reverse=True) for first, several in lengths.items()}
        # “@” and “#” begin a word of their own only where none goes before (an e-mail address isn't a handle).
        edged = "".join(re.escape(first) for first in lengths if _WORD.match(first) or first in "@#")
        free = "".join(re.escape(first) for first in lengths if not (_WORD.match(first) or first in "@#"))
        choices = [f"(?<!{_WORD.pattern})[{edged}]"] * bool(edged) + [f"[{free}]"] * bool(free)
        self._beginning = re.compile("|".join(choices) or r"(?!)")

    def names_in(self, folded: str) -> list[tuple[str, set[int]]]:
        """The names in a folded text with those whose they are, first to last, without overlaps."""
        found = []
        position = 0
        while begins := self._beginning.search(folded, position):
            begin = begins.start()
            position = begin + 1
            for length in self._lengths[folded[begin]]:
                end = begin + length
                key = folded[begin:end]
                if key in self._owners and not (_WORD.match(key[-1]) and _WORD.match(folded, end)):
                    found.append((key, self._owners[key]))
                    position = end
                    break
        return found


def _spellings(name: str, brand: Brand) -> list[str]:
    key = _key(name, brand)
    # A hashtag can't hold blanks.
    return [key, f"#{key.replace(' ', '')}"] if " " in key else [key]


def _key(name: str, brand: Brand) -> str:
    key = _fold(name).strip()
    if not key or len(key) > _LONGEST_NAME:
        raise ConfigurationError(
            f"brand {brand.name or '(without a name)'}: names, aliases, handles and excluded words have"
            f" 1 to {_LONGEST_NAME} characters; shorten or remove “{name[:_LONGEST_NAME]}”"
        )
    return key


def _fold(text: str) -> str:
    """Text as it is compared: NFKC, no accents, no capitals, one kind of apostrophe, single blanks."""
    if not text.isascii():
        text = _MARKS.sub("", unicodedata.normalize("NFKD", text).translate(_APOSTROPHES))
        text = unicodedata.normalize("NFKC", text)
    return " ".join(text.casefold().split())
