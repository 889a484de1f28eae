"""How time is known and spent."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The only way to know or spend time."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that only grow, for measuring how long something took."""
        ...

    def sleep(self, seconds: float) -> None:
        """Do nothing for so long. A fake clock moves on at once."""
        ...
