"""Paging: what people do about incidents, test pages, and who is on duty."""

from typing import Annotated

from fastapi import APIRouter

from api import handling
from api.paging import paging_of
from api.parts import Parts
from api.requests import DelegateRequest, Id, PageTestRequest, PromiseRequest
from api.routes.common import found, person_acting
from api.schemas.paging import (
    DutyOut,
    OnDutyOut,
    PageTestOut,
    PageTestsOut,
    PagingOut,
)
from core.errors import NotFoundError
from core.escalation import id_of_test, id_of_urgent


def create_router(parts: Parts) -> APIRouter:
    """The routes of paging."""
    router = APIRouter(tags=["incidents"])
    acting = person_acting(parts)

    @router.get("/incidents/{incident_id}/paging", summary="Who was paged over an incident, when, and over what")
    def get_paging(incident_id: Id) -> PagingOut:
        """Where paging stands over an incident or a test: who has it, who is asked, and every attempt."""
        return paging_of(parts.store, incident_id)

    @router.get("/cases/{case_id}/paging", summary="Who was paged over the urgent cases of a brand")
    def get_paging_of_case(case_id: Id) -> PagingOut:
        """Urgent cases of one brand are paged together: where that stands, and every attempt."""
        case = found(parts.store.case(case_id), "case", case_id)
        return paging_of(parts.store, id_of_urgent(case.brand))

    @router.post("/incidents/{incident_id}/delegate", summary="Pass an incident on")
    def delegate(incident_id: Id, body: DelegateRequest, by: Annotated[str, acting]) -> PagingOut:
        """The other one is paged. Until they acknowledge it stays with you, and without an answer it comes back."""
        handling.delegate(parts, incident_id, by, body.to)
        return paging_of(parts.store, incident_id)

    @router.post("/incidents/{incident_id}/take-over", summary="Take an incident from whoever has it")
    def take_over(incident_id: Id, by: Annotated[str, acting]) -> PagingOut:
        """For when they can't go on with it. They hear of it, and so do all who were paged."""
        handling.take_over(parts, incident_id, by)
        return paging_of(parts.store, incident_id)

    @router.post("/incidents/{incident_id}/promise", summary="Promise the next update")
    def promise(incident_id: Id, body: PromiseRequest, by: Annotated[str, acting]) -> PagingOut:
        """You are reminded shortly before and when it is due; after that those above hear of it too."""
        handling.promise(parts, incident_id, by, body.until)
        return paging_of(parts.store, incident_id)

    @router.post("/incidents/{incident_id}/resolve", summary="Say that an incident is over")
    def resolve(incident_id: Id, by: Annotated[str, acting]) -> PagingOut:
        """Those who were paged hear of it, and nobody is asked any more unless it rises above what it was."""
        handling.resolve(parts, incident_id, by)
        return paging_of(parts.store, incident_id)

    _add_tests(router, parts)
    return router


def _add_tests(router: APIRouter, parts: Parts) -> None:
    """Test pages, and who is on duty."""
    acting = person_acting(parts)

    @router.post("/pages/test", summary="Send test pages")
    def send_tests(body: PageTestRequest, by: Annotated[str, acting]) -> PageTestsOut:
        """To one person or to all. One without an answer is reported to others."""
        wish = handling.wish_for_tests(parts, by, body.person)
        names = (body.person,) if body.person else parts.people
        return PageTestsOut(pages=tuple(PageTestOut(person=name, test=id_of_test(wish.id, name)) for name in names))

    @router.post("/pages/test/{test_id}/acknowledge", summary="Answer a test page")
    def acknowledge_test(test_id: Id, by: Annotated[str, acting]) -> PagingOut:
        """Say that it reached you."""
        if parts.store.incident(test_id) is not None:
            raise NotFoundError(f"{test_id} is an incident: acknowledge it as one.")
        handling.acknowledge(parts, test_id, by)
        return paging_of(parts.store, test_id)

    @router.get("/duty", summary="Who is on duty now")
    def duty() -> DutyOut:
        """One person in each rotation."""
        return DutyOut(rotations=tuple(OnDutyOut.model_validate(each) for each in parts.duty(parts.clock.now())))
