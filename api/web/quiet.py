"""The forms of the alarm page: silence an incident, take a silence back, try other settings."""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from api.parts import Parts
from api.web.forms import local, then
from api.web.site import Site
from core import silencing
from core.alert import Level
from core.errors import InputError, NotFoundError
from core.preview import Preview

Text = Annotated[str, Form()]

_TRIED = ("false_alarms_per_week", "level_minimum", "level_ratio", "calm_minutes")
_DAYS = 30
_IN_THE_MORNING = 9


def add_quiet_actions(router: APIRouter, parts: Parts, site: Site) -> None:
    """The three forms."""
    clock = parts.clock

    @router.post("/silences")
    def silence(  # noqa: PLR0917 - the fields of a form
        request: Request, incident: Text, length: Text = "hour", until: Text = "", reason: Text = "", red: Text = ""
    ) -> Response:
        def make() -> None:
            found = parts.store.incident(incident)
            if found is None:
                raise NotFoundError(f"There is no incident {incident}.")
            reader, now = site.reader(request), clock.now()
            silencing.silence(
                parts.store,
                by=reader.user,
                reason=reason,
                until=ends_at(length, until, now, reader.format.zone),
                now=now,
                brand=found.brand,
                source=found.source,
                level=Level.RED if red else Level.ORANGE,
            )

        return then(local(f"/alarm/{incident}"), make)

    @router.post("/silences/{silence_id}/end")
    def end(request: Request, silence_id: str, back: Text = "/alarm") -> Response:
        by = site.reader(request).user
        return then(local(back), lambda: silencing.end(parts.store, silence_id, by, clock.now()))

    @router.post("/alarm/preview")
    async def preview(request: Request) -> Response:
        form = await request.form()
        given = {name: value for name, value in form.items() if isinstance(value, str)}
        brand, said, found = given.get("brand", ""), "", None
        changes = {name: given[name].strip() for name in _TRIED if given.get(name, "").strip()}
        try:
            found = await run_in_threadpool(_tried, parts, brand, changes)
        except InputError as error:
            said = str(error)
        if request.headers.get("HX-Request") == "true":
            return site.page(request, "parts/preview_part.html", found=found, said=said, brand=brand)
        return site.page(request, "preview.html", found=found, said=said, brand=brand)


def _tried(parts: Parts, brand: str, changes: dict[str, str]) -> Preview:
    return parts.preview(brand, changes, _DAYS, parts.clock.now())


def ends_at(length: str, until: str, now: datetime, zone: tzinfo) -> datetime:
    """The end (UTC) that was chosen: in an hour, tomorrow at nine or at a time on the clock of the reader's zone.

    Raises:
        InputError: the time can't be read.
    """
    if length == "hour":
        return now + timedelta(hours=1)
    if length == "tomorrow":
        morning = (now.astimezone(zone) + timedelta(days=1)).replace(
            hour=_IN_THE_MORNING, minute=0, second=0, microsecond=0
        )
        return morning.astimezone(UTC)
    try:
        return datetime.fromisoformat(until).replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InputError("Say until when: choose a day and a time.") from None
