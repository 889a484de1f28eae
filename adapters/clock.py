"""The only real clock."""

import time
from datetime import UTC, datetime


class SystemClock:
    """The time of this machine; answers the `Clock` port."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - this is the one place that reads the clock

    def monotonic(self) -> float:
        """Seconds that only grow, for measuring how long something took."""
        return time.monotonic()  # noqa: TID251

    def sleep(self, seconds: float) -> None:
        """Do nothing for so long."""
        time.sleep(seconds)  # noqa: TID251
