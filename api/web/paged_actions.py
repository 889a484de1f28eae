"""What the reader can do about an incident on the alarm page."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from api import handling
from api.parts import Parts
from api.web.forms import then
from api.web.paged import PROMISED
from api.web.site import Site
from core.errors import ConflictError, InputError


def add_paged_actions(router: APIRouter, parts: Parts, site: Site) -> None:
    """Take it in hand or over, pass it on, promise an update, say that it is over."""

    @router.post("/incidents/{incident_id}/acknowledge")
    def acknowledge(request: Request, incident_id: str) -> Response:
        def note() -> None:
            if not handling.acknowledge(parts, incident_id, site.reader(request).user):
                raise ConflictError(f"Incident {incident_id} is in your hands already.")

        return then(f"/alarm/{incident_id}", note)

    @router.post("/incidents/{incident_id}/delegate")
    def delegate(request: Request, incident_id: str, to: Annotated[str, Form()] = "") -> Response:
        def note() -> None:
            by = site.reader(request).user
            if to == by or to not in parts.people:
                raise InputError("Name somebody else who can be paged.")
            handling.delegate(parts, incident_id, by, to)

        return then(f"/alarm/{incident_id}", note)

    @router.post("/incidents/{incident_id}/take-over")
    def take_over(request: Request, incident_id: str) -> Response:
        return then(f"/alarm/{incident_id}", lambda: handling.take_over(parts, incident_id, site.reader(request).user))

    @router.post("/incidents/{incident_id}/resolve")
    def resolve(request: Request, incident_id: str) -> Response:
        return then(f"/alarm/{incident_id}", lambda: handling.resolve(parts, incident_id, site.reader(request).user))

    _add_promise(router, parts, site)


def _add_promise(router: APIRouter, parts: Parts, site: Site) -> None:
    @router.post("/incidents/{incident_id}/promise")
    def promise(request: Request, incident_id: str, minutes: Annotated[str, Form()] = "") -> Response:
        def note() -> None:
            if minutes not in PROMISED:
                raise InputError("Say in how many minutes.")
            until = parts.clock.now() + timedelta(minutes=int(minutes))
            handling.promise(parts, incident_id, site.reader(request).user, until)

        return then(f"/alarm/{incident_id}", note)
