"""Where paging stands over something, as routes and commands tell it."""

from api.schemas.paging import AttemptOut, HandlingOut, PagingOut
from core.errors import NotFoundError
from core.escalation import Escalation
from core.ports.store import Store


def paging_of(store: Store, incident_id: str) -> PagingOut:
    """Where it stands over an incident, urgent cases or a test, with every attempt and what people did.

    Raises:
        NotFoundError: nobody was paged over it, and it is no incident.
    """
    incident, state = store.incident(incident_id), store.escalation(incident_id)
    if incident is None and state is None:
        raise NotFoundError(f"Nobody was paged over {incident_id}: it is no incident or test, or it was erased.")
    state = state or Escalation(incident=incident_id)
    return PagingOut(
        incident=incident_id,
        acknowledged_by=incident.acknowledged_by if incident else state.acknowledged_by,
        acknowledged_at=incident.acknowledged_at if incident else state.acknowledged_at,
        asked=state.asked(),
        passing_to=state.passing.to if state.passing else "",
        promised_by=state.promised_by,
        promised_until=state.promised_until,
        resolved_by=state.resolved_by,
        resolved_at=state.resolved_at,
        ended=state.ended,
        attempts=tuple(AttemptOut.model_validate(each) for each in store.attempts(incident_id)),
        handled=tuple(HandlingOut.model_validate(each) for each in store.handlings(incident_id)),
    )
