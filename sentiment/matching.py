"""Finding the entries of a word list in a text; the head of `words.toml` says how entries are written."""

import re
import unicodedata
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import NamedTuple

from core.errors import ConfigurationError
from core.mention import MAX_TEXT
from sentiment.words import Group

LATIN = r"a-z0-9\u00c0-\u024f"
"""The letters and figures of Latin words, for a class of characters."""

_HAN = re.compile(r"[\u3400-\u9fff]")
_BETWEEN_WORDS = r"[\s\-]+"
# Words and what stands between them share no character: a run of hyphens could else be cut up in a million ways.
_WORD_GAP = r"(?:[\s,\-]+[^\s.!?;,\-]+){0,3}?[\s,\-]+"
_HAN_GAP = r"[^，。！？；,.!?;\n]{0,6}?"
_KEY = 2
_GAP = "..."


class Hit(NamedTuple):
    """Where an entry of a group was found."""

    name: str
    start: int
    end: int


class Matcher:
    """Finds entries in one pass: those that can begin at a place are looked up by its first two characters.

    Args:
        entries: names of groups, each with an entry of it.

    Raises:
        ConfigurationError: an entry is too short to mean anything, or has an empty word.
    """

    def __init__(self, entries: Iterable[tuple[str, str]]) -> None:
        self._waiting: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        self._ready: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
        for name, entry in entries:
            for key in _keys(entry):
                self._waiting[key].append((name, entry))

    def hits(self, text: str) -> Iterator[Hit]:
        """Every hit in a text of the `normal` form, by its place."""
        for start in range(len(text) - 1):
            key = text[start : start + _KEY]
            if key not in self._waiting:
                continue
            for name, pattern in self._ready.get(key) or self._made(key):
                if match := pattern.match(text, start):
                    yield Hit(name, start, match.end())

    def _made(self, key: str) -> list[tuple[str, re.Pattern[str]]]:
        """Patterns are made when a text first asks for them: most of two thousand never are, and it takes its time."""
        self._ready[key] = [(name, re.compile(_expression(entry))) for name, entry in self._waiting[key]]
        return self._ready[key]


def normal(text: str) -> str:
    """The form in which texts and entries are compared: full-width and fancy letters made plain, lower case.

    One character can stand for up to eighteen others; what goes beyond `core.mention.MAX_TEXT` is ignored.
    """
    return unicodedata.normalize("NFKC", text)[:MAX_TEXT].lower().replace("’", "'")


def is_han(text: str) -> bool:
    """Whether the rules of Chinese hold for a text or an entry: it has a Han character."""
    return _HAN.search(text) is not None


def either(entries: Iterable[str]) -> str:
    """One expression for all of some entries; without any, one that matches nothing.

    Raises:
        ConfigurationError: an entry has an empty word.
    """
    return "|".join(_expression(entry) for entry in entries) or r"(?!)"


def any_of(group: Group) -> re.Pattern[str]:
    """One pattern for all entries of a group; of a group without entries, one that matches nothing.

    Raises:
        ConfigurationError: an entry has an empty word.
    """
    return re.compile(either(group.entries()))


def named(groups: dict[str, Group]) -> Iterator[tuple[str, str]]:
    """The entries of some groups, each with the name of its group, as a `Matcher` takes them."""
    return ((name, entry) for name, group in groups.items() for entry in group.entries())


class Spans:
    """Where some hits lie, which may overlap: another is compared with all of them at once.

    Args:
        hits: by their place, as `Matcher.hits` gives them.
    """

    def __init__(self, hits: Iterable[Hit]) -> None:
        found = list(hits)
        self._starts = [hit.start for hit in found]
        self._reaches = list(accumulate((hit.end for hit in found), max))

    def reach(self, place: int) -> int:
        """How far those go that begin at a place or before it; -1 where none does."""
        number = bisect_right(self._starts, place)
        return self._reaches[number - 1] if number else -1

    def hold(self, hit: Hit) -> bool:
        """Whether the whole of a hit lies inside one of them."""
        return hit.end <= self.reach(hit.start)


def tokens_of(entry: str) -> list[str]:
    """The parts of an entry.

    Raises:
        ConfigurationError: it has no word, or an empty one, which would be found everywhere.
    """
    tokens = normal(entry).split()
    words = [word.rstrip("*") for token in tokens if token != _GAP for word in token.split("|")]
    if not words or not all(words):
        raise ConfigurationError(
            f"The word list entry {entry!r} has nothing in it, or nothing on a side of |, and would be found "
            "everywhere: correct it or take it out."
        )
    return tokens


def _keys(entry: str) -> frozenset[str]:
    """The pairs of characters that an entry can begin with."""
    first = tokens_of(entry)[0]
    keys = frozenset(word.rstrip("*")[:_KEY] for word in first.split("|"))
    if first == _GAP or any(len(key) < _KEY for key in keys):
        raise ConfigurationError(f"The word list entry {entry!r} must begin with two characters or more: lengthen it.")
    return keys


def _expression(entry: str) -> str:
    tokens = tokens_of(entry)
    han = any(is_han(part) for part in tokens)
    gap, between = (_HAN_GAP, r"\s*") if han else (_WORD_GAP, _BETWEEN_WORDS)
    parts: list[str] = []
    for number, part in enumerate(tokens):
        if part == _GAP:
            parts.append(gap)
            continue
        if number and tokens[number - 1] != _GAP:
            parts.append(between)
        parts.append("(?:" + "|".join(_word(word) for word in part.split("|")) + ")")
    expression = "".join(parts)
    return expression if han else f"(?<![{LATIN}]){expression}(?![{LATIN}])"


def _word(word: str) -> str:
    return re.escape(word.removesuffix("*")) + (f"[{LATIN}']*" if word.endswith("*") else "")
