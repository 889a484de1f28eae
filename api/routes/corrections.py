"""What people say about labels, and how wrong the model is."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from api.parts import Parts
from api.requests import BrandName, CorrectionRequest, Id, Short, Since, Until
from api.reviews import rates_of, rates_since, share_of
from api.routes.common import check_brand, found, person_acting, range_of
from api.schemas.reviews import CorrectionOut, ErrorRateOut, ErrorRates, LabelOut, ShareOut
from core import corrections
from core.mention import Label


def create_router(parts: Parts) -> APIRouter:
    """The routes of corrections and error rates."""
    router = APIRouter(tags=["corrections"])
    store, clock = parts.store, parts.clock
    acting = person_acting(parts)

    @router.post("/mentions/{mention_id}/correction", summary="Say what the label of a mention is")
    def correct(mention_id: Id, body: CorrectionRequest, by: Annotated[str, acting]) -> CorrectionOut:
        """The mention has this label from then on, and the counts of the alarm follow; to confirm it counts too."""
        stored = corrections.correct(
            store,
            parts.relay,
            mention_id=mention_id,
            label=Label(body.label),
            by=by,
            now=clock.now(),
            revision=body.revision,
        )
        return CorrectionOut.of(found(stored.correction, "correction of mention", mention_id))

    @router.delete("/mentions/{mention_id}/correction", summary="Take back what was said of a mention's label")
    def uncorrect(mention_id: Id) -> LabelOut:
        """It has the model's label again. Where nothing was said of the text as it stands now, nothing changes."""
        stored = corrections.uncorrect(store, parts.relay, mention_id=mention_id, now=clock.now())
        return LabelOut(mention_id=mention_id, label=stored.score.label)

    @router.get("/error-rates", summary="How often the model was wrong where people looked")
    def list_error_rates(brand: BrandName = "") -> ErrorRates:
        """Of the last 90 days, unless the settings say otherwise; by brand, language and the label that was given.

        People look at what catches their eye, so this is no random sample of all mentions.
        """
        check_brand(parts, brand)
        now = clock.now()
        rates = tuple(ErrorRateOut.of(rate) for rate in rates_of(parts, brand, now))
        return ErrorRates(since=rates_since(parts, now), items=rates)

    @router.get("/share", summary="The share of negative posts, corrected for the model's known error")
    def get_share(
        brand: Annotated[Short, Query(min_length=1, max_length=200, description="Name of a brand.")],
        since: Since = None,
        until: Until = None,
    ) -> ShareOut:
        """Of the posts of a range; the window that the alarm counts in, if no range is given."""
        check_brand(parts, brand)
        start, end = range_of(since, until, clock.now(), timedelta(minutes=parts.window_minutes))
        return ShareOut.of(share_of(parts, brand, start, end), start, end)

    return router
