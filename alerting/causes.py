"""Which finding belongs to which incident: one for each cause, however many rules and segments see it (pure).

A storm is seen in the brand as a whole, in its themes and on its sources at once, and is one incident. It is a second
one where something else rises while the first goes on:

- What is found in the whole belongs to the incident about the whole; while there is none, to that about a segment which
  makes up at least a third of what is more than usual.
- What is found in a source or theme belongs to its own incident, if it has one; to that about the whole, if it is a
  source (a place is no cause), if it rose within `close_minutes` of its opening, or if posts that speak of what rose
  with it make up at least half of its rise.
- Else it belongs to an incident about another segment whose posts make up at least half of its rise; and else it is one
  by itself.
- What has joined an incident stays with it, until it has one of its own: shares go up and down, and nobody is to be
  paged again for that. If it returns within `reopen_minutes`, that incident opens again.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta

from alerting.settings import AlertingSettings
from alerting.signals import Signal
from core.alert import Incident
from core.segment import WHOLE, parted

_EXPLAINS = 1 / 3
_ALIKE = 0.5

Explained = Callable[[str, Signal], float]
"""How much of what is more than usual in the whole, where a finding was made, a segment makes up."""

Shared = Callable[[Signal, Collection[str]], float]
"""How much of the rise that a finding is about may be posts that count in one of some segments as well."""


def causes(  # noqa: PLR0917 - what is seen, and how it hangs together
    found: Mapping[str, Sequence[Signal]],
    incidents: Mapping[str, Incident],
    explained: Explained,
    shared: Shared,
    at: datetime,
    settings: AlertingSettings,
) -> dict[str, list[Signal]]:
    """The findings of a moment (event time), gravest first, by the segment whose incident they belong to.

    `found` are findings by segment, gravest first, `incidents` the latest ones of the brand.
    """
    open_ = {segment: incident for segment, incident in incidents.items() if incident.closed_at is None}
    given: dict[str, list[Signal]] = {}
    if whole := found.get(WHOLE):
        its = _of_whole(whole[0], open_, explained)
        given[its if its in open_ else _again(its, incidents, at, settings)] = list(whole)
    segments = [segment for segment, signals in found.items() if segment and signals]
    # Of equally grave ones a theme goes first: it says more than a place does.
    for segment in sorted(segments, key=lambda each: (-found[each][0].level, parted(each)[0] == "source", each)):
        known = {**dict.fromkeys(given), **open_}
        its = _of_segment(found[segment][0], known, shared, at, settings)
        its = its if its in known else _again(its, incidents, at, settings)
        given.setdefault(its, []).extend(found[segment])
    return {segment: sorted(signals, key=lambda signal: -signal.level) for segment, signals in given.items()}


def _of_whole(signal: Signal, open_: Mapping[str, Incident], explained: Explained) -> str:
    if WHOLE in open_ or not open_:
        return WHOLE
    if (joined := _joined(WHOLE, open_)) is not None:
        return joined
    share, most = max((explained(segment, signal), segment) for segment in open_)
    return most if share >= _EXPLAINS else WHOLE


def _of_segment(
    signal: Signal, known: Mapping[str, Incident | None], shared: Shared, at: datetime, settings: AlertingSettings
) -> str:
    """`known` are open incidents by segment; None for those that open now."""
    if signal.segment in known:
        return signal.segment
    if (joined := _joined(signal.segment, known)) is not None:
        return joined
    if WHOLE in known and _rose_with(signal, known[WHOLE], shared, at, settings):
        return WHOLE
    others = (segment for segment in known if segment and shared(signal, [segment]) >= _ALIKE)
    return next(others, signal.segment)


def _again(segment: str, incidents: Mapping[str, Incident], at: datetime, settings: AlertingSettings) -> str:
    """What the incident is about that opens for a segment: again its own, or the one that it had joined, if it can."""
    reopen = timedelta(minutes=settings.reopen_minutes)
    recent = {
        each: incident
        for each, incident in incidents.items()
        if incident.closed_at and at - incident.closed_at <= reopen
    }
    joined = _joined(segment, recent)
    return segment if segment in recent or joined is None else joined


def _joined(segment: str, known: Mapping[str, Incident | None]) -> str | None:
    """What the incident is about that a segment has joined; of several the whole, then the first by name."""
    joined = (each for each, incident in known.items() if incident is not None and segment in incident.joined)
    return min(joined, default=None)


def _rose_with(
    signal: Signal, whole: Incident | None, shared: Shared, at: datetime, settings: AlertingSettings
) -> bool:
    if whole is None or parted(signal.segment)[0] == "source":
        return True
    if at - (whole.reopened_at or whole.opened_at) <= timedelta(minutes=settings.close_minutes):
        return True
    themes = [segment for segment in whole.joined if parted(segment)[0] == "theme"]
    return shared(signal, themes) >= _ALIKE
