"""A brand as the alerting worker keeps it in memory, and what is done to it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerting.watch import Watch
from core.alert import Alert
from core.ports.unit import Unit


@dataclass
class Held:
    """A brand in memory: its watch, the version of the counts it knows, and how event time and clock stood last."""

    watch: Watch
    version: int
    event_time: datetime
    heard_at: datetime

    def time_passed(self, now: datetime, lateness: timedelta) -> datetime:
        """How far event time has surely come.

        It flows as fast as the clock from the last mention on, so that a recording of last week isn't carried to today
        by a pause; and it stays behind the clock, so that late mentions can still come.
        """
        return min(now - lateness, self.event_time + (now - self.heard_at))


@dataclass(frozen=True)
class Work:
    """A change of one brand's counts and watch; None from `change` says that nothing has changed.

    `oldest` is the time of the oldest mention that it is about, `trace` that of the newest message.
    """

    brand: str
    oldest: datetime
    change: Callable[[Unit, Held], list[Alert] | None]
    trace: str = ""
