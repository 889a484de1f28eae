"""How the texts of the demonstration are put together: frames with blanks, and what goes into the blanks."""

import random
import re
from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

Mood = Literal["praise", "neutral", "complaint", "first", "spread", "press", "ebb"]
"""The first three are of ordinary days; the others of the crisis: its first signs, its spread, the press, its end."""

CRISIS: tuple[Mood, ...] = ("first", "spread", "press", "ebb")

_BLANK = re.compile(r"\{(\w+)\}")
_TRIES = 50
_STOPS = frozenset(".!?。！？…～，")


class Voice(Struct, frozen=True, kw_only=True):
    """How one group of people writes.

    `frames` hold ``{blanks}`` that are filled from `fillers`. `endings` follow a text, `openings` go before one on a
    network with such customs (PTT's ``[心得]``). `sources` are the networks with their weights. `names` are the
    two halves that account names are joined from, `reporters` the accounts of invented newsrooms.
    """

    language: str
    sources: Mapping[str, int]
    frames: Mapping[Mood, tuple[str, ...]]
    fillers: Mapping[str, tuple[str, ...]]
    endings: Mapping[Mood, tuple[str, ...]]
    names: tuple[tuple[str, ...], tuple[str, ...]]
    reporters: tuple[str, ...]
    openings: Mapping[str, Mapping[Mood, tuple[str, ...]]] = {}


class Writer:
    """Writes texts in one voice, none of them twice. Frames are drawn like cards, so that they don't come back soon."""

    def __init__(self, voice: Voice, chance: random.Random) -> None:
        self.voice = voice
        self._chance = chance
        self._decks: dict[str, list[str]] = {}
        self._written: set[str] = set()

    def write(self, mood: Mood, source: str) -> str:
        """One more text, as people write on `source`.

        Raises:
            ValueError: the frames of this mood have no new text to give.
        """
        for _ in range(_TRIES):
            text = self._once(mood, source)
            if text not in self._written:
                self._written.add(text)
                return text
        raise ValueError(f"the frames for {mood} in {self.voice.language} are used up")

    def author(self, mood: Mood) -> str:
        """An account name; reporters have names of their own."""
        if mood == "press":
            return self._chance.choice(self.voice.reporters)
        first, second = self.voice.names
        number = self._chance.choice(("", "", "", "7", "88", "_", "02", "x"))
        return f"{self._chance.choice(first)}{self._chance.choice(second)}{number}"

    def _once(self, mood: Mood, source: str) -> str:
        text = _BLANK.sub(lambda match: self._draw(match[1], self.voice.fillers[match[1]]), self._frame(mood))
        opening = self.voice.openings.get(source, {}).get(mood, ("",))
        ending = self._chance.choice(self.voice.endings[mood])
        if _unfit(ending, text, source):
            ending = ""
        return f"{self._chance.choice(opening)}{text}{ending}"

    def _frame(self, mood: Mood) -> str:
        return self._draw(f"frames of {mood}", self.voice.frames[mood])

    def _draw(self, deck: str, cards: tuple[str, ...]) -> str:
        if not self._decks.get(deck):
            self._decks[deck] = self._chance.sample(cards, len(cards))
        return self._decks[deck].pop()


def _unfit(ending: str, text: str, source: str) -> bool:
    """Forums have no hashtags and no reposts; nobody writes two full stops, or asks for the same thing twice."""
    forum = source in ("ptt", "reddit") and ("#" in ending or "RT" in ending)
    stop_after_stop = text[-1] in _STOPS and ending[:1] in _STOPS
    return forum or stop_after_stop or ending.strip(" ，") in text
