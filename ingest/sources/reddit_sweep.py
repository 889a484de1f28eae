"""Whether what is kept of Reddit is still there (pure): Reddit tells nobody of deletions, but wants them followed.

Its rules give two days for that. A sweep begins every six hours, so that there is time for a second look.
"""

from collections.abc import Sequence

from msgspec import Struct

from core.ports.source import Removal
from ingest.sources.reddit_things import SOURCE, Page, Thing

BATCH = 100
"""Names that Reddit looks up at once, at most."""
EVERY = 21_600.0
"""Seconds from the beginning of a sweep to that of the next."""
STEP = 2.0
"""Seconds between two batches."""
SLACK = 600.0
"""Seconds that Reddit's clock and ours may differ by."""
_TRUSTED_EMPTY = 10


class Swept(Struct, frozen=True, omit_defaults=True):
    """How far a sweep has come.

    `swept` is when the last one that came to its end had begun, `began` when this one has, both in seconds since 1970,
    0 if never; `place` is the last name that it looked at, empty between two sweeps.
    """

    swept: float = 0.0
    began: float = 0.0
    place: str = ""


class Sweep:
    """Goes through everything that is kept, batch by batch, and begins again.

    What its author or a moderator took away is still found by its name, and says so. What isn't found at all, as in a
    subreddit that was banned, is taken for gone when it is missing in two sweeps in a row, and never where the whole of
    a larger batch is: that rather is a mistake of the network, and what is erased here doesn't come back.

    Args:
        stand: how far an earlier one came.
        moment: the present one, in seconds since 1970.
        now: seconds on the monotonic clock.
    """

    def __init__(self, stand: Swept, moment: float, now: float) -> None:
        self._swept = min(stand.swept, moment)
        self._began = min(stand.began, moment)
        self.place = stand.place
        self.due = now if self.place else now + max(0.0, self._swept + EVERY - moment)
        self.refusal = ""
        """Why Reddit refuses it, for as long as it does."""
        self._missing: set[str] = set()
        self._missed: set[str] = set()

    @property
    def stand(self) -> Swept:
        """For a later one to go on from."""
        return Swept(swept=self._swept, began=self._began, place=self.place)

    def removed(self, asked: Sequence[str], page: Page) -> tuple[Removal, ...]:
        """What is gone of those that were asked for."""
        there = {thing.name for thing in page.things} | {each.name for each in page.broken}
        missing = set(asked) - there
        if "" in there or (len(missing) == len(asked) >= _TRUSTED_EMPTY):
            missing = set()
        self._missing |= missing
        gone = {thing.name for thing in page.things if thing.gone} | (missing & self._missed)
        return tuple(Removal(source=SOURCE, network_id=name) for name in asked if name in gone)

    def edited(self, page: Page) -> list[Thing]:
        """What was edited since the last sweep had begun."""
        return [thing for thing in page.things if thing.edited > 0 and thing.edited >= self._swept - SLACK]

    def move(self, kept: Sequence[str], moment: float, now: float, least: float) -> None:
        """Go on after a batch, or rest after the last one.

        Args:
            kept: all names of the batch, fewer than `BATCH` if it was the last.
            moment: the present one, in seconds since 1970.
            now: seconds on the monotonic clock.
            least: seconds that the rate limit demands between two batches.
        """
        self.refusal = ""
        if not self.place:
            self._began = moment
        if len(kept) == BATCH:
            self.place = kept[-1]
            self.due = now + max(STEP, least)
            return
        self.place = ""
        self._swept = self._began
        self._missed, self._missing = self._missing, set()
        self.due = now + max(STEP, EVERY - (moment - self._began))
