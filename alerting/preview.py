"""What the alarm would have done with other settings: the watch, run once more over the counts that are kept."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from alerting.counting import by_minute
from alerting.restoring import restored
from alerting.series import minute_of
from alerting.settings import AlertingSettings
from alerting.surprise import block_of
from alerting.trying import changed
from alerting.watch import Sight as SegmentSight
from alerting.watch import Watch
from core.alert import Alert, AlertEvent, Incident, Level, Peak, Tally
from core.errors import InputError
from core.ports.store import Store
from core.preview import MOST_DAYS, Foreseen, Outcome, Preview
from core.watched import Watched

Sight = Callable[[str, str], Watched | None]
"""Of a brand and a segment of it: since when it is watched, and when not."""


def _unknown(_brand: str, _segment: str) -> Watched | None:
    return None


class Previewer:
    """Answers what other settings would have done to a brand.

    Args:
        store: where the counts are kept.
        settings: the present settings.
        sight: says since when a brand is watched, and when not.
    """

    def __init__(self, store: Store, settings: AlertingSettings, sight: Sight | None = None) -> None:
        self._store = store
        self._sight = sight or _unknown
        self._settings = settings

    def preview(self, brand: str, changes: Mapping[str, str], days: int, now: datetime) -> Preview:
        """With some settings changed, over the days before a moment (UTC).

        Raises:
            InputError: a setting isn't known or can't be so, or there are too many days; the message says which.
        """
        if not 1 <= days <= MOST_DAYS:
            raise InputError(f"days must be 1 to {MOST_DAYS}, not {days}")
        proposed = changed(self._settings, changes)
        since = now - timedelta(days=days)
        learned = max(self._settings.history_days, proposed.history_days) + 2
        begin = since - timedelta(days=learned)
        tallies = [*self._store.series(brand, begin)[1], *self._store.segments(brand, begin)]
        peaks = self._store.peaks(brand, block_of(minute_of(since)) - 2 * learned)
        of_brand = partial(self._sight, brand)
        return Preview(
            brand=brand,
            since=since,
            until=now,
            changes=dict(changes),
            present=outcome(brand, tallies, self._settings, since, now, peaks, of_brand),
            proposed=outcome(brand, tallies, proposed, since, now, peaks, of_brand),
        )


def outcome(  # noqa: PLR0917 - of what, with what, and when
    brand: str,
    tallies: Sequence[Tally],
    settings: AlertingSettings,
    since: datetime,
    until: datetime,
    peaks: Sequence[Peak] = (),
    sight: SegmentSight | None = None,
) -> Outcome:
    """The incidents that the alarm would have given from `since` to `until`, from counts that reach further back.

    `peaks` are how surprising the brand's half-days were: at each moment those before it are looked at. `sight` says
    since when it is watched.
    """
    series, known, segments = restored([tally for tally in tallies if tally.minute < since], peaks, settings)
    watch = Watch(brand, settings, series, watermark=since, peaks=known, sight=sight, segments=segments)
    alerts: list[Alert] = []
    incidents: dict[str, Incident] = {}
    for change in by_minute([tally for tally in tallies if since <= tally.minute < until]):
        alerts += watch.observe(change.at, change.counts, segments=change.segments)
        watch.take_points()
        watch.take_peaks()
        incidents.update((incident.id, incident) for incident in watch.take_incidents())
    alerts += watch.tick(until)
    incidents.update((incident.id, incident) for incident in watch.take_incidents())
    opened = {alert.incident: alert for alert in reversed(alerts) if alert.event == AlertEvent.OPENED}
    return Outcome(
        incidents=tuple(
            Foreseen(
                opened_at=incident.opened_at,
                closed_at=incident.closed_at,
                peak=Level(incident.peak),
                rule=opened[incident.id].rule,
            )
            for incident in sorted(incidents.values(), key=lambda incident: incident.opened_at)
        )
    )
