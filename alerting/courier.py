"""Brings pages to channels, so that one that never answers holds up no other."""

import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from queue import Empty, SimpleQueue

from msgspec import Struct

from core.errors import DeliveryError
from core.escalation import Escalation
from core.paging import Attempt, Page, PageKind
from core.ports.channel import Channel
from core.ports.clock import Clock

GRACE_SECONDS = 2.0
"""How much longer than its limit a channel is waited for: it knows best what it was that it couldn't do in time."""

_MOST_AT_ONCE = 8
"""Pages on their way over one channel: what it leaves hanging takes up no more threads than that."""


class Outcome(Struct, frozen=True):
    """How it went: `reason` is empty where the channel took the page. `retry_after` are seconds."""

    page: Page
    channel: str
    reason: str = ""
    permanent: bool = False
    retry_after: float | None = None


def attempt_of(outcome: Outcome, before: Escalation, now: datetime) -> Attempt:
    """The try as it is kept; with the one that reaches somebody first goes the time of the alert."""
    page = outcome.page
    asks = page.kind in {PageKind.OPENED, PageKind.RAISED} and not outcome.reason
    return Attempt(
        page=page.id,
        person=page.person,
        channel=outcome.channel,
        at=now,
        reason=outcome.reason,
        incident=page.incident,
        kind=page.kind,
        level=page.level,
        alerted_at=before.alerted_at if asks and before.reached_at is None else None,
    )


class Courier:
    """Gives each page to its channel in a thread of its own.

    A channel that hasn't kept its own limit counts as one that failed for the time being; its thread is left alone, and
    what it says later is told all the same. Threads are daemons: they keep no process from its end.

    Args:
        channels: the ways to reach people.
        clock: says how long a page has been on its way.
    """

    def __init__(self, channels: Iterable[Channel], clock: Clock) -> None:
        self._channels = {channel.name: channel for channel in channels}
        self._clock = clock
        self._done: SimpleQueue[tuple[int, Outcome]] = SimpleQueue()
        self._waited_for: dict[int, tuple[float, Page, str]] = {}
        self._threads: Counter[str] = Counter()
        self._number = 0

    @property
    def waits(self) -> bool:
        """Whether something is on its way."""
        return bool(self._waited_for)

    def send(self, page: Page, channel: str) -> None:
        """Begin to tell; `outcomes` says how it went."""
        self._number += 1
        self._waited_for[self._number] = self._clock.monotonic(), page, channel
        refused = ""
        if channel not in self._channels:
            refused = f"there is no channel {channel!r}"
        elif self._threads[channel] >= _MOST_AT_ONCE:
            refused = f"{_MOST_AT_ONCE} pages wait for an answer of it already"
        if refused:
            self._done.put((self._number, Outcome(page, channel, refused, permanent=channel not in self._channels)))
            return
        self._threads[channel] += 1
        arguments = self._channels[channel], page, self._number
        threading.Thread(target=self._deliver, args=arguments, name=f"page over {channel}", daemon=True).start()

    def outcomes(self, patience: float) -> Sequence[Outcome]:
        """What came out since the last time; waits as long as something comes at least every `patience` seconds."""
        found: list[Outcome] = []
        while self._waited_for:
            try:
                number, outcome = self._done.get(timeout=patience)
            except Empty:
                break
            found.append(self._take(number, outcome))
        while not self._done.empty():  # what was given up and answers late
            found.append(self._take(*self._done.get()))
        now = self._clock.monotonic()
        for number, (began, page, channel) in list(self._waited_for.items()):
            limit = self._channels[channel].limit_seconds
            if now - began >= limit + GRACE_SECONDS:
                del self._waited_for[number]
                found.append(Outcome(page, channel, f"no answer within {limit:g} s"))
        return found

    def _take(self, number: int, outcome: Outcome) -> Outcome:
        self._waited_for.pop(number, None)
        if outcome.channel in self._channels and self._threads[outcome.channel]:
            self._threads[outcome.channel] -= 1
        return outcome

    def _deliver(self, channel: Channel, page: Page, number: int) -> None:
        try:
            channel.deliver(page)
            outcome = Outcome(page, channel.name)
        except DeliveryError as error:
            retry_after = getattr(error, "retry_after", None)
            outcome = Outcome(page, channel.name, str(error), error.permanent, retry_after)
        except Exception as error:  # noqa: BLE001  a fault of one channel must not take the page with it
            # Its words may hold an address with its secrets; its kind doesn't.
            outcome = Outcome(page, channel.name, f"a fault of the channel: {type(error).__name__}")
        self._done.put((number, outcome))
