"""A brand as the alerting worker keeps it in memory."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from alerting.watch import Watch


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
