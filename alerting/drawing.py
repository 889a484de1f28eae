"""What was seen and expected from minute to minute, for whoever looks at a chart."""

from collections.abc import Iterable

import msgspec

from alerting.series import moment_of
from core.alert import BandPoint


class Drawing:
    """The points of a brand, and of those of its segments that an incident is about: one row a minute at most."""

    def __init__(self) -> None:
        self._points: dict[tuple[str, int], BandPoint] = {}

    def note(self, point: BandPoint, minute: int) -> BandPoint:
        """Draw a point at the end of its minute (since 1970), in the place of an earlier one of that minute."""
        self._points[point.segment, minute] = msgspec.structs.replace(point, at=moment_of(minute + 1))
        return point

    def add(self, points: Iterable[tuple[int, BandPoint]]) -> None:
        """Draw several, by their minutes."""
        for minute, point in points:
            self.note(point, minute)

    def take(self) -> list[BandPoint]:
        """What was drawn since this was last asked."""
        points, self._points = list(self._points.values()), {}
        return points
