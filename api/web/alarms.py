"""What the alarm page and the small chart show, read from the store. Times are UTC."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from api.gaps import gaps
from api.parts import Parts
from api.reviews import behind, share_of
from api.web.chart import SmallChart, held, small_chart, thinned
from api.whys import Explanation, explanations
from core.alert import Alert, BandPoint, Incident, IncidentState
from core.corrected_share import NegativeShare
from core.language import Language
from core.mention import Label, StoredMention
from core.ports.queries import MentionQuery
from core.ports.store import Store
from core.segment import WHOLE, filters_of
from core.sight import SourceGap

_RECENT = 200
_SAMPLES = 5
_THEMES = 5
_POINTS = 700
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class AlarmView:
    """An incident, its alerts (latest first) and what is behind it; `told` is why the latest one fired, if known."""

    incident: Incident
    alerts: tuple[Alert, ...]
    themes: tuple[tuple[str, int], ...]
    samples: tuple[StoredMention, ...]
    share: NegativeShare
    since: datetime
    until: datetime
    told: Explanation | None = None


def going_on(store: Store, incidents: Iterable[Incident]) -> list[Incident]:
    """Those that are open, and of which nobody has said that they are over."""
    still = [incident for incident in incidents if incident.state is not IncidentState.CLOSED]
    paged = store.escalations_by_id([incident.id for incident in still])
    return [one for one in still if not ((state := paged.get(one.id)) and state.resolved_by)]


def gravest(incidents: Sequence[Incident], still: Sequence[Incident]) -> Incident | None:
    """The incident of the highest level of those that go on, else the latest of all; None without any.

    One about a brand goes before those of sources: that a source is blind is said on every page anyway.
    """
    return max(
        still or incidents,
        key=lambda incident: (bool(incident.brand), incident.level if still else 0, incident.opened_at),
        default=None,
    )


def alarm_view(parts: Parts, incident: Incident, now: datetime, window: timedelta) -> AlarmView:
    """What changed: the themes and posts behind an incident, from a `window` before it opened to its end or now."""
    store = parts.store
    since, until = behind(incident, now, window)
    asked = MentionQuery(
        brand=incident.brand, label=Label.NEGATIVE.value, since=since, until=until + timedelta(seconds=1), limit=_RECENT
    )
    asked = msgspec.structs.replace(asked, **filters_of(incident.segment))
    negative = store.mentions(asked).items if incident.brand else ()
    counts: dict[str, int] = {}
    for item in negative:
        for theme in item.score.reading.themes:
            counts[theme] = counts.get(theme, 0) + 1
    gravest = sorted(
        negative,
        key=lambda item: (bool(item.score.reading.sensitive), item.mention.followers or 0, item.score.p_negative),
        reverse=True,
    )
    alerts = tuple(reversed(store.alerts(incident.id)))
    latest = next((alert for alert in alerts if alert.why), None)
    told = explanations(store, [latest]).get(latest.id) if latest else None
    return AlarmView(
        incident=incident,
        alerts=alerts,
        themes=tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:_THEMES]),
        samples=(told.samples if told else ()) or tuple(gravest[:_SAMPLES]),
        share=share_of(parts, incident.brand, since, until, incident.segment),
        since=since,
        until=until,
        told=told,
    )


def segment_drawn(store: Store, incident: Incident | None, now: datetime, hours: float) -> str:
    """The theme or source whose chart is shown: that of an incident, where the alarm drew it in the last hours."""
    if incident is None or not incident.segment:
        return WHOLE
    known = store.band(incident.brand, now - timedelta(hours=hours), now + _MINUTE, incident.segment)
    return incident.segment if len(known) > 1 else WHOLE


def recent_chart(  # noqa: PLR0917 - of whom, when
    store: Store, brand: str, now: datetime, hours: float, window: timedelta, segment: str = WHOLE
) -> SmallChart | None:
    """The small chart of the last hours of a brand, or of a part of it; each point counts the `window` before it."""
    since = now - timedelta(hours=hours)
    return small_chart(_points(store, brand, since, now, window, segment), since, now, gaps(store, since, now, now))


def recent_hours(store: Store, brand: str, now: datetime) -> float:
    """Hours that the small chart shows: two while an open incident is younger than that, else six."""
    open_incidents = store.incidents(brand, open_only=True, limit=_RECENT).items if brand else ()
    return 2 if any(now - incident.opened_at < timedelta(hours=2) for incident in open_incidents) else 6


def _points(  # noqa: PLR0917 - of whom, when
    store: Store, brand: str, since: datetime, until: datetime, window: timedelta, segment: str
) -> list[BandPoint]:
    # A point is dated at the end of its minute, so that of the running minute lies ahead. What was last seen before the
    # range, within a day, holds at its beginning.
    points = store.band(brand, since - max(window, _DAY), until + _MINUTE, segment)
    goes_on = store.incidents(brand, open_only=True, limit=_RECENT).items if segment and points else ()
    if segment and points and segment not in {incident.segment for incident in goes_on}:
        # A part is drawn while an incident is about it: nothing is known of what came after that.
        until = min(until, points[-1].at)
    return held(points, since, until, window)


@dataclass(frozen=True)
class ChartData:
    """The points and marks of the large chart, each in order of time."""

    since: datetime
    until: datetime
    points: tuple[BandPoint, ...]
    marks: tuple[Alert, ...]
    gaps: tuple[SourceGap, ...]

    @property
    def rows(self) -> list[list[float]]:
        """A row for each point: milliseconds since 1970, observed, low, high, all posts, whether it is learned yet."""
        return [[p.at.timestamp() * 1000, p.observed, p.low, p.high, p.total, p.learning] for p in self.points]

    def flags(self, language: Language) -> list[dict[str, object]]:
        """A flag for each mark: milliseconds since 1970, level, and the reason in the reader's language."""
        return [
            {"at": mark.at.timestamp() * 1000, "level": mark.level.value, "reason": mark.reason[language]}
            for mark in self.marks
        ]

    @property
    def blind(self) -> list[dict[str, object]]:
        """A stretch for each gap: its ends in milliseconds since 1970, the source, whether it is lost."""
        return [
            {
                "since": max(gap.since, self.since).timestamp() * 1000,
                "until": min(gap.until, self.until).timestamp() * 1000,
                "source": gap.source,
                "lost": gap.lost,
            }
            for gap in self.gaps
        ]


def chart_data(  # noqa: PLR0917 - of whom, when
    store: Store, brand: str, now: datetime, hours: float, window: timedelta, segment: str = WHOLE
) -> ChartData:
    """What the large chart of a brand, or of a part of it, shows of the last hours; see `recent_chart`.

    The marks on that of a part are those of incidents that are about it, or that it has joined.
    """
    since = now - timedelta(hours=hours)
    marks = [
        alert
        for incident in store.incidents(brand, limit=50).items
        if incident.updated_at >= since and (not segment or segment in {incident.segment, *incident.joined})
        for alert in store.alerts(incident.id)
        if alert.at >= since
    ]
    return ChartData(
        since=since,
        until=now,
        points=tuple(thinned(_points(store, brand, since, now, window, segment), _POINTS)),
        marks=tuple(sorted(marks, key=lambda alert: alert.at)),
        gaps=tuple(gaps(store, since, now, now)),
    )
