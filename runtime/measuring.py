"""Measures what passes through bus and store, beside the services, which know nothing of it.

What is measured is what this process did: every worker tells its own share, and Prometheus adds them up. How long after
its post a mention came to a stage is what the time budget of the page says, too.
"""

from collections import Counter as Tally
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any, cast

import structlog
from msgspec import Struct
from prometheus_client import Counter, Histogram
from prometheus_client.core import Metric

from core.case import Case, Draft
from core.errors import InputError, SixminuteError
from core.events import MENTIONS_RAW, MENTIONS_SCORED, DeadLetter, MentionReceived, MentionScored, decode
from core.mention import Stage, StoredMention
from core.paging import Attempt
from core.ports.bus import Bus, Message
from core.ports.store import Store
from core.ports.unit import Unit
from runtime.around import BusAround

MINUTE, HOUR = 60.0, 3_600.0
LATENCIES = (
    *(1.0, 2.5, 5.0, 10.0, 30.0),
    *(MINUTE, 2 * MINUTE, 3 * MINUTE, 4 * MINUTE, 5 * MINUTE, 6 * MINUTE, 8 * MINUTE, 10 * MINUTE),
    *(0.25 * HOUR, 0.5 * HOUR, 0.75 * HOUR, HOUR, 1.5 * HOUR, 2 * HOUR, 4 * HOUR, 12 * HOUR, 24 * HOUR),
)
"""Upper ends of the buckets of latencies in seconds: close around six minutes and an hour, the windows of an answer."""

log = structlog.get_logger(__name__)


class Passed(Struct, frozen=True):
    """Mentions that came to a stage at a moment (UTC)."""

    stage: str
    at: datetime
    mentions: tuple[str, ...]


class Measures:
    """Figures of one process that grow with what passes. Any thread may add to them."""

    def __init__(self) -> None:
        self.published = Counter(
            "sixminute_messages_published_total", "Messages put on the bus.", ["topic"], registry=None
        )
        self.latency = Histogram(
            "sixminute_post_latency_seconds",
            "Time from the post of a mention to a stage of its time budget.",
            ["stage"],
            buckets=LATENCIES,
            registry=None,
        )
        self.reply_latency = Histogram(
            "sixminute_reply_latency_seconds",
            "Time from the approval of a reply until it was sent.",
            buckets=LATENCIES,
            registry=None,
        )
        self.pages = Counter(
            "sixminute_pages_total",
            "Pages that a channel took or didn't take, or that were acknowledged.",
            ["channel", "outcome"],
            registry=None,
        )
        self.page_latency = Histogram(
            "sixminute_page_latency_seconds",
            "Time from an alert until a channel took the first page of it.",
            buckets=LATENCIES,
            registry=None,
        )

    def collect(self) -> Iterable[Metric]:
        """All of them, without the moments at which the series began, which nobody asks for."""
        for kept in (self.published, self.latency, self.reply_latency, self.pages, self.page_latency):
            for metric in kept.collect():
                metric.samples = [each for each in metric.samples if not each.name.endswith("_created")]
                yield metric

    def note_published(self, messages: Sequence[Message]) -> None:
        """These were accepted by the bus."""
        for topic, count in Tally(message.topic for message in messages).items():
            self.published.labels(topic).inc(count)
        for message in messages:
            # A person may put anything back onto the bus; the stage that reads it says what is wrong with it.
            with suppress(InputError):
                self._note_stage(message)

    def note_passed(self, passed: Sequence[Passed], stored: Mapping[str, StoredMention]) -> None:
        """These came to a stage; those that had come there before are known by their time budget."""
        for stage, at, known in _known(passed, stored):
            if stage == "drafted" or getattr(known.budget, stage) == at:
                self._note(stage, at - known.budget.posted)
                if stage == "sent" and known.budget.approved:
                    self.reply_latency.observe(_seconds(at - known.budget.approved))

    def note_pages(self, tried: Sequence[Attempt], answered: Sequence[str]) -> None:
        """These were tried, and these channels told people who then acknowledged."""
        for attempt in tried:
            self.pages.labels(attempt.channel, "failed" if attempt.reason else "sent").inc()
            if attempt.alerted_at is not None:
                self.page_latency.observe(_seconds(attempt.at - attempt.alerted_at))
        for channel in answered:
            self.pages.labels(channel, "acknowledged").inc()

    def _note_stage(self, message: Message) -> None:
        if message.topic == MENTIONS_RAW:
            received = decode(message.value, MentionReceived)
            if received.kind == "posted":
                self._note("ingested", received.mention.ingested_at - received.mention.created_at)
        elif message.topic == MENTIONS_SCORED:
            scored = decode(message.value, MentionScored)
            if scored.kind == "posted":
                self._note("scored", scored.score.scored_at - scored.mention.created_at)
        elif message.topic.endswith(".dead"):
            letter = decode(message.value, DeadLetter)
            # The reason may quote what a customer wrote; `sixminute dead-letters list` shows it.
            log.warning("dead_letter_written", topic=message.topic, stage=letter.stage, letter=letter.id)

    def _note(self, stage: str, latency: timedelta) -> None:
        self.latency.labels(stage).observe(_seconds(latency))


class MeasuredBus(BusAround):
    """A bus whose messages are counted."""

    def __init__(self, bus: Bus, measures: Measures) -> None:
        super().__init__(bus)
        self._measures = measures

    def publish(self, messages: Sequence[Message], timeout: float = 30.0) -> None:
        """See the port."""
        super().publish(messages, timeout)
        self._measures.note_published(messages)


def measured(store: Store, measures: Measures) -> Store:
    """The same store; when a unit of it is done, it is noted which mentions came to which stage."""
    return cast("Store", _MeasuredStore(store, measures))


class _MeasuredStore:
    def __init__(self, store: Store, measures: Measures) -> None:
        self._store = store
        self._measures = measures

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @contextmanager
    def unit(self) -> Iterator[Unit]:
        with self._store.unit() as unit:
            watched = _MeasuredUnit(unit)
            yield cast("Unit", watched)
        self._measures.note_pages(watched.tried, watched.answered)
        mentions = {mention for each in watched.passed for mention in each.mentions}
        # The work is done; a figure that is missing for want of the database must not have it done again.
        with suppress(SixminuteError):
            stored = self._store.mentions_by_id(list(mentions)) if mentions else {}
            self._measures.note_passed(watched.passed, stored)


class _MeasuredUnit:
    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self.passed: list[Passed] = []
        self.tried: list[Attempt] = []
        self.answered: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._unit, name)

    def mark(self, mentions: Sequence[str], stage: Stage, at: datetime) -> None:
        self._unit.mark(mentions, stage, at)
        self.passed.append(Passed(stage, at, tuple(mentions)))

    def put_case(self, case: Case, drafts: Sequence[Draft]) -> bool:
        opened = self._unit.put_case(case, drafts)
        if opened:
            self.passed.append(Passed("drafted", case.opened_at, (case.mention,)))
        return opened

    def note_attempt(self, attempt: Attempt) -> bool:
        noted = self._unit.note_attempt(attempt)
        self.tried += [attempt] * noted
        return noted

    def note_answer(self, incident: str, person: str, channel: str, at: datetime) -> bool:
        noted = self._unit.note_answer(incident, person, channel, at)
        self.answered += [channel] * noted
        return noted


def _known(
    passed: Sequence[Passed], stored: Mapping[str, StoredMention]
) -> Iterator[tuple[str, datetime, StoredMention]]:
    for each in passed:
        for mention in each.mentions:
            if mention in stored:
                yield each.stage, each.at, stored[mention]


def _seconds(latency: timedelta) -> float:
    """A network whose clock is ahead of ours would make it negative."""
    return max(0.0, latency.total_seconds())
