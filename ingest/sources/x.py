"""X, through tweepy: the filtered stream, or plain search; the search fills what the stream missed.

The place is an id of X: everything that was posted before it has been given. While the stream runs it follows the
present at a distance; after an interruption the search reads from it on, until a round of it began so long after the
stream did that the two overlap. Nothing is lost as long as the search still has it, which is seven days.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from core.ports.source import SourceItem
from ingest.sources import x_trying
from ingest.sources.x_chores import SETTLE
from ingest.sources.x_posts import LONGEST_ID, moment_of
from ingest.sources.x_rules import queries_of
from ingest.sources.x_visit import Visit
from ingest.sources.x_wanted import Wanted

_AHEAD = timedelta(days=1)


class X:
    """Posts about the brands.

    Args:
        wanted: which, and by what way.
    """

    def __init__(self, wanted: Wanted) -> None:
        self.name = wanted.name
        self.wanted = wanted

    def try_out(self) -> None:
        """As `x_trying.try_out`."""
        wanted = self.wanted
        query = "" if wanted.stream else queries_of(wanted.brands, wanted.name)[0]
        x_trying.try_out(wanted.networks, query, wanted.clock)

    def items(self, cursor: str) -> Iterator[SourceItem]:
        """Deliver from the cursor on, or from a minute ago. Where nothing comes, items without mentions do.

        Raises:
            SourceError: X can't be reached, refuses us, or keeps ending the stream.
        """
        visit = Visit(self.wanted, _place(cursor, self.wanted.clock.now()))
        try:
            yield from visit.items()
        finally:
            visit.close()


def _place(cursor: str, now: datetime) -> datetime:
    """Where a cursor stands; a place that can't be is as good as none, or it would silence the source.

    It is never so near the present that the search can't know what came after it.
    """
    latest = now - SETTLE
    if cursor.isascii() and cursor.isdecimal() and len(cursor) <= LONGEST_ID:
        place = moment_of(cursor)
        if place <= now + _AHEAD:
            return min(place, latest)
    return latest
