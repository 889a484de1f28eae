"""What the alarm would have done with other settings: the watch, run once more over the counts that are kept."""

import dataclasses
import difflib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, get_type_hints

import msgspec

from alerting.series import BrandSeries, Counts, minute_of
from alerting.settings import AlertingSettings
from alerting.surprise import Peaks, block_of
from alerting.watch import Watch
from core.alert import Alert, AlertEvent, Incident, Level, Peak, Tally
from core.errors import ConfigurationError, InputError
from core.ports.store import Store
from core.preview import MOST_DAYS, Foreseen, Outcome, Preview
from core.watched import Watched

_NOT_OF_COUNTS = frozenset({
    "sensitive_kinds", "sensitive_any_tone", "correct_share", "page_language",
    "silence_times", "silence_least_seconds", "silence_most_minutes", "lateness_minutes", "future_minutes",
})  # fmt: skip
"""Settings that change what is counted, or nothing about counts: they can't be tried on counts that are kept."""

_TYPES = {name: kind for name, kind in get_type_hints(AlertingSettings).items() if name not in _NOT_OF_COUNTS}
CHANGEABLE = tuple(_TYPES)
"""The settings that can be tried."""


Sight = Callable[[str], Watched | None]


def _unknown(_brand: str) -> Watched | None:
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
        _, tallies = self._store.series(brand, since - timedelta(days=learned))
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


def changed(settings: AlertingSettings, changes: Mapping[str, str]) -> AlertingSettings:
    """The settings with others in their place, given as they are written; several numbers with commas.

    Raises:
        InputError: one isn't known or can't be so.
    """
    values: dict[str, Any] = {}
    for name, written in changes.items():
        if name not in _TYPES:
            near = difflib.get_close_matches(name, CHANGEABLE, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"choose one of {', '.join(CHANGEABLE)}"
            raise InputError(f"{name!r} can't be tried on counts: {hint}")
        several = isinstance(getattr(settings, name), tuple)
        value = [part.strip() for part in written.split(",") if part.strip()] if several else written.strip()
        try:
            values[name] = msgspec.convert(value, _TYPES[name], strict=False)
        except msgspec.ValidationError as error:
            raise InputError(f"{name} = {written!r} can't be: {error}") from None
    try:
        return dataclasses.replace(settings, **values)
    except ConfigurationError as error:
        raise InputError(str(error)) from None


def written(settings: AlertingSettings) -> dict[str, str]:
    """The settings that can be tried, as they would be written."""
    return {name: _written(getattr(settings, name)) for name in CHANGEABLE}


def _written(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(_written, value))
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)


def outcome(  # noqa: PLR0917 - of what, with what, and when
    brand: str,
    tallies: Sequence[Tally],
    settings: AlertingSettings,
    since: datetime,
    until: datetime,
    peaks: Sequence[Peak] = (),
    sight: Callable[[], Watched | None] | None = None,
) -> Outcome:
    """The incidents that the alarm would have given from `since` to `until`, from counts that reach further back.

    `peaks` are how surprising the brand's half-days were: at each moment those before it are looked at. `sight` says
    since when it is watched.
    """
    series = BrandSeries(settings.history_days)
    series.load(tally for tally in tallies if tally.minute < since)
    known = Peaks(settings.history_days, peaks)
    watch = Watch(brand, settings, series, watermark=since, peaks=known, sight=sight)
    alerts: list[Alert] = []
    incidents: dict[str, Incident] = {}
    for tally in tallies:
        if since <= tally.minute < until:
            alerts += watch.observe(tally.minute, Counts(tally.total, tally.negative, tally.sensitive))
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
