"""Services that people are told over, on 127.0.0.1: PagerDuty's events, a program with a signed webhook, a chat.

What goes wrong is ordered with the faults of `tests.networks.faults`, and with `Lost`.
"""

import json
from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from starlette.requests import Request as Asked
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from core.signatures import is_ours, keys_of
from tests.networks.faults import Answer
from tests.networks.server import NetworkServer

ROUTING_KEY = "R0UT1NGKEY0000000000000000000001"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Rung(Struct):
    """An incident at PagerDuty: its state, and every summary that rang."""

    state: str = "triggered"
    rang: list[str] = []


class Pager(NetworkServer):
    """Answers as they do; a test looks at what reached people.

    `incidents` are PagerDuty's by their `dedup_key`; `hooked` are the bodies of the webhook, each id once; `chat` are
    the messages. A webhook that isn't signed with `SECRET` is refused.
    """

    def __init__(self) -> None:
        super().__init__(
            [
                Route("/v2/enqueue", self._enqueue, methods=["POST"]),
                Route("/hook", self._hook, methods=["POST"]),
                Route("/chat", self._chat, methods=["POST"]),
            ]
        )
        self.incidents: dict[str, Rung] = {}
        self.hooked: dict[str, Any] = {}
        self.chat: list[dict[str, Any]] = []

    @property
    def chat_url(self) -> str:
        """The chat, as Apprise reads it."""
        return f"json://127.0.0.1:{self.port}/chat"

    async def _enqueue(self, asked: Asked) -> Response:
        event = await asked.json()
        wrong = _wrong_with(event)
        if wrong:
            return JSONResponse({"status": "invalid event", "message": "Event object is invalid", "errors": wrong}, 400)
        incident = self.incidents.setdefault(event["dedup_key"], Rung())
        if event["event_action"] == "trigger":
            incident.rang.append(event["payload"]["summary"])
            incident.state = "triggered" if incident.state == "resolved" else incident.state
        else:
            incident.state = {"acknowledge": "acknowledged", "resolve": "resolved"}[event["event_action"]]
        self.changed()
        answer = {"status": "success", "message": "Event processed", "dedup_key": event["dedup_key"]}
        return JSONResponse(answer, 202)

    async def _hook(self, asked: Asked) -> Response:
        body, told = await asked.body(), asked.headers
        names = ("webhook-id", "webhook-timestamp", "webhook-signature")
        id_, at, signatures = (told.get(name, "") for name in names)
        if not is_ours(keys_of(SECRET), id_, at, signatures, body):
            return JSONResponse({"error": "wrong signature"}, 401)
        self.hooked.setdefault(id_, json.loads(body))
        return Response(status_code=204)

    async def _chat(self, asked: Asked) -> Response:
        self.chat.append(await asked.json())
        return Response(status_code=200)


def _wrong_with(event: dict[str, Any]) -> Sequence[str]:
    """What PagerDuty's documents say that it refuses."""
    found = []
    if event.get("routing_key") != ROUTING_KEY:
        found.append(f"'routing_key' {event.get('routing_key')} is invalid")
    if event.get("event_action") not in {"trigger", "acknowledge", "resolve"}:
        found.append("'event_action' is missing or invalid")
    if not 0 < len(event.get("dedup_key", "")) <= 255:
        found.append("Length of 'dedup_key' is incorrect (should be between 1 and 255 characters)")
    if event.get("event_action") == "trigger":
        payload = event.get("payload", {})
        if not 0 < len(payload.get("summary", "")) <= 1_024:
            found.append("'payload.summary' is missing or too long")
        if payload.get("severity") not in {"critical", "error", "warning", "info"}:
            found.append("'payload.severity' is invalid")
        if not payload.get("source"):
            found.append("'payload.source' is missing or blank")
    return found


class Lost:
    """The request is answered as if it had been taken, and nobody ever hears of it."""

    def __init__(self, status: int = 202) -> None:
        self.status = status

    async def __call__(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer it."""
        await Answer(self.status, b"{}")(app, scope, receive, send)
