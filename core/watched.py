"""Since when a brand is watched, and when nobody looked: silence says something only while somebody listens."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from core.sight import SourceGap, SourceState

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR = timedelta(hours=1)
_HALF = 0.5


class Watched(Struct, frozen=True):
    """From the hour `since` on (hours since 1970), but for `blind` ones, whatever is posted is counted."""

    since: int
    blind: frozenset[int] = frozenset()

    def sees(self, hour: int) -> bool:
        """Whether a silent hour means that nobody spoke."""
        return hour >= self.since and hour not in self.blind


def watched(
    begun: datetime, states: Sequence[SourceState], gaps: Iterable[SourceGap], until: datetime, source: str = ""
) -> Watched | None:
    """What is known of a brand that is watched since `begun` by sources that stand so; None without any source.

    An hour counts as blind where at least half of the sources lost something for at least half of it. What came later
    after all is counted, so that only gaps that are lost make an hour blind. What comes from one `source` is judged by
    that one alone, if it is among them.
    """
    if not states:
        return None
    states = [state for state in states if state.name == source] or states
    since = max(begun, min(state.watched_since for state in states))
    lost: dict[int, dict[str, float]] = {}
    for gap in gaps:
        if not gap.lost:
            continue
        at, end = max(gap.since, since), min(gap.until, until)
        while at < end:
            hour = _hour(at)
            rest = min(end, _EPOCH + (hour + 1) * _HOUR)
            of_hour = lost.setdefault(hour, {})
            of_hour[gap.source] = of_hour.get(gap.source, 0.0) + (rest - at) / _HOUR
            at = rest
    names = {state.name for state in states}
    blind = (
        hour
        for hour, of_hour in lost.items()
        if sum(share >= _HALF for name, share in of_hour.items() if name in names) >= _HALF * len(names)
    )
    return Watched(_hour(since) + 1, frozenset(blind))


def _hour(moment: datetime) -> int:
    return (moment - _EPOCH) // _HOUR
