"""Times in which sources saw nothing: those that are over, and those that still last."""

from collections.abc import Sequence
from datetime import datetime

from core.alert import Incident
from core.ports.store import Store
from core.sight import BLIND, SourceGap, blind_since

_AT_ONCE = 200


def blind_now(store: Store) -> tuple[Incident, ...]:
    """The open incidents of sources that don't see, the gravest first."""
    found = [incident for incident in store.incidents(open_only=True, limit=_AT_ONCE).items if incident.source]
    return tuple(sorted(found, key=lambda incident: (-incident.level, incident.opened_at)))


def gaps(store: Store, since: datetime, until: datetime, now: datetime) -> Sequence[SourceGap]:
    """The gaps that touch a range, in order of time; what still lasts ends `now`."""
    running = [
        SourceGap(
            source=incident.source,
            since=blind_since(incident),
            until=now,
            reason=incident.reason["en"],
        )
        for incident in blind_now(store)
        if incident.rule == BLIND
    ]
    touching = [gap for gap in running if gap.since < until and since < gap.until]
    return sorted([*store.source_gaps(since, until), *touching], key=lambda gap: (gap.since, gap.source))
