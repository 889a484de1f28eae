"""From a mention that needs an answer to the answer on its way. The rules stand in `core.casework`."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from api import drafts
from api.answer import Page
from api.parts import Parts
from api.requests import Approval, BrandName, Cursor, DraftChange, Id, Limit, WordsLanguage
from api.routes.common import check_brand, found, person_acting
from api.schemas.cases import Approved, CaseDetail, CaseOut, DeliveryOut, WindowsOut
from api.schemas.mentions import MentionOut
from api.schemas.words import DraftOut, FindingOut
from core import casework
from core.case import CaseState, DeliveryState, Draft
from core.language import Language
from core.ports.queries import CaseQuery
from core.shapes import findings_json


def create_router(parts: Parts) -> APIRouter:
    """The routes of cases and deliveries."""
    router = APIRouter(tags=["cases"])
    _add_reading(router, parts)
    _add_changes(router, parts)
    return router


def _add_reading(router: APIRouter, parts: Parts) -> None:
    store = parts.store

    @router.get("/cases", summary="Cases by deadline, or newest first")
    def list_cases(
        order: Annotated[
            Literal["deadline", "newest"],
            Query(description="`deadline`: the gravest grade first, then the nearer golden target."),
        ] = "deadline",
        brand: BrandName = "",
        state: Annotated[
            list[CaseState], Query(description="May be given several times; without it, those that need an answer.")
        ] = [],  # noqa: B006 - FastAPI copies it
        cursor: Cursor = "",
        limit: Limit = 50,
    ) -> Page[CaseOut]:
        """What needs an answer, and until when."""
        check_brand(parts, brand)
        page = store.cases(CaseQuery(brand=brand, states=tuple(state), order=order, cursor=cursor, limit=limit))
        return Page(items=tuple(CaseOut.of(case) for case in page.items), next=page.next or None)

    @router.get("/cases/{case_id}", summary="One case with all that is needed to answer it")
    def get_case(case_id: Id, language: WordsLanguage = "en") -> CaseDetail:
        """A case with its mention, drafts, deliveries and clocks."""
        case = found(store.case(case_id), "case", case_id)
        stored = store.mention(case.mention)
        return CaseDetail(
            **CaseOut.of(case).model_dump(),
            windows=WindowsOut(golden_at=case.golden_at, limit_at=case.limit_at),
            mention=MentionOut.of(stored) if stored else None,
            drafts=tuple(_draft(draft, language) for draft in store.drafts(case_id)),
            deliveries=tuple(DeliveryOut.of(delivery) for delivery in store.deliveries(case=case_id)),
        )

    @router.get("/deliveries", summary="The outbox: approved replies, newest first")
    def list_deliveries(
        state: Annotated[list[DeliveryState], Query(description="May be given several times; without it, any.")] = [],  # noqa: B006 - FastAPI copies it
        limit: Limit = 50,
    ) -> Page[DeliveryOut]:
        """What was sent, or would be sent (`would_be_sent`). It has one page, of the newest."""
        deliveries = store.deliveries(states=state, limit=limit)
        return Page(items=tuple(DeliveryOut.of(delivery) for delivery in deliveries), next=None)


def _add_changes(router: APIRouter, parts: Parts) -> None:
    store, clock = parts.store, parts.clock
    acting = person_acting(parts)

    @router.post("/cases/{case_id}/claim", summary="Take a case in hand")
    def claim(case_id: Id, by: Annotated[str, acting]) -> CaseOut:
        """Others see that you work on it and can't change it. Claiming one's own case again changes nothing."""
        return CaseOut.of(casework.claim(store, case_id, by, clock.now()))

    @router.post("/cases/{case_id}/take-over", summary="Take a case over from whoever has it")
    def take_over(case_id: Id, by: Annotated[str, acting]) -> CaseOut:
        """For when they are away, or asked for it: what they do with it then is a conflict. Else like claiming."""
        return CaseOut.of(casework.take_over(store, case_id, by, clock.now()))

    @router.post("/cases/{case_id}/drafts", summary="Save an edited draft, or make all of them anew")
    def change_drafts(case_id: Id, body: DraftChange, by: Annotated[str, acting]) -> CaseOut:
        """Gives back the case with its new version; GET the case for the drafts."""
        now = clock.now()
        if body.text is None:
            return CaseOut.of(drafts.make_anew(parts, case_id=case_id, version=body.version, by=by, now=now))
        return CaseOut.of(
            drafts.save(
                parts,
                case_id=case_id,
                version=body.version,
                text=body.text,
                approach=body.approach,
                by=by,
                now=now,
            )
        )

    @router.post("/cases/{case_id}/approve", summary="Approve a reply")
    def approve(case_id: Id, body: Approval, by: Annotated[str, acting]) -> Approved:
        """Records who and when, and hands the reply over after the time for undo. At most once for each version."""
        delivery = casework.approve(
            store,
            parts.relay,
            parts.advisor,
            case_id=case_id,
            version=body.version,
            text=body.text,
            approach=body.approach,
            by=by,
            now=clock.now(),
            undo_seconds=parts.undo_seconds,
        )
        return Approved(
            case=CaseOut.of(found(store.case(case_id), "case", case_id)),
            delivery=delivery.id,
            state=delivery.state,
            not_before=delivery.not_before,
        )

    @router.post("/cases/{case_id}/withdraw", summary="Take back an approved reply that hasn't gone out")
    def withdraw(case_id: Id, by: Annotated[str, acting]) -> CaseOut:
        """The case is in your hands again."""
        return CaseOut.of(casework.withdraw(store, case_id, by, clock.now()))

    @router.post("/cases/{case_id}/resolve", summary="Close a case")
    def resolve(case_id: Id, by: Annotated[str, acting]) -> CaseOut:
        """It leaves the queue. Resolving a resolved one changes nothing."""
        return CaseOut.of(casework.resolve(store, case_id, by, clock.now()))

    @router.post("/cases/{case_id}/reopen", summary="Put a case back into the queue")
    def reopen(case_id: Id, by: Annotated[str, acting]) -> CaseOut:
        """For one that is answered, resolved or stuck. An unanswered one stays as it is."""
        return CaseOut.of(casework.reopen(store, case_id, by, clock.now()))


def _draft(draft: Draft, language: Language) -> DraftOut:
    findings = tuple(FindingOut(**finding) for finding in findings_json(draft.findings, language)["findings"])
    return DraftOut(text=draft.text, approach=draft.approach, findings=findings)
