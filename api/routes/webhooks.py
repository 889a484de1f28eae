"""Webhooks: where others post what was said. Each delivery is signed; nobody acts in them."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import PlainTextResponse

from api.idempotency import REPLAYED
from api.parts import Parts
from api.schemas.webhooks import TakenOut
from api.webhooks import Delivery, Doorkeeper, Once
from core.ports.intake import WebhookKind

_OURS, _META, _LINE, _EMAIL, _FORM = "/mentions", *(f"/webhooks/{each}" for each in ("meta", "line", "email", "form"))
PATHS = (_OURS, _META, _LINE, _EMAIL, _FORM)
_CHALLENGE = r"^[A-Za-z0-9_.-]{1,200}$"
_MENTIONS = [{"source": "forum", "id": "88121", "text": "My toaster smokes.", "author": "anna", "brand": "Lumenbread"}]
_MAIL = {"from": "Anna <anna@example.org>", "subject": "Toaster", "text": "It smokes.", "message-id": "<1@a>"}
_FILLED = {"name": "Anna", "email": "anna@example.org", "message": "It smokes."}


async def _raw(request: Request) -> bytes:
    return await request.body()


_Raw = Annotated[bytes, Depends(_raw)]


def _body(description: str, example: object) -> dict[str, Any]:
    """How a route whose body is read as it came stands in the documentation."""
    schema = {"type": ["object", "array"], "description": description}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema, "example": example}}}}


class _Desk:
    """Takes deliveries that are let in, and answers them."""

    def __init__(self, parts: Parts) -> None:
        self.doorkeeper = Doorkeeper(parts.webhooks, parts.clock)
        self._once = Once(parts.webhooks.intake, parts.store)

    def take(self, kind: WebhookKind, delivery: Delivery, request: Request, response: Response) -> TakenOut:
        taken, replayed = self._once.take(kind, delivery, request.url.path)
        if replayed:
            response.headers[REPLAYED] = "true"
        return taken


def create_router(parts: Parts) -> APIRouter:
    """The routes of webhooks."""
    router, desk = APIRouter(tags=["webhooks"]), _Desk(parts)
    _add_ours(router, desk)
    _add_meta(router, desk)
    _add_line(router, desk)
    return router


def _add_ours(router: APIRouter, desk: _Desk) -> None:
    """What is signed as Standard Webhooks say."""

    def signed(
        body: _Raw,
        webhook_id: Annotated[str, Header(description="The delivery's own; attempts repeat it.")] = "",
        webhook_timestamp: Annotated[str, Header(description="When this attempt was sent: seconds since 1970.")] = "",
        webhook_signature: Annotated[str, Header(description="`v1,` and HMAC-SHA256 of id.timestamp.body.")] = "",
    ) -> Delivery:
        return desk.doorkeeper.ours(webhook_id, webhook_timestamp, webhook_signature, body)

    @router.post(
        _OURS,
        summary="Post mentions (signed)",
        openapi_extra=_body("A mention or a list of mentions, with the names that recorded files may use.", _MENTIONS),
    )
    def post_mentions(delivery: Annotated[Delivery, Depends(signed)], request: Request, response: Response) -> TakenOut:
        """Signed as Standard Webhooks; sent again with its `webhook-id`, a delivery is answered but not repeated."""
        return desk.take("mentions", delivery, request, response)

    @router.post(
        _EMAIL,
        summary="E-mails (signed)",
        openapi_extra=_body("An e-mail or a list, in the JSON of a service for incoming mail.", _MAIL),
    )
    def post_email(delivery: Annotated[Delivery, Depends(signed)], request: Request, response: Response) -> TakenOut:
        """Signed as `POST mentions`."""
        return desk.take("email", delivery, request, response)

    @router.post(_FORM, summary="A web form (signed)", openapi_extra=_body("A filled form.", _FILLED))
    def post_form(delivery: Annotated[Delivery, Depends(signed)], request: Request, response: Response) -> TakenOut:
        """Signed as `POST mentions`, by the site that the form stands on: never in the browser."""
        return desk.take("form", delivery, request, response)


def _add_meta(router: APIRouter, desk: _Desk) -> None:
    def signed(body: _Raw, x_hub_signature_256: Annotated[str, Header(description="`sha256=…`")] = "") -> Delivery:
        return desk.doorkeeper.of_meta(x_hub_signature_256, body)

    @router.get(_META, summary="Meta's handshake", response_class=PlainTextResponse)
    def shake_hands(
        mode: Annotated[str, Query(alias="hub.mode", max_length=100)] = "",
        token: Annotated[str, Query(alias="hub.verify_token", max_length=500)] = "",
        challenge: Annotated[str, Query(alias="hub.challenge", pattern=_CHALLENGE)] = "0",
    ) -> PlainTextResponse:
        """Answers the challenge to who knows the verify token."""
        desk.doorkeeper.check_handshake(mode, token)
        return PlainTextResponse(challenge)

    @router.post(
        _META,
        summary="Comments and mentions on Facebook, Instagram and Threads",
        openapi_extra=_body("As Meta posts it.", {"object": "instagram", "entry": []}),
    )
    def post_meta(delivery: Annotated[Delivery, Depends(signed)], request: Request, response: Response) -> TakenOut:
        """Signed by Meta with the app's secret."""
        return desk.take("meta", delivery, request, response)


def _add_line(router: APIRouter, desk: _Desk) -> None:
    def signed(body: _Raw, x_line_signature: Annotated[str, Header(description="In base64.")] = "") -> Delivery:
        return desk.doorkeeper.of_line(x_line_signature, body)

    @router.post(
        _LINE,
        summary="Messages to a LINE official account",
        openapi_extra=_body("As LINE posts it.", {"destination": "U1", "events": []}),
    )
    def post_line(delivery: Annotated[Delivery, Depends(signed)], request: Request, response: Response) -> TakenOut:
        """Signed by LINE with the channel's secret."""
        return desk.take("line", delivery, request, response)
