"""How many different voices speak: a hundred copies of one text, or one author a hundred times, are no hundred."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from alerting import wording
from alerting.series import minute_of, moment_of
from alerting.settings import AlertingSettings
from alerting.signals import Signal
from alerting.texts import likeness
from core.alert import Level
from core.mention import ScoredMention, StoredMention
from core.segment import segments_of

_LEAST_LETTERS = 40
"""Shorter texts are what different people say by themselves."""

_COUNTED = ("baseline", "sources")

MOST_HEARD = 1_000
"""Mentions that are listened to, the latest ones: far more than the highest level asks for."""


Post = ScoredMention | StoredMention


class Voices(Struct, frozen=True, kw_only=True):
    """Among so many `mentions`: distinct authors (each unknown one counts), and distinct texts.

    A text that is repeated counts as one and the binary logarithm of its copies: that many pass it on is worth
    something. `repeated` is how often the most frequent text stands, `loudest` how many the most eager author wrote.
    `segments` are how many of them count in each segment.
    """

    mentions: int
    authors: int
    texts: float
    repeated: int
    loudest: int
    segments: Mapping[str, int] = {}

    @property
    def distinct(self) -> float:
        """How many voices there are: no more than authors, no more than texts."""
        return min(float(self.authors), self.texts)

    def share_in(self, segments: Iterable[str]) -> float:
        """At least so large a part of the mentions counts in one of some segments: that of the largest."""
        return max((self.segments.get(segment, 0) for segment in segments), default=0) / max(1, self.mentions)


Hearing = Callable[[str, str, datetime, datetime], Voices]
"""Hears the voices that spoke negatively of a brand, in a segment of it, between two moments (both included)."""


def voices(posts: Iterable[Post]) -> Voices:
    """Those of some mentions. Texts that differ in links, names, digits and signs only are copies of one another."""
    authors: Counter[str] = Counter()
    texts: Counter[str] = Counter()
    segments: Counter[str] = Counter()
    total = short = 0
    for post in posts:
        mention = post.mention
        segments.update(segments_of(mention, post.score))
        total += 1
        # Networks name authors by themselves: the same name on another one is somebody else.
        authors[f"{mention.source}\n{mention.author}" if mention.author else f"\n{mention.id}"] += 1
        alike = likeness(mention.text.lower())
        if len(alike) >= _LEAST_LETTERS:
            texts[alike] += 1
        else:
            short += 1
    return Voices(
        mentions=total,
        authors=len(authors),
        texts=short + sum(1 + math.log2(copies) for copies in texts.values()),
        repeated=max(texts.values(), default=0),
        loudest=max(authors.values(), default=0),
        segments=segments,
    )


class Listening:
    """The voices of a brand's windows as far as they have come.

    Each is heard once a minute: that costs more than all else.

    Args:
        brand: name of the brand.
        hear: says which voices spoke negatively.
        settings: the settings.
    """

    def __init__(self, brand: str, hear: Hearing, settings: AlertingSettings) -> None:
        self._brand = brand
        self._hear = hear
        self._settings = settings
        self._minute: int | None = None
        self._heard: dict[tuple[str, int], Voices] = {}

    def judged(self, found: Sequence[Signal], now: Level, at: datetime) -> list[Signal]:
        """The signals, gravest first, those of counts above the level `now` as far as different voices carry them."""
        judged = [
            held_back(signal, self.heard(signal, at), self._settings)
            if signal.rule in _COUNTED and signal.level > now
            else signal
            for signal in found
        ]
        return sorted(judged, key=lambda signal: -signal.level)

    def heard(self, signal: Signal, at: datetime) -> Voices:
        """The voices of the window and segment of a signal, as far as the window has come at a moment."""
        minutes = signal.minutes or self._settings.window_minutes
        if self._minute != minute_of(at):
            self._minute, self._heard = minute_of(at), {}
        asked = signal.segment, minutes
        if asked not in self._heard:
            since = moment_of(minute_of(at) + 1) - timedelta(minutes=minutes)
            self._heard[asked] = self._hear(self._brand, signal.segment, since, at)
        return self._heard[asked]


def held_back(signal: Signal, heard: Voices, settings: AlertingSettings) -> Signal:
    """The signal at the level that so many different voices carry, at least blue, with words of why it isn't higher."""
    carried = sum(heard.distinct >= least for least in settings.level_minimum)
    level = max(Level.BLUE, min(signal.level, carried))
    if level == signal.level:
        return signal
    reason = wording.joined(signal.reason, wording.few_voices(heard.mentions, heard.repeated, heard.loudest))
    return msgspec.structs.replace(signal, level=Level(level), reason=reason)
