"""What the alarm found: incidents, their alerts, and who has them in hand."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from api import handling
from api.answer import Page
from api.paging import paging_of
from api.parts import Parts
from api.requests import BrandName, Cursor, Id, Limit
from api.reviews import behind, share_of
from api.routes.common import check_brand, found, person_acting
from api.schemas.incidents import AlertOut, IncidentDetail, IncidentOut
from api.schemas.paging import PagingOut
from api.schemas.quiet import QuietOut
from api.schemas.reviews import ShareOut
from api.whys import explanations
from core.errors import NotFoundError
from core.escalation import Escalation, EscalationKind


def create_router(parts: Parts) -> APIRouter:
    """The routes of incidents."""
    router = APIRouter(tags=["incidents"])
    store = parts.store
    acting = person_acting(parts)

    @router.get("/incidents", summary="Incidents, newest first")
    def list_incidents(
        brand: BrandName = "",
        open_only: Annotated[bool, Query(alias="open", description="Only those that aren't closed.")] = False,
        cursor: Cursor = "",
        limit: Limit = 50,
    ) -> Page[IncidentOut]:
        """What raised the alarm, with level and reason in words."""
        check_brand(parts, brand)
        page = store.incidents(brand, open_only, cursor, limit)
        return Page(items=tuple(IncidentOut.model_validate(item) for item in page.items), next=page.next or None)

    @router.get("/incidents/{incident_id}", summary="One incident with its alerts")
    def get_incident(incident_id: Id) -> IncidentDetail:
        """An incident, and everything that was said of it, in order of time."""
        incident = store.incident(incident_id)
        if incident is None:
            state = store.escalation(incident_id) or Escalation(incident=incident_id)
            raise NotFoundError(handling.why_no_incident(state))
        since, until = behind(incident, parts.clock.now(), timedelta(minutes=parts.window_minutes))
        alerts = store.alerts(incident_id)
        told = explanations(store, alerts)
        quiet = parts.quiet(incident, parts.clock.now())
        return IncidentDetail(
            **IncidentOut.model_validate(incident).model_dump(),
            quiet=QuietOut.model_validate(quiet) if quiet else None,
            alerts=tuple(AlertOut.of(alert, told.get(alert.id)) for alert in alerts),
            share=ShareOut.of(share_of(parts, incident.brand, since, until, incident.segment), since, until),
        )

    @router.post("/incidents/{incident_id}/acknowledge", summary="Take an incident, or urgent cases, in hand")
    def acknowledge(incident_id: Id, by: Annotated[str, acting]) -> IncidentOut | PagingOut:
        """Say that you look after it, so that nobody else is paged.

        Acknowledging one's own again changes nothing; somebody else's is a conflict, unless it is being passed on to
        you. What pages name as their `incident` may also be the urgent cases of a brand: of these the answer says where
        paging stands, as `GET …/paging` does; who has them stands there as soon as paging has taken the answer, a
        moment later.
        """
        if store.incident(incident_id) is None:
            state = store.escalation(incident_id)
            if state is not None and state.kind is EscalationKind.TEST:
                raise NotFoundError(f"{incident_id} is a test page: POST /api/v1/pages/test/{incident_id}/acknowledge.")
            if state is None or state.kind is not EscalationKind.URGENT:
                raise NotFoundError(handling.why_no_incident(state or Escalation(incident=incident_id)))
            handling.acknowledge(parts, incident_id, by)
            return paging_of(store, incident_id)
        handling.acknowledge(parts, incident_id, by)
        incident = found(store.incident(incident_id), "incident", incident_id)
        return IncidentOut.model_validate(incident)

    return router
