"""What happens in the demonstration, and when: ten ordinary days, then a crisis of some minutes.

In the last of these days nobody complains before its last 45 minutes, so that the first look at the queue shows no
case whose time has run out long before.
"""

import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from core.brand import Brand
from ingest.sources.demonstration_cn import MAINLAND
from ingest.sources.demonstration_en import ENGLISH
from ingest.sources.demonstration_grammar import Mood, Voice, Writer
from ingest.sources.demonstration_hk import HONG_KONG
from ingest.sources.demonstration_tw import TAIWAN

DEMONSTRATION_BRAND = Brand(
    name="Kettlewren",
    aliases=("Kettle Wren", "壺雀", "壶雀"),
    handles=("Kettlewren", "KettlewrenHelp"),
    demonstration=True,
)
"""An invented maker of electric kettles. Roost and Flit are its ordinary ones; Fledge warms water for baby bottles."""

HISTORY_DAYS = 10
CALM_SECONDS = 15.0
RISE_SECONDS = 70.0
HOLD_SECONDS = 70.0
EBB_SECONDS = 300.0
AFTER_SECONDS = 600.0

_CRISIS_ENDS = CALM_SECONDS + RISE_SECONDS + HOLD_SECONDS + EBB_SECONDS
_PEAK = 1.7
_BEGIN = 0.12
_ORDINARY = 0.06
_TRICKLE = 0.25
_FIRST_SECONDS = 30.0
_AUDIENCES: tuple[tuple[Voice, float, int], ...] = (
    (ENGLISH, 0.42, -3),
    (TAIWAN, 0.20, 8),
    (HONG_KONG, 0.12, 8),
    (MAINLAND, 0.26, 8),
)
"""Each voice with its share of the mentions and the hours that its clocks are from UTC."""

_HOURLY = 2.4
_ORDINARY_MOODS: dict[Mood, int] = {"praise": 39, "neutral": 37, "complaint": 24}
_QUIET_HOURS = 24
_QUIET_MOODS: dict[Mood, int] = {"praise": 55, "neutral": 45}
_LATEST_COMPLAINTS = ((-45 * 60, -25 * 60), (-15 * 60, -5 * 60))
"""When the complaints of the quiet day come, in seconds from the start: two whose clocks still run."""


class Planned(Struct, frozen=True):
    """A post of the script. `seconds` count from the start of the demonstration; ordinary days lie below 0."""

    seconds: float
    mood: Mood
    source: str
    language: str
    author: str
    followers: int
    text: str


def write_script(seed: int, start: datetime) -> tuple[Planned, ...]:
    """The posts of a demonstration that starts at `start` (UTC), in order; the same for the same arguments."""
    chance = random.Random(seed)  # noqa: S311 - a script, not a secret
    writers = [Writer(voice, chance) for voice, _, _ in _AUDIENCES]
    moments = [*_ordinary_days(chance, start), *_live(chance)]
    return tuple(_planned(chance, writers[audience], seconds, mood) for seconds, audience, mood in sorted(moments))


_Moment = tuple[float, int, Mood]


def _ordinary_days(chance: random.Random, start: datetime) -> Iterator[_Moment]:
    for earliest, latest in _LATEST_COMPLAINTS:
        yield chance.uniform(earliest, latest), _audience(chance), "complaint"
    for hours_ago in range(1, HISTORY_DAYS * 24 + 1):
        moods = _QUIET_MOODS if hours_ago <= _QUIET_HOURS else _ORDINARY_MOODS
        begin = start - timedelta(hours=hours_ago)
        for audience, (_, share, offset) in enumerate(_AUDIENCES):
            expected = _HOURLY * share * _activity((begin.hour + offset) % 24)
            for _ in range(_poisson(chance, expected)):
                yield -3600 * (hours_ago - chance.random()) - 1, audience, _ordinary_mood(chance, moods)


def _activity(hour: int) -> float:
    """How lively an hour of the day is against the mean: little at four in the morning, most at four and after."""
    return 1 - 0.85 * math.cos((hour - 4) / 24 * 2 * math.pi)


def _poisson(chance: random.Random, expected: float) -> int:
    """A Poisson draw by Knuth's method (The Art of Computer Programming, vol. 2, 3.4.1)."""
    count, left = 0, chance.random()
    while left > math.exp(-expected):
        count, left = count + 1, left * chance.random()
    return count


def _live(chance: random.Random) -> Iterator[_Moment]:
    for at in _arrivals(chance, 0.0, _CRISIS_ENDS + AFTER_SECONDS, _ordinary_rate):
        yield at, _audience(chance), _ordinary_mood(chance)
    for at in _arrivals(chance, CALM_SECONDS, _CRISIS_ENDS, _crisis_rate):
        yield at, _audience(chance), _crisis_mood(chance, at - CALM_SECONDS)


def _arrivals(chance: random.Random, begin: float, end: float, rate: Callable[[float], float]) -> Iterator[float]:
    at = begin
    while (at := at + chance.expovariate(rate(at))) < end:
        yield at


def _audience(chance: random.Random) -> int:
    return chance.choices(range(len(_AUDIENCES)), [share for _, share, _ in _AUDIENCES])[0]


def _ordinary_rate(at: float) -> float:
    return _TRICKLE if at < CALM_SECONDS else _ORDINARY


def _crisis_rate(at: float) -> float:
    """Posts about the crisis in a second: it rises in a line, holds, and falls by half every minute or so."""
    since = at - CALM_SECONDS
    if since < RISE_SECONDS:
        return _BEGIN + (_PEAK - _BEGIN) * since / RISE_SECONDS
    return _PEAK * math.exp2(-max(0.0, since - RISE_SECONDS - HOLD_SECONDS) / 60)


def _crisis_mood(chance: random.Random, since: float) -> Mood:
    if since < _FIRST_SECONDS:
        return "first"
    ebbing = (since - RISE_SECONDS - HOLD_SECONDS / 2) / EBB_SECONDS * 2
    if chance.random() < ebbing:
        return "ebb"
    return chance.choices(("spread", "first", "press"), (88, 9, 3))[0]


def _ordinary_mood(chance: random.Random, moods: Mapping[Mood, int] = _ORDINARY_MOODS) -> Mood:
    return chance.choices(list(moods), list(moods.values()))[0]


def _planned(chance: random.Random, writer: Writer, seconds: float, mood: Mood) -> Planned:
    sources: Sequence[str] = list(writer.voice.sources)
    source = chance.choices(sources, list(writer.voice.sources.values()))[0]
    # Reach is spread log-normally; reporters, and now and then somebody who is widely read, have far more.
    widely_read = mood == "press" or (mood == "spread" and chance.random() < 0.04)
    followers = chance.randint(12_000, 90_000) if widely_read else int(chance.lognormvariate(5.2, 1.3))
    return Planned(
        seconds, mood, source, writer.voice.language, writer.author(mood), followers, writer.write(mood, source)
    )
