"""Who was paged over an incident, as the alarm page shows it, and the buttons of those who have it in hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from api import handling
from api.parts import Parts
from api.web.forms import then
from api.web.site import Site
from core.alert import Incident
from core.answering import ANSWERABLE, standing
from core.errors import ConflictError, InputError
from core.escalation import Escalation
from core.paging import ASKING, LOG, READER, Attempt

_MOST = 20

Outcome = Literal["answered", "refused", "waits", "unanswered", "told"]


@dataclass(frozen=True)
class Paged:
    """One try to tell somebody, and what came of it."""

    attempt: Attempt
    outcome: Outcome


@dataclass(frozen=True)
class PagedView:
    """Who was told (latest first; `more` of them aren't shown), who is asked, and what the reader can do.

    `logged_at` is when it was last written to the log, where no people are configured: a line for each level would say
    nothing more. `can_take`: an answer of the reader is waited for; `can_pass_to`: to whom the reader can pass it on;
    `can_resolve`.
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
    can_take: bool
    can_pass_to: tuple[str, ...]
    can_resolve: bool


def paged_view(parts: Parts, incident: Incident, reader: str) -> PagedView:
    """Where paging stands over an incident."""
    state = parts.store.escalation(incident.id) or Escalation(incident=incident.id)
    attempts, asked = parts.store.attempts(incident.id), state.asked()
    logged = [] if parts.people else [one for one in attempts if (one.person, one.channel) == (READER, LOG)]
    rows = paged([one for one in attempts if one not in logged], asked)
    asked = () if logged and not rows else asked
    is_open = incident.closed_at is None and not state.resolved_by
    theirs = is_open and incident.acknowledged_by in {"", reader}
    return PagedView(
        rows=rows[:_MOST],
        more=max(0, len(rows) - _MOST),
        logged_at=logged[-1].at if logged else None,
        asked=asked,
        passing_to=state.passing.to if state.passing else "",
        promised_by=state.promised_by,
        promised_until=state.promised_until,
        resolved_by=state.resolved_by,
        resolved_at=state.resolved_at,
        can_take=standing(parts.store, incident.id, reader).state in ANSWERABLE,
        can_pass_to=tuple(name for name in parts.people if name != reader) if theirs else (),
        can_resolve=is_open,
    )


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

    return tuple(Paged(attempt, outcome(attempt)) for attempt in reversed(attempts))


def add_paged_actions(router: APIRouter, parts: Parts, site: Site) -> None:
    """Take it in hand, pass it on, say that it is over."""

    @router.post("/incidents/{incident_id}/acknowledge")
    def acknowledge(request: Request, incident_id: str) -> Response:
        def note() -> None:
            if not handling.acknowledge(parts, incident_id, site.reader(request).user):
                raise ConflictError(f"Incident {incident_id} is in your hands already.")

        return then(f"/alarm/{incident_id}", note)

    @router.post("/incidents/{incident_id}/delegate")
    def delegate(request: Request, incident_id: str, to: Annotated[str, Form()] = "") -> Response:
        def note() -> None:
            by = site.reader(request).user
            if to == by or to not in parts.people:
                raise InputError("Name somebody else who can be paged.")
            handling.delegate(parts, incident_id, by, to)

        return then(f"/alarm/{incident_id}", note)

    @router.post("/incidents/{incident_id}/resolve")
    def resolve(request: Request, incident_id: str) -> Response:
        return then(f"/alarm/{incident_id}", lambda: handling.resolve(parts, incident_id, site.reader(request).user))
