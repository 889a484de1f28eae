"""What people do about incidents: written where it is noted who has them, and where paging takes it up."""

from datetime import datetime, timedelta

from api.parts import Parts
from api.routes.common import found, wrong
from core.alert import Incident
from core.answering import standing
from core.errors import ConflictError, NotFoundError
from core.escalation import Deed, Escalation, EscalationKind, Handling, handling_of

_LATEST_UPDATE = timedelta(days=366)


def acknowledge(parts: Parts, incident_id: str, by: str) -> bool:
    """Take an incident or urgent cases in hand, or answer a test page.

    False where the person had it already and nothing is asked.

    Raises:
        NotFoundError: there is no such incident or test.
        ConflictError: somebody else has it, and it isn't being passed on to this person.
    """
    incident, state = _both(parts, incident_id)
    if state is not None and state.kind is EscalationKind.URGENT:
        return _take_cases(parts, state, by)
    if incident is None:
        return _keep(parts, handling_of(incident_id, Deed.ACKNOWLEDGED, by, parts.clock.now()))
    now = parts.clock.now()
    with parts.store.unit() as unit:
        taken = unit.acknowledge(incident_id, by, now)
        owner = incident.acknowledged_by
        if not taken and owner != by and state and state.passing and state.passing.to == by:
            taken = unit.pass_on(incident_id, owner, by, now)
        if not taken and not (owner == by and state and by in state.asked()):
            return _refuse(parts, incident_id, by)
        return unit.handle(handling_of(incident_id, Deed.ACKNOWLEDGED, by, now))


def _take_cases(parts: Parts, state: Escalation, by: str) -> bool:
    """Paging itself keeps who has them: of two at the same moment, it takes the first and tells the other."""
    match standing(parts.store, state.incident, by).state:
        case "others":
            raise ConflictError(
                f"The urgent cases of {state.brand} are with {state.acknowledged_by} already: ask them."
            )
        case "over":
            raise ConflictError(f"The urgent cases of {state.brand} are answered: nothing more is to be done.")
        case "mine":
            return False
        case _:
            return _keep(parts, handling_of(state.incident, Deed.ACKNOWLEDGED, by, parts.clock.now()))


def delegate(parts: Parts, incident_id: str, by: str, to: str) -> None:
    """Pass an incident on; whoever does so has it in hand until the other one acknowledges.

    Raises:
        NotFoundError: there is no such incident.
        ConflictError: somebody else has it, or it is over.
        ProblemError: the other one can't be paged.
    """
    _check_open(parts, incident_id)
    if to == by or to not in parts.people:
        message = "name somebody else" if to == by else f"{to!r} can't be paged; there are {', '.join(parts.people)}"
        raise wrong("to", message)
    acknowledge(parts, incident_id, by)
    _keep(parts, handling_of(incident_id, Deed.DELEGATED, by, parts.clock.now(), to=to))


def take_over(parts: Parts, incident_id: str, by: str) -> bool:
    """Take an incident from whoever has it, whether they answer or not; the same as taking it where nobody has.

    False where the person had it already and nothing is asked.

    Raises:
        NotFoundError: there is no such incident.
        ConflictError: it is over, or somebody else took it at the same moment.
    """
    _check_open(parts, incident_id)
    owner = found(parts.store.incident(incident_id), "incident", incident_id).acknowledged_by
    if owner in {"", by}:
        return acknowledge(parts, incident_id, by)
    now = parts.clock.now()
    with parts.store.unit() as unit:
        if not unit.pass_on(incident_id, owner, by, now):
            return _refuse(parts, incident_id, by)
        return unit.handle(handling_of(incident_id, Deed.TAKEN_OVER, by, now))


def promise(parts: Parts, incident_id: str, by: str, until: datetime) -> None:
    """Promise the next update until a moment.

    Raises:
        NotFoundError: there is no such incident.
        ConflictError: it is over.
        ProblemError: the moment is past, or too far ahead.
    """
    _check_open(parts, incident_id)
    now = parts.clock.now()
    if not now < until <= now + _LATEST_UPDATE:
        raise wrong("until", "name a time in the future, within a year")
    _keep(parts, handling_of(incident_id, Deed.PROMISED, by, now, until=until))


def resolve(parts: Parts, incident_id: str, by: str) -> None:
    """Say that an incident is over.

    Raises:
        NotFoundError: there is no such incident.
        ConflictError: it is over already.
    """
    _check_open(parts, incident_id)
    _keep(parts, handling_of(incident_id, Deed.RESOLVED, by, parts.clock.now()))


def wish_for_tests(parts: Parts, by: str, person: str = "") -> Handling:
    """Wish for a test page to one person, or to all.

    Raises:
        ProblemError: there is no such person.
    """
    if person and person not in parts.people:
        raise wrong("person", f"{person!r} can't be paged; there are {', '.join(parts.people)}")
    now = parts.clock.now()
    wish = handling_of("", Deed.TESTED, by, now, to=person)
    _keep(parts, wish)
    return wish


def _both(parts: Parts, incident_id: str) -> tuple[Incident | None, Escalation | None]:
    incident, state = parts.store.incident(incident_id), parts.store.escalation(incident_id)
    if incident is None and state is None:
        raise NotFoundError(f"There is no incident or test {incident_id}: it never existed, or it was erased.")
    return incident, state


def _check_open(parts: Parts, incident_id: str) -> None:
    incident = found(parts.store.incident(incident_id), "incident", incident_id)
    state = parts.store.escalation(incident_id)
    if incident.closed_at is not None or (state is not None and state.resolved_by):
        raise ConflictError(f"Incident {incident_id} is over: nothing more is to be done about it.")


def _refuse(parts: Parts, incident_id: str, by: str) -> bool:
    owner = found(parts.store.incident(incident_id), "incident", incident_id).acknowledged_by
    if owner != by:
        raise ConflictError(f"Incident {incident_id} is with {owner} already: ask them.")
    return False


def _keep(parts: Parts, handling: Handling) -> bool:
    with parts.store.unit() as unit:
        return unit.handle(handling)
