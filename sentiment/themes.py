"""Themes and sensitive words, found by a word list that users can add to.

The list is `words.toml` beside this module; its head says how entries are written.
"""

import re
import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from importlib import resources
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import Struct

from core.errors import ConfigurationError

NEGATION_WORDS = 5
"""How many words before a Latin sensitive word a negation may stand (NegEx: Chapman et al. 2001, five words)."""
NEGATION_CHARACTERS = 8
"""How many characters before a Chinese sensitive word a negation may stand."""

_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN = r"a-z0-9\u00c0-\u024f"
_BETWEEN_WORDS = r"[\s\-]+"
_WORD_GAP = r"(?:[\s,\-]+[^\s.!?;,]+){0,3}?[\s,\-]+"
_HAN_GAP = r"[^，。！？；,.!?;\n]{0,6}?"
_BREAK = re.compile(r"[，。！？；、：,.!?;:()\n]")
_KEY = 2
_LOOK_BACK = 120


class Group(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"hant": "zh-Hant", "hans": "zh-Hans"}
):
    """Entries in the three languages. `theme` (sensitive kinds only): the theme that a hit belongs to."""

    en: tuple[str, ...] = ()
    hant: tuple[str, ...] = ()
    hans: tuple[str, ...] = ()
    theme: str = ""

    def entries(self) -> tuple[str, ...]:
        """All entries; which rule holds for one follows from its characters, not from its list."""
        return tuple(dict.fromkeys((*self.en, *self.hant, *self.hans)))

    def merged(self, other: "Group") -> "Group":
        """This group and another one together."""
        return Group(
            en=(*self.en, *other.en),
            hant=(*self.hant, *other.hant),
            hans=(*self.hans, *other.hans),
            theme=other.theme or self.theme,
        )


class WordList(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that `words.toml` holds."""

    themes: dict[str, Group] = {}
    sensitive: dict[str, Group] = {}
    false_friends: Group = Group()
    negation: Group = Group()
    no_negation: Group = Group()
    clause_end: Group = Group()

    def merged(self, other: "WordList") -> "WordList":
        """This list with the entries of another one added."""
        return WordList(
            themes=_merged(self.themes, other.themes),
            sensitive=_merged(self.sensitive, other.sensitive),
            false_friends=self.false_friends.merged(other.false_friends),
            negation=self.negation.merged(other.negation),
            no_negation=self.no_negation.merged(other.no_negation),
            clause_end=self.clause_end.merged(other.clause_end),
        )


class Found(NamedTuple):
    """What a text holds, each name once, in the order of the word list."""

    themes: tuple[str, ...]
    sensitive: tuple[str, ...]


def bundled_words() -> WordList:
    """The word list that comes with the program."""
    return parse_words(resources.files("sentiment").joinpath("words.toml").read_bytes(), "the bundled words.toml")


def load_words(path: Path) -> WordList:
    """A user's word list.

    Raises:
        ConfigurationError: the file can't be read, or it is no word list.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"The word list {path} can't be read ({error.strerror}): check its name.") from error
    return parse_words(content, str(path))


def parse_words(content: bytes, where: str) -> WordList:
    """Read a word list written in TOML; `where` names it in messages.

    Raises:
        ConfigurationError: it is no word list.
    """
    try:
        return msgspec.convert(tomllib.loads(content.decode()), WordList)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise ConfigurationError(f"{where} is no word list: {error}. See sentiment/words.toml for the form.") from error


class _Hit(NamedTuple):
    name: str
    start: int
    end: int


class _Matcher:
    """Finds entries in one pass: those that can begin at a place are looked up by its first two characters."""

    def __init__(self, entries: Iterable[tuple[str, str]]) -> None:
        self._by_key: defaultdict[str, list[tuple[str, re.Pattern[str]]]] = defaultdict(list)
        for name, entry in entries:
            pattern, keys = compiled(entry)
            for key in keys:
                self._by_key[key].append((name, pattern))

    def hits(self, text: str) -> Iterator[_Hit]:
        for start in range(len(text) - 1):
            for name, pattern in self._by_key.get(text[start : start + _KEY], ()):
                if match := pattern.match(text, start):
                    yield _Hit(name, start, match.end())


class Lexicon:
    """A word list made ready for finding.

    Raises:
        ConfigurationError: an entry is too short to mean anything.
    """

    def __init__(self, words: WordList) -> None:
        self._order = (tuple(words.themes), tuple(words.sensitive))
        self._theme_of = {kind: group.theme for kind, group in words.sensitive.items() if group.theme}
        self._themes = _Matcher(_named(words.themes))
        self._sensitive = _Matcher(_named(words.sensitive))
        self._false_friends = _Matcher(("", entry) for entry in words.false_friends.entries())
        self._negation = _either(words.negation)
        self._no_negation = _either(words.no_negation)
        self._clause_end = _either(words.clause_end)

    def find(self, text: str) -> Found:
        """The themes and sensitive kinds of a text."""
        text = normal(text)
        harmless = [(hit.start, hit.end) for hit in self._false_friends.hits(text)]
        themes = {hit.name for hit in self._themes.hits(text) if not _inside(hit, harmless)}
        sensitive = {
            hit.name
            for hit in self._sensitive.hits(text)
            if not _inside(hit, harmless) and not self._is_negated(text, hit)
        }
        themes.update(self._theme_of[kind] for kind in sensitive if kind in self._theme_of)
        known, kinds = self._order
        return Found(
            tuple(theme for theme in dict.fromkeys((*known, *self._theme_of.values())) if theme in themes),
            tuple(kind for kind in kinds if kind in sensitive),
        )

    def _is_negated(self, text: str, hit: _Hit) -> bool:
        before = text[max(0, hit.start - _LOOK_BACK) : hit.start]
        clause = self._clause_end.split(_BREAK.split(self._no_negation.sub("\n", before))[-1])[-1]
        reach = clause[-NEGATION_CHARACTERS:] if _HAN.match(text, hit.start) else _last_words(clause)
        return self._negation.search(reach) is not None


def normal(text: str) -> str:
    """The form in which texts and entries are compared: full-width and fancy letters made plain, lower case."""
    return unicodedata.normalize("NFKC", text).lower().replace("’", "'")


def compiled(entry: str) -> tuple[re.Pattern[str], frozenset[str]]:
    """The pattern of an entry and the pairs of characters that it can begin with.

    Raises:
        ConfigurationError: the entry begins with a gap or with fewer than two characters.
    """
    tokens = normal(entry).split()
    keys = frozenset(word.rstrip("*")[:_KEY] for word in tokens[0].split("|")) if tokens else frozenset()
    if not keys or tokens[0] == "..." or any(len(key) < _KEY for key in keys):
        raise ConfigurationError(f"The word list entry {entry!r} must begin with two characters or more: lengthen it.")
    return re.compile(_expression(tokens)), keys


def _expression(tokens: list[str]) -> str:
    is_han = any(_HAN.search(part) for part in tokens)
    gap, between = (_HAN_GAP, r"\s*") if is_han else (_WORD_GAP, _BETWEEN_WORDS)
    parts: list[str] = []
    for number, part in enumerate(tokens):
        if part == "...":
            parts.append(gap)
            continue
        if number and tokens[number - 1] != "...":
            parts.append(between)
        parts.append("(?:" + "|".join(_word(word) for word in part.split("|")) + ")")
    expression = "".join(parts)
    return expression if is_han else f"(?<![{_LATIN}]){expression}(?![{_LATIN}])"


def _word(word: str) -> str:
    return re.escape(word.removesuffix("*")) + (f"[{_LATIN}']*" if word.endswith("*") else "")


def _either(group: Group) -> re.Pattern[str]:
    """One pattern for all entries of a group; of a group without entries, one that matches nothing."""
    return re.compile("|".join(_expression(normal(entry).split()) for entry in group.entries()) or r"(?!)")


def _named(groups: dict[str, Group]) -> Iterator[tuple[str, str]]:
    return ((name, entry) for name, group in groups.items() for entry in group.entries())


def _merged(groups: dict[str, Group], others: dict[str, Group]) -> dict[str, Group]:
    names = dict.fromkeys((*groups, *others))
    return {name: groups.get(name, Group()).merged(others.get(name, Group())) for name in names}


def _inside(hit: _Hit, spans: Iterable[tuple[int, int]]) -> bool:
    return any(start <= hit.start and hit.end <= end for start, end in spans)


def _last_words(clause: str) -> str:
    return " ".join(clause.split()[-NEGATION_WORDS:])
