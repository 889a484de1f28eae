"""Where mentions come from, and what was not seen."""

from datetime import timedelta

import msgspec
from fastapi import APIRouter

from api.gaps import gaps
from api.parts import Parts
from api.requests import Since, Until
from api.routes.common import range_of
from api.schemas.sources import SourceGapOut, SourceOut, Sources

_DEFAULT_RANGE = timedelta(days=7)


def create_router(parts: Parts) -> APIRouter:
    """The routes of sources."""
    router = APIRouter(tags=["sources"])
    store = parts.store
    configured = {source.name for source in parts.sources}

    @router.get("/sources", summary="How live sources stand, and what they have missed")
    def list_sources(since: Since = None, until: Until = None) -> Sources:
        """Every live source that was ever run, and the gaps of a range: the last week, if none is given."""
        now = parts.clock.now()
        start, end = range_of(since, until, now, _DEFAULT_RANGE)
        return Sources(
            sources=tuple(
                SourceOut(configured=state.name in configured, **msgspec.structs.asdict(state))
                for state in store.source_states()
            ),
            gaps=tuple(SourceGapOut.model_validate(gap) for gap in gaps(store, start, end, now)),
        )

    return router
