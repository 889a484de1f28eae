"""Who was paged over an incident or an urgent case, as the pages show it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from api.parts import Parts
from core.alert import Alert, Incident, Level
from core.answering import ANSWERABLE, standing
from core.case import UNFINISHED, Case, Grade
from core.escalation import Escalation, Handling, id_of_urgent
from core.paging import ASKING, LOG, READER, Attempt, PageKind

_MOST = 20

PROMISED = ("15", "30", "60", "120")
"""Minutes until the next update, of which one can be promised on the page."""

Outcome = Literal["answered", "refused", "waits", "unanswered", "told"]


@dataclass(frozen=True)
class Paged:
    """One try to tell somebody, and what came of it; `kind` names why in the words of the pages."""

    attempt: Attempt
    outcome: Outcome
    kind: str


@dataclass(frozen=True)
class PagedView:
    """Who was told (latest first; `more` of them aren't shown), who is asked, and what the reader can do.

    `logged_at` is when it was last written to the log, where no people are configured: a line for each level would say
    nothing more. `highest` is the level up to which people were paged. `deeds` are what people did, latest first.
    `can_take`: an answer of the reader is waited for; `can_take_over`: somebody else has it; `can_pass_to`: to whom the
    reader can pass it on; `can_promise`, `can_resolve`.
    """

    rows: tuple[Paged, ...]
    more: int
    logged_at: datetime | None
    asked: tuple[str, ...]
    passing_to: str
    promised_by: str
    promised_until: datetime | None
    resolved_by: str
    resolved_at: datetime | None
    highest: Level
    deeds: tuple[Handling, ...]
    can_take: bool
    can_take_over: bool
    can_pass_to: tuple[str, ...]
    can_promise: bool
    can_resolve: bool


def paged_view(parts: Parts, incident: Incident, reader: str) -> PagedView:
    """Where paging stands over an incident."""
    state = parts.store.escalation(incident.id) or Escalation(incident=incident.id)
    asked = state.asked()
    logged_at, attempts = _without_log(parts, parts.store.attempts(incident.id))
    rows = paged(attempts, asked)
    asked = () if logged_at and not rows else asked
    is_open = incident.closed_at is None and not state.resolved_by
    found = standing(parts.store, incident.id, reader).state
    theirs = is_open and incident.acknowledged_by in {"", reader}
    return PagedView(
        rows=rows[:_MOST],
        more=max(0, len(rows) - _MOST),
        logged_at=logged_at,
        asked=asked,
        passing_to=state.passing.to if state.passing else "",
        promised_by=state.promised_by,
        promised_until=state.promised_until,
        resolved_by=state.resolved_by,
        resolved_at=state.resolved_at,
        highest=max(state.highest, incident.level),
        deeds=tuple(reversed(parts.store.handlings(incident.id))),
        can_take=found in ANSWERABLE,
        can_take_over=is_open and found == "others",
        can_pass_to=tuple(name for name in parts.people if name not in {reader, READER}) if theirs else (),
        can_promise=is_open and incident.acknowledged_by == reader,
        can_resolve=is_open,
    )


def happened(alerts: Sequence[Alert], deeds: Sequence[Handling]) -> Sequence[Alert | Handling]:
    """What the alarm saw and what people did, latest first."""
    return sorted([*alerts, *deeds], key=lambda one: one.at, reverse=True)


def _without_log(parts: Parts, attempts: Sequence[Attempt]) -> tuple[datetime | None, list[Attempt]]:
    """When it was last written to the log where no people are configured, and the tries to reach somebody."""
    logged = (
        [] if set(parts.people) - {READER} else [one for one in attempts if (one.person, one.channel) == (READER, LOG)]
    )
    return logged[-1].at if logged else None, [one for one in attempts if one not in logged]


def paged(attempts: Sequence[Attempt], asked: Sequence[str]) -> tuple[Paged, ...]:
    """All tries, latest first. Who answered a page has answered all tries of it, over whatever channel they came."""
    answered = {attempt.page for attempt in attempts if attempt.answered_at is not None}

    def outcome(attempt: Attempt) -> Outcome:
        if attempt.reason:
            return "refused"
        if attempt.kind not in ASKING:
            return "told"
        if attempt.page in answered:
            return "answered"
        return "waits" if attempt.person in asked else "unanswered"

    return tuple(Paged(attempt, outcome(attempt), attempt.kind.value) for attempt in reversed(attempts))


@dataclass(frozen=True)
class CasePagedView:
    """Who was told of the urgent cases of a brand while one of them was open, latest first, and who has them."""

    rows: tuple[Paged, ...]
    more: int
    logged_at: datetime | None
    asked: tuple[str, ...]
    acknowledged_by: str


def case_paged_view(parts: Parts, case: Case) -> CasePagedView | None:
    """Where paging stands over an urgent case; None where people aren't paged over it."""
    id_, store = id_of_urgent(case.brand), parts.store
    state = store.escalation(id_) if case.grade is Grade.URGENT else None
    if state is None:
        return None
    is_open = case.state in UNFINISHED and not state.ended
    asked = state.asked() if is_open else ()
    until = None if case.state in UNFINISHED else case.resolved_at or case.answered_at
    logged_at, of_case = _without_log(
        parts,
        [
            attempt
            for attempt in store.attempts(id_)
            if attempt.at >= case.opened_at and (until is None or attempt.at <= until)
        ],
    )
    rows = tuple(
        replace(row, kind="urgent") if row.attempt.kind is PageKind.OPENED else row for row in paged(of_case, asked)
    )
    return CasePagedView(
        rows=rows[:_MOST],
        more=max(0, len(rows) - _MOST),
        logged_at=logged_at,
        asked=() if logged_at and not rows else asked,
        acknowledged_by=state.acknowledged_by if is_open else "",
    )
