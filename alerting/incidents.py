"""The life of an incident: open → rising → calm → closed.

It rises at once, falls one level after a calm period, closes after a longer one in which the count was within its usual
band (less than what opens one: otherwise it would open and close around one line), and a cause that returns soon is the
same incident again. There is at most one open incident for a brand or a segment of it, so repeated signals join it;
what belongs to which is decided in `alerting.causes`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from alerting import wording
from alerting.names import subject
from alerting.settings import AlertingSettings
from alerting.signals import Signal
from core.alert import Alert, AlertEvent, BandPoint, Incident, IncidentState, Level
from core.identity import identity
from core.language import Words
from core.segment import WHOLE

_COUNTED = "baseline"

Step = tuple[Incident | None, tuple[Alert, ...]]


def advance(
    of: tuple[str, str],
    incident: Incident | None,
    signals: Sequence[Signal],
    point: BandPoint,
    settings: AlertingSettings,
) -> Step:
    """The incident after what the rules found at `point.at` (event time), and the alerts that this gives.

    `of` are the brand and the segment that it is about, `incident` is the latest one of that, closed or not; `signals`
    are in the order of gravity, those of other segments that belong to it among them. `point` is what was counted and
    expected at that moment, for the words of calm. Ids follow from brand, segment and event time alone, so that the
    same history gives the same ids.
    """
    at = point.at
    top = signals[0] if signals else None
    if incident is None or incident.closed_at is not None:
        return _open(of, incident, signals, at, settings) if top else (incident, ())
    if top is None:
        counted = msgspec.structs.replace(
            incident, observed=point.observed, expected_low=point.low, expected_high=point.high, updated_at=at
        )
        if counted.level == Level.BLUE and point.observed > point.high and point.observed >= settings.level_minimum[0]:
            return msgspec.structs.replace(counted, quiet_since=None), ()
        return _quieten(counted, None, at, settings)
    incident = msgspec.structs.replace(_seen(_joined(incident, signals), top), updated_at=at)
    if top.level > incident.level:
        return _rise(incident, top, at)
    if top.level < incident.level:
        return _quieten(incident, top, at, settings)
    state = IncidentState.OPEN if incident.state == IncidentState.CALM else incident.state
    return msgspec.structs.replace(incident, state=state, quiet_since=None), ()


def _seen(incident: Incident, top: Signal) -> Incident:
    return msgspec.structs.replace(
        incident, observed=top.observed, expected_low=top.expected_low, expected_high=top.expected_high
    )


def _joined(incident: Incident, signals: Sequence[Signal]) -> Incident:
    """The incident, with the segments other than its own in which something was found; the whole is one of them."""
    found = {signal.segment for signal in signals} - {incident.segment}
    return msgspec.structs.replace(incident, joined=tuple(sorted(found.union(incident.joined))))


def _open(
    of: tuple[str, str], last: Incident | None, signals: Sequence[Signal], at: datetime, settings: AlertingSettings
) -> Step:
    (brand, segment), top = of, signals[0]
    if last is not None and last.closed_at and at - last.closed_at <= timedelta(minutes=settings.reopen_minutes):
        incident = msgspec.structs.replace(
            last,
            state=IncidentState.OPEN,
            level=top.level,
            peak=max(last.peak, top.level),
            rule=top.rule,
            reason=top.reason if top.level >= last.peak else last.reason,
            updated_at=at,
            quiet_since=None,
            closed_at=None,
            reopened_at=at,
            ended_before=last.closed_at,
        )
    else:
        incident = Incident(
            id=identity("incident", brand, *filter(None, [segment]), at.isoformat()),
            brand=brand,
            segment=segment,
            state=IncidentState.OPEN,
            level=top.level,
            peak=top.level,
            rule=top.rule,
            reason=top.reason,
            observed=top.observed,
            expected_low=top.expected_low,
            expected_high=top.expected_high,
            opened_at=at,
            updated_at=at,
            ended_before=last.closed_at if last is not None else None,
        )
    incident = _seen(_joined(incident, signals), top)
    return incident, (alert_of(incident, AlertEvent.OPENED, top.rule, top.reason, at, top.segment),)


def _rise(incident: Incident, top: Signal, at: datetime) -> Step:
    risen = msgspec.structs.replace(
        incident,
        state=IncidentState.RISING,
        level=top.level,
        peak=max(incident.peak, top.level),
        rule=top.rule,
        reason=top.reason if top.level >= incident.peak else incident.reason,
        quiet_since=None,
    )
    return risen, (alert_of(risen, AlertEvent.RAISED, top.rule, top.reason, at, top.segment),)


def _quieten(incident: Incident, top: Signal | None, at: datetime, settings: AlertingSettings) -> Step:
    """Nothing reaches the incident's level. `quiet_since` counts from there, anew for each level that it falls."""
    if incident.quiet_since is None:
        state = incident.state if top else IncidentState.CALM
        return msgspec.structs.replace(incident, state=state, quiet_since=at), ()
    quiet = at - incident.quiet_since
    calm, close = timedelta(minutes=settings.calm_minutes), timedelta(minutes=settings.close_minutes)
    if incident.level == Level.BLUE:
        if quiet < close:
            return incident, ()
        ended = msgspec.structs.replace(incident, state=IncidentState.CLOSED, closed_at=at)
        reason = wording.closed(subject(ended.brand, ended.segment), quiet)
        return ended, (alert_of(ended, AlertEvent.CLOSED, _COUNTED, reason, at, ended.segment),)
    state = incident.state if top else IncidentState.CALM
    if quiet < calm:
        return msgspec.structs.replace(incident, state=state), ()
    after = Level(incident.level - 1)
    fallen = msgspec.structs.replace(
        incident,
        state=state,
        level=after,
        quiet_since=None if top and top.level == after else at,
    )
    reason = wording.lowered(subject(fallen.brand, fallen.segment), incident.level, after, quiet)
    rule, segment = (top.rule, top.segment) if top else (_COUNTED, fallen.segment)
    return fallen, (alert_of(fallen, AlertEvent.LOWERED, rule, reason, at, segment),)


def alert_of(  # noqa: PLR0917 - what is said of what
    incident: Incident, event: AlertEvent, rule: str, reason: Words, at: datetime, segment: str = WHOLE
) -> Alert:
    """What is said of an incident at a moment; the same moment, event and level always give the same id."""
    return Alert(
        id=identity("alert", incident.id, event, str(int(incident.level)), at.isoformat()),
        brand=incident.brand,
        incident=incident.id,
        at=at,
        event=event,
        level=incident.level,
        rule=rule,
        segment=segment,
        reason=reason,
        observed=incident.observed,
        expected_low=incident.expected_low,
        expected_high=incident.expected_high,
    )
