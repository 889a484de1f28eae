"""Themes and sensitive words, found by a word list that users can add to."""

import re
from typing import NamedTuple

from sentiment.matching import Hit, Matcher, any_of, either, inside, is_han, named, normal
from sentiment.words import WordList

NEGATION_WORDS = 5
"""How many words before a Latin sensitive word a negation may stand (NegEx: Chapman et al. 2001, five words)."""
NEGATION_CHARACTERS = 8
"""How many characters before a Chinese sensitive word a negation may stand."""

_BREAK = re.compile(r"[，。！？；、：,.!?;:()\n]")
_LOOK_BACK = 120


class Found(NamedTuple):
    """What a text holds, each name once, in the order of the word list."""

    themes: tuple[str, ...]
    sensitive: tuple[str, ...]


class Lexicon:
    """A word list made ready for finding themes and sensitive words.

    Raises:
        ConfigurationError: an entry is too short to mean anything.
    """

    def __init__(self, words: WordList) -> None:
        self._order = (tuple(words.themes), tuple(words.sensitive))
        self._theme_of = {kind: group.theme for kind, group in words.sensitive.items() if group.theme}
        self._themes = Matcher(named(words.themes))
        self._sensitive = Matcher(named(words.sensitive))
        self._false_friends = Matcher(named({"": words.false_friends}))
        self._negation = any_of(words.negation)
        self._no_negation = any_of(words.no_negation)
        self._clause_end = any_of(words.clause_end)
        self._negation_after = re.compile(
            rf"\s*(?:\w{{1,10}}\s*)?(?:[:=]|is|are|was|were|為|为|是)\s*(?:{either(words.negation_after.entries())})"
            rf"\s*(?:$|{_BREAK.pattern})"
        )

    def find(self, text: str) -> Found:
        """The themes and sensitive kinds of a text."""
        text = normal(text)
        harmless = [(hit.start, hit.end) for hit in self._false_friends.hits(text)]
        themes = {hit.name for hit in self._themes.hits(text) if not inside(hit, harmless)}
        sensitive = {
            hit.name
            for hit in self._sensitive.hits(text)
            if not inside(hit, harmless) and not self._is_negated(text, hit)
        }
        themes.update(self._theme_of[kind] for kind in sensitive if kind in self._theme_of)
        known, kinds = self._order
        return Found(
            tuple(theme for theme in dict.fromkeys((*known, *self._theme_of.values())) if theme in themes),
            tuple(kind for kind in kinds if kind in sensitive),
        )

    def _is_negated(self, text: str, hit: Hit) -> bool:
        if self._negation_after.match(text, hit.end):
            return True
        before = text[max(0, hit.start - _LOOK_BACK) : hit.start]
        clause = self._clause_end.split(_BREAK.split(self._no_negation.sub("\n", before))[-1])[-1]
        reach = clause[-NEGATION_CHARACTERS:] if is_han(text[hit.start]) else _last_words(clause)
        return self._negation.search(reach) is not None


def _last_words(clause: str) -> str:
    return " ".join(clause.split()[-NEGATION_WORDS:])
