"""Finding the entries of a word list in a text; the head of `words.toml` says how entries are written."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from core.errors import ConfigurationError
from sentiment.words import Group

LATIN = r"a-z0-9\u00c0-\u024f"
"""The letters and figures of Latin words, for a class of characters."""

_HAN = re.compile(r"[\u3400-\u9fff]")
_BETWEEN_WORDS = r"[\s\-]+"
# Words and what stands between them share no character: a run of hyphens could else be cut up in a million ways.
_WORD_GAP = r"(?:[\s,\-]+[^\s.!?;,\-]+){0,3}?[\s,\-]+"
_HAN_GAP = r"[^，。！？；,.!?;\n]{0,6}?"
_KEY = 2


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
        ConfigurationError: an entry is too short to mean anything.
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
    """The form in which texts and entries are compared: full-width and fancy letters made plain, lower case."""
    return unicodedata.normalize("NFKC", text).lower().replace("’", "'")


def is_han(text: str) -> bool:
    """Whether the rules of Chinese hold for a text or an entry: it has a Han character."""
    return _HAN.search(text) is not None


def either(entries: Iterable[str]) -> str:
    """One expression for all of some entries; without any, one that matches nothing."""
    return "|".join(_expression(entry) for entry in entries) or r"(?!)"


def any_of(group: Group) -> re.Pattern[str]:
    """One pattern for all entries of a group; of a group without entries, one that matches nothing."""
    return re.compile(either(group.entries()))


def named(groups: dict[str, Group]) -> Iterator[tuple[str, str]]:
    """The entries of some groups, each with the name of its group, as a `Matcher` takes them."""
    return ((name, entry) for name, group in groups.items() for entry in group.entries())


def inside(hit: Hit, spans: Iterable[tuple[int, int]]) -> bool:
    """Whether a hit lies within one of some spans."""
    return any(start <= hit.start and hit.end <= end for start, end in spans)


def _keys(entry: str) -> frozenset[str]:
    """The pairs of characters that an entry can begin with."""
    tokens = normal(entry).split()
    keys = frozenset(word.rstrip("*")[:_KEY] for word in tokens[0].split("|")) if tokens else frozenset()
    if not keys or tokens[0] == "..." or any(len(key) < _KEY for key in keys):
        raise ConfigurationError(f"The word list entry {entry!r} must begin with two characters or more: lengthen it.")
    return keys


def _expression(entry: str) -> str:
    tokens = normal(entry).split()
    han = any(is_han(part) for part in tokens)
    gap, between = (_HAN_GAP, r"\s*") if han else (_WORD_GAP, _BETWEEN_WORDS)
    parts: list[str] = []
    for number, part in enumerate(tokens):
        if part == "...":
            parts.append(gap)
            continue
        if number and tokens[number - 1] != "...":
            parts.append(between)
        parts.append("(?:" + "|".join(_word(word) for word in part.split("|")) + ")")
    expression = "".join(parts)
    return expression if han else f"(?<![{LATIN}]){expression}(?![{LATIN}])"


def _word(word: str) -> str:
    return re.escape(word.removesuffix("*")) + (f"[{LATIN}']*" if word.endswith("*") else "")
