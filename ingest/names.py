"""Names as they are compared, and where they stand in a text (pure).

Names are looked up where one can begin: a pattern finds those places, a table tells how long the names are that begin
with the character there. The cost doesn't grow with the number of names.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterator

# Scripts that put no blanks between words: a name in them has no edge to look for.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1100-\u11ff\u3005-\u3007\u3040-\u30ff\u3100-\u312f\u31a0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
_WORD = re.compile(rf"[^\W{_UNSPACED}]")
_LETTER = re.compile(r"\w")
_LONGER_ACCOUNT = re.compile(rf"[.@-]{_WORD.pattern}")
# An e-mail address is looked for where one can begin: from every letter of a long word would take its square.
_ADDRESS = re.compile(r"(?:https?://|www\.)[!-~]+|(?<![a-z0-9_.+-])[a-z0-9_.+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_MARKS = re.compile("[\u0300-\u036f]+")
_ONE_KIND = str.maketrans("\u2018\u2019\u02bc\u2010\u2011\u2012\u2013\u2212", "'''-----")


def fold(text: str) -> str:
    """Text as it is compared: NFKC, no accents, no capitals, one kind of apostrophe and hyphen, single blanks."""
    if not text.isascii():
        text = _MARKS.sub("", unicodedata.normalize("NFKD", text).translate(_ONE_KIND))
        text = unicodedata.normalize("NFKC", text)
    return " ".join(text.casefold().split())


def stands_alone(name: str, folded: str, end: int) -> bool:
    """Whether a hashtag or account that begins like `name` and ends at `end` is that one, not the beginning of another.

    A hashtag goes on through letters of any script. An account in Latin letters ends where Chinese begins, but
    ``@gap.example`` and ``@gap@example.social`` are others than ``@gap``. False for what is neither.
    """
    if name[0] == "@" and _WORD.match(name[-1]):
        return not _LONGER_ACCOUNT.match(folded, end)
    return name[0] in "#@" and not _LETTER.match(folded, end)


def addresses(folded: str) -> list[tuple[int, int]]:
    """Beginning and end of every link and e-mail address in a folded text, first to last."""
    return [found.span() for found in _ADDRESS.finditer(folded)]


class Names:
    """Folded names, for finding them in folded texts: those in Latin script as whole words, Chinese ones anywhere."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = frozenset(names)
        lengths: dict[str, set[int]] = defaultdict(set)
        for name in self._names:
            lengths[name[0]].add(len(name))
        self._lengths = {first: sorted(several, reverse=True) for first, several in lengths.items()}
        edged = "".join(re.escape(first) for first in lengths if _is_edged(first))
        free = "".join(re.escape(first) for first in lengths if not _is_edged(first))
        choices = [f"(?<!{_WORD.pattern})[{edged}]"] * bool(edged) + [f"[{free}]"] * bool(free)
        self._beginning = re.compile("|".join(choices) or r"(?!)")

    def longest_in(self, folded: str) -> list[tuple[int, str]]:
        """Where names begin in a text, first to last; of several that overlap, the first and longest one."""
        found = []
        position = 0
        while begins := self._beginning.search(folded, position):
            begin = begins.start()
            name = next(self._at(folded, begin), "")
            if name:
                found.append((begin, name))
            position = begin + (len(name) or 1)
        return found

    def all_in(self, folded: str) -> Iterator[str]:
        """The names in a text, those too that overlap others."""
        for begins in self._beginning.finditer(folded):
            yield from self._at(folded, begins.start())

    def _at(self, folded: str, begin: int) -> Iterator[str]:
        for length in self._lengths[folded[begin]]:
            end = begin + length
            name = folded[begin:end]
            if name in self._names and not (_WORD.match(name[-1]) and _WORD.match(folded, end)):
                yield name


def _is_edged(name: str) -> bool:
    """Whether no word may go before a name. “@” and “#” begin one of their own (an e-mail address isn't a handle)."""
    return name[0] in "@#" or bool(_WORD.match(name))
