"""Themes and sensitive words, found by a word list that users can add to."""

import re
from typing import NamedTuple

from sentiment.matching import Hit, Matcher, Spans, any_of, either, is_han, named, normal
from sentiment.words import WordList

NEGATION_WORDS = 5
"""How many words before a Latin sensitive word a negation may stand (NegEx: Chapman et al. 2001, five words)."""
MOST_NEGATIONS = 200
"""Of how many sensitive words in a text a negation is looked for; any further one counts. Only an attack has more."""
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

    @property
    def themes(self) -> tuple[str, ...]:
        """All themes, in the order in which those of a text are named."""
        return tuple(dict.fromkeys((*self._order[0], *self._theme_of.values())))

    @property
    def harmless_themes(self) -> tuple[str, ...]:
        """The themes that no sensitive kind belongs to: a mistake about them raises no alarm."""
        return tuple(theme for theme in self.themes if theme not in self._theme_of.values())

    def find(self, text: str) -> Found:
        """The themes and sensitive kinds of a text."""
        about, sensitive = self._hits(normal(text))
        kinds = {hit.name for hit in sensitive}
        themes = {hit.name for hit in about} | {self._theme_of[kind] for kind in kinds if kind in self._theme_of}
        return Found(
            tuple(theme for theme in self.themes if theme in themes),
            tuple(kind for kind in self._order[1] if kind in kinds),
        )

    def places(self, text: str) -> list[tuple[int, int]]:
        """Where, in the `normal` form of a text, the words stand from which its themes were read."""
        about, sensitive = self._hits(normal(text))
        return sorted((hit.start, hit.end) for hit in (*about, *sensitive))

    def _hits(self, text: str) -> tuple[list[Hit], list[Hit]]:
        """The hits that count in a text of the `normal` form: of themes, and of sensitive kinds."""
        harmless = Spans(self._false_friends.hits(text))
        sensitive = [hit for hit in self._sensitive.hits(text) if not harmless.hold(hit)]
        return (
            [hit for hit in self._themes.hits(text) if not harmless.hold(hit)],
            [hit for number, hit in enumerate(sensitive)
             if number >= MOST_NEGATIONS or not self._is_negated(text, hit)],
        )  # fmt: skip

    def _is_negated(self, text: str, hit: Hit) -> bool:
        if self._negation_after.match(text, hit.end):
            return True
        before = text[max(0, hit.start - _LOOK_BACK) : hit.start]
        clause = self._clause_end.split(_BREAK.split(self._no_negation.sub("\n", before))[-1])[-1]
        reach = clause[-NEGATION_CHARACTERS:] if is_han(text[hit.start]) else _last_words(clause)
        return self._negation.search(reach) is not None


def _last_words(clause: str) -> str:
    return " ".join(clause.split()[-NEGATION_WORDS:])
