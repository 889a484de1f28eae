"""Made-up streams on event time for the tests of the alarm."""

import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from core.mention import Label, Mention, Reading, Score, ScoredMention

START = datetime(2026, 3, 2, tzinfo=UTC)
"""A Monday."""


def mention(
    at: datetime,
    *,
    brand: str = "Nimbus",
    label: Label = Label.NEGATIVE,
    sensitive: tuple[str, ...] = (),
    themes: tuple[str, ...] = (),
    id: str = "",  # noqa: A002
    revision: int = 0,
) -> ScoredMention:
    name = id or f"{brand}-{label}-{at.isoformat()}"
    return ScoredMention(
        mention=Mention(
            id=name,
            brand=brand,
            source="x",
            network_id=name,
            created_at=at,
            ingested_at=at,
            text="It does not work.",
            revision=revision,
        ),
        score=Score(
            label=label,
            p_negative=1.0 if label == Label.NEGATIVE else 0.0,
            p_neutral=0.0 if label == Label.NEGATIVE else 1.0,
            p_positive=0.0,
            reading=Reading(language="en", themes=themes, sensitive=sensitive),
            model="made up",
            scored_at=at,
        ),
    )


def day_rhythm(hour: int) -> float:
    """Negative mentions an hour: quiet nights, busy afternoons."""
    return 4.0 if hour < 8 else 16.0


def ordinary(days: float, *, seed: int = 1, brand: str = "Nimbus", rate: float = 1.0) -> list[ScoredMention]:
    """So many ordinary days from `START` on: Poisson arrivals, half of them negative."""
    return list(_arrivals(days, random.Random(seed), brand, rate))


def _arrivals(days: float, dice: random.Random, brand: str, rate: float) -> Iterator[ScoredMention]:
    at, end = START, START + timedelta(days=days)
    while True:
        at += timedelta(hours=dice.expovariate(2 * rate * day_rhythm(at.hour)))
        if at >= end:
            return
        yield mention(at, brand=brand, label=Label.NEGATIVE if dice.random() < 0.5 else Label.NEUTRAL)


def burst(begin: datetime, count: int, minutes: float, *, brand: str = "Nimbus") -> list[ScoredMention]:
    """So many negative mentions, evenly over so many minutes."""
    step = timedelta(minutes=minutes) / count
    return [mention(begin + number * step, brand=brand, id=f"burst-{begin}-{number}") for number in range(count)]


def in_time(*streams: Iterable[ScoredMention]) -> list[ScoredMention]:
    return sorted((one for stream in streams for one in stream), key=lambda one: one.mention.created_at)
