"""What people do about incidents: written where it is noted who has them, and where paging takes it up."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from api.routes.common import found, wrong
from core.alert import Incident
from core.answering import standing
from core.errors import ConflictError, NotFoundError
from core.escalation import Deed, Escalation, EscalationKind, Handling, handling_of
from core.ports.clock import Clock
from core.ports.store import Store

_LATEST_UPDATE = timedelta(days=366)


class Desk(Protocol):
    """What it takes to note what somebody did: the web application's parts have it, and so do commands.

    `people` are the names of those who can be paged.
    """

    @property
    def store(self) -> Store:
        """Where it is noted."""
        ...

    @property
    def clock(self) -> Clock:
        """Says when it was."""
        ...

    @property
    def people(self) -> Sequence[str]:
        """See above."""
        ...


def acknowledge(desk: Desk, incident_id: str, by: str) -> bool:
    """Take an incident or urgent cases in hand, or answer a test page.

    False where the person had it already and nothing is asked.

    Raises:
        NotFoundError: there is no such incident or test.
        ConflictError: somebody else has it, and it isn't being passed on to this person.
    """
    incident, state = _both(desk, incident_id)
    if state is not None and state.kind is EscalationKind.URGENT:
        return _take_cases(desk, state, by)
    if incident is None:
        if state is None or state.kind is not EscalationKind.TEST:
            raise NotFoundError(why_no_incident(state or Escalation(incident=incident_id)))
        return _keep(desk, handling_of(incident_id, Deed.ACKNOWLEDGED, by, desk.clock.now()))
    now = desk.clock.now()
    with desk.store.unit() as unit:
        taken = unit.acknowledge(incident_id, by, now)
        owner = incident.acknowledged_by
        if not taken and owner != by and state and state.passing and state.passing.to == by:
            taken = unit.pass_on(incident_id, owner, by, now)
        if not taken and not (owner == by and state and by in state.asked()):
            return _refuse(desk, incident_id, by)
        return unit.handle(handling_of(incident_id, Deed.ACKNOWLEDGED, by, now))


def _take_cases(desk: Desk, state: Escalation, by: str) -> bool:
    """Paging itself keeps who has them: of two at the same moment, it takes the first and tells the other."""
    match standing(desk.store, state.incident, by).state:
        case "others":
            raise ConflictError(
                f"The urgent cases of {state.brand} are with {state.acknowledged_by} already: ask them."
            )
        case "over":
            raise ConflictError(f"The urgent cases of {state.brand} are answered: nothing more is to be done.")
        case "mine":
            return False
        case _:
            return _keep(desk, handling_of(state.incident, Deed.ACKNOWLEDGED, by, desk.clock.now()))


def delegate(desk: Desk, incident_id: str, by: str, to: str) -> None:
    """Pass an incident on; whoever does so has it in hand until the other one acknowledges.

    Raises:
        NotFoundError: there is no such incident.
        ConflictError: somebody else has it, or it is over.
        ProblemError: the other one can't be paged.
    """
    _check_open(desk, incident_id)
    if to == by or to not in desk.people:
        message = "name somebody else" if to == by else f"{to!r} can't be paged; there are {', '.join(desk.people)}"
        raise wrong("to", message)
    acknowledge(desk, incident_id, by)
    _keep(desk, handling_of(incident_id, Deed.DELEGATED, by, desk.clock.now(), to=to))


def take_over(desk: Desk, incident_id: str, by: str) -> bool:
    """Take an incident from whoever has it, whether they answer or not; the same as taking it where nobody has.

    False where the person had it already and nothing is asked.

    Raises:
        NotFoundError: there is no such incident.
        ConflictError: it is over, or somebody else took it at the same moment.
    """
    _check_open(desk, incident_id)
    owner = found(desk.store.incident(incident_id), "incident", incident_id).acknowledged_by
    if owner in {"", by}:
        return acknowledge(desk, incident_id, by)
    now = desk.clock.now()
    with desk.store.unit() as unit:
        # Where it has risen at this moment, nobody has it any more.
        if not (unit.pass_on(incident_id, owner, by, now) or unit.acknowledge(incident_id, by, now)):
            return _refuse(desk, incident_id, by)
        return unit.handle(handling_of(incident_id, Deed.TAKEN_OVER, by, now))


def promise(desk: Desk, incident_id: str, by: str, until: datetime) -> None:
    """Promise the next update until a moment.

    Raises:
        NotFoundError: there is no such incident.
        ConflictError: it is over.
        ProblemError: the moment is past, or too far ahead.
    """
    _check_open(desk, incident_id)
    now = desk.clock.now()
    if not now < until <= now + _LATEST_UPDATE:
        raise wrong("until", "name a time in the future, within a year")
    _keep(desk, handling_of(incident_id, Deed.PROMISED, by, now, until=until))


def resolve(desk: Desk, incident_id: str, by: str) -> None:
    """Say that an incident is over.

    Raises:
        NotFoundError: there is no such incident.
        ConflictError: it is over already.
    """
    _check_open(desk, incident_id)
    _keep(desk, handling_of(incident_id, Deed.RESOLVED, by, desk.clock.now()))


def wish_for_tests(desk: Desk, by: str, person: str = "") -> Handling:
    """Wish for a test page to one person, or to all.

    Raises:
        ProblemError: there is no such person.
    """
    if person and person not in desk.people:
        raise wrong("person", f"{person!r} can't be paged; there are {', '.join(desk.people)}")
    now = desk.clock.now()
    wish = handling_of("", Deed.TESTED, by, now, to=person)
    _keep(desk, wish)
    return wish


def _both(desk: Desk, incident_id: str) -> tuple[Incident | None, Escalation | None]:
    incident, state = desk.store.incident(incident_id), desk.store.escalation(incident_id)
    if incident is None and state is None:
        raise NotFoundError(f"There is no incident or test {incident_id}: it never existed, or it was erased.")
    return incident, state


def _check_open(desk: Desk, incident_id: str) -> None:
    incident, state = desk.store.incident(incident_id), desk.store.escalation(incident_id)
    if incident is None and state is not None:
        raise NotFoundError(why_no_incident(state))
    incident = found(incident, "incident", incident_id)
    if incident.closed_at is not None or (state is not None and state.resolved_by):
        raise ConflictError(f"Incident {incident_id} is over: nothing more is to be done about it.")


def why_no_incident(state: Escalation) -> str:
    """Why something that people are paged over can't be handled as an incident is, and what can be done with it."""
    match state.kind:
        case EscalationKind.URGENT:
            return (
                f"{state.incident} stands for the urgent cases of {state.brand}, which are no incident: acknowledge "
                "them, or answer them in the queue. They can't be passed on, promised or resolved as one."
            )
        case EscalationKind.TEST:
            return f"{state.incident} is a test page, not an incident: it can only be acknowledged."
        case EscalationKind.NOTICE:
            return f"{state.incident} tells of a channel or a person that fails, not of an incident: nothing is asked."
        case _:
            return f"There is no incident {state.incident}: it never existed, or it was erased."


def _refuse(desk: Desk, incident_id: str, by: str) -> bool:
    owner = found(desk.store.incident(incident_id), "incident", incident_id).acknowledged_by
    if owner != by:
        raise ConflictError(f"Incident {incident_id} is with {owner} already: ask them.")
    return False


def _keep(desk: Desk, handling: Handling) -> bool:
    with desk.store.unit() as unit:
        return unit.handle(handling)
