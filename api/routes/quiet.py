"""Silences, maintenance windows, and what other settings would have done."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.answer import Page
from api.parts import Parts
from api.requests import Id, PreviewRequest, SilenceEnd, SilenceRequest
from api.routes.common import check_brand, found, person_acting
from api.schemas.quiet import MaintenanceOut, PreviewOut, SilenceChangeOut, SilenceDetail, SilenceOut
from core import silencing
from core.alert import level_of


def create_router(parts: Parts) -> APIRouter:
    """The routes of what is quiet, and of the preview."""
    router = APIRouter(tags=["quiet"])
    store, clock = parts.store, parts.clock
    acting = person_acting(parts)

    @router.get("/silences", summary="Silences, newest first")
    def list_silences(
        active: Annotated[bool, Query(description="Only those that hold now.")] = False,
    ) -> Page[SilenceOut]:
        """The latest two hundred, or all that hold now."""
        silences = store.silences(clock.now() if active else None)
        return Page(items=tuple(SilenceOut.model_validate(one) for one in silences), next=None)

    @router.post("/silences", summary="Silence incidents for a while", status_code=201)
    def make_silence(body: SilenceRequest, by: Annotated[str, acting]) -> SilenceOut:
        """Nobody is told of incidents of a brand, or of a source that is blind, until the end; red only if said so."""
        check_brand(parts, body.brand)
        made = silencing.silence(
            store,
            by=by,
            reason=body.reason,
            since=body.since,
            until=body.until,
            now=clock.now(),
            brand=body.brand,
            source=body.source,
            level=level_of(body.level),
        )
        return SilenceOut.model_validate(made)

    @router.get("/silences/{silence_id}", summary="One silence, and who changed it")
    def get_silence(silence_id: Id) -> SilenceDetail:
        """A silence with everybody who changed it, in order of time."""
        silence = found(store.silence(silence_id), "silence", silence_id)
        changes = tuple(SilenceChangeOut.model_validate(one) for one in store.silence_changes(silence_id))
        return SilenceDetail(**SilenceOut.model_validate(silence).model_dump(), changes=changes)

    @router.post("/silences/{silence_id}/extend", summary="Give a silence another end")
    def extend_silence(silence_id: Id, body: SilenceEnd, by: Annotated[str, acting]) -> SilenceOut:
        """A nearer or a later one, thirty days from now at most; a silence that has ended stays so."""
        return SilenceOut.model_validate(silencing.extend(store, silence_id, body.until, by, clock.now()))

    @router.post("/silences/{silence_id}/end", summary="Take a silence back")
    def end_silence(silence_id: Id, by: Annotated[str, acting]) -> SilenceOut:
        """From now on people are told again, also of what is still open. Ending it again changes nothing."""
        return SilenceOut.model_validate(silencing.end(store, silence_id, by, clock.now()))

    @router.get("/maintenance", summary="Maintenance windows of the configuration")
    def list_maintenance() -> Page[MaintenanceOut]:
        """Each with when it holds: now, or next."""
        planned = parts.maintenance(clock.now())
        items = tuple(
            MaintenanceOut(
                name=one.window.name,
                owner=one.window.owner,
                reason=one.window.reason,
                brand=one.window.brand,
                source=one.window.source,
                level=one.window.level,
                holds=one.holds,
                since=one.since,
                until=one.until,
            )
            for one in planned
        )
        return Page(items=items, next=None)

    @router.post("/alarm/preview", summary="What other settings would have done", dependencies=[acting])
    def preview(body: PreviewRequest) -> PreviewOut:
        """The alarm is run over the counts that are kept, with the present settings and with others; none changes."""
        check_brand(parts, body.brand)
        written = {name: _written(value) for name, value in body.settings.items()}
        return PreviewOut.of(parts.preview(body.brand, written, body.days, clock.now()))

    return router


def _written(value: object) -> str:
    """A setting as it would be written: several numbers with commas."""
    if isinstance(value, list):
        return ",".join(map(_written, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
