"""Errors as RFC 9457 problem details: what went wrong, as JSON that a program can act on and a person can read.

`type` is an address of this server that explains the kind of problem; `detail` says what happened, to what, and what
to do. What went wrong inside is logged under an id and never told.
"""

import uuid
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from msgspec import Struct
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.errors import (
    BackPressureError,
    ConflictError,
    InputError,
    NotFoundError,
    SixminuteError,
    StorageFullError,
)
from core.links import PATH as LINK_PATH

PROBLEMS_PATH = "/api/v1/problems"
MEDIA_TYPE = "application/problem+json"
_MAX_INSTANCE = 300
_RETRY_SECONDS = 5


class Kind(Struct, frozen=True):
    """A kind of problem: its HTTP status, its title, and what it means for the caller."""

    status: int
    title: str
    meaning: str


KINDS: Mapping[str, Kind] = {
    "invalid-request": Kind(422, "The request isn't valid", "Correct the fields named in `errors` and send it again."),
    "bad-request": Kind(400, "The request can't be read", "Its form is wrong; `detail` says where."),
    "unknown-brand": Kind(404, "There is no such brand", "Use one of the brands named in `brands`."),
    "not-found": Kind(404, "There is nothing here", "The address or the id is wrong, or the thing was erased."),
    "wrong-method": Kind(405, "This address doesn't answer to that method", "See /openapi.json for those it knows."),
    "conflict": Kind(409, "It has changed, or somebody else has it", "Read it again, look at it, and decide anew."),
    "still-running": Kind(409, "The same request is still running", "Wait a moment and send it again with its key."),
    "too-slow": Kind(408, "The request took too long", "Send it again, in one go."),
    "too-large": Kind(413, "The request is too large", "Send less at once."),
    "wrong-host": Kind(
        421, "This server doesn't go by that name", "Use one of its names, or add this one to its hosts."
    ),
    "key-reused": Kind(422, "This Idempotency-Key stands for another request", "Use a new key for each request."),
    "foreign-origin": Kind(403, "A page of another site may not change anything here", "Send it from this site's own."),
    "wrong-signature": Kind(401, "The signature isn't right", "Sign the raw body with the secret that is set here."),
    "clocks-apart": Kind(400, "The clocks are too far apart", "Set both by NTP; sign each attempt with its own time."),
    "webhook-off": Kind(503, "This webhook is off", "Set the variable that `detail` names, and start anew."),
    "internal": Kind(500, "Something went wrong inside", "It is in the log under the id that `detail` names."),
    "unavailable": Kind(503, "A part of the program isn't available", "Nothing was changed. Try again in a while."),
    "storage-full": Kind(507, "There is no room left on the disk", "Nothing that was accepted is lost. Make room."),
}

_TOLD: Mapping[type[SixminuteError], str] = {
    NotFoundError: "not-found",
    ConflictError: "conflict",
    InputError: "invalid-request",
}


class ProblemError(Exception):
    """A problem that a route names itself.

    Args:
        kind: one of `KINDS`.
        detail: what happened, to what, and what to do, in one line.
        headers: of the answer.
        extra: further members of the answer.
    """

    def __init__(self, kind: str, detail: str, headers: Mapping[str, str] | None = None, **extra: Any) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.headers = headers
        self.extra = extra


def problem(kind: str, detail: str, path: str, headers: Mapping[str, str] | None = None, **extra: Any) -> JSONResponse:
    """The answer for a problem of a kind that happened at a path."""
    about = KINDS[kind]
    content = {
        "type": f"{PROBLEMS_PATH}/{kind}",
        "title": about.title,
        "status": about.status,
        "detail": detail,
        "instance": quote(path, safe="/", errors="replace")[:_MAX_INSTANCE],
        **extra,
    }
    return JSONResponse(content, about.status, dict(headers or {}), media_type=MEDIA_TYPE)


def _log_fault(path: str, error: BaseException) -> str:
    """Log what went wrong inside; give back the id that it is logged under."""
    fault = uuid.uuid4().hex
    # Whoever reads the log must not be able to answer for somebody else.
    shown = f"{LINK_PATH}…" if path.startswith(LINK_PATH) else path
    structlog.get_logger(__name__).error("request_failed", fault=fault, path=shown, exc_info=error)
    return fault


def house_problem(error: SixminuteError, path: str) -> JSONResponse:
    """The answer for an error of the house.

    What the asker can mend is told in the error's own words; what only the operator can is logged.
    """
    told = next((kind for known, kind in _TOLD.items() if isinstance(error, known)), None)
    if told:
        return problem(told, str(error), path)
    retry = {"Retry-After": str(_RETRY_SECONDS)}
    if isinstance(error, BackPressureError):
        return problem("unavailable", str(error), path, retry)
    fault = _log_fault(path, error)
    if isinstance(error, StorageFullError):
        return problem("storage-full", f"Make room on the disk and try again; the log has more under {fault}.", path)
    return problem("unavailable", f"Try again in a while; the log has more under {fault}.", path, retry)


def install(app: FastAPI) -> None:
    """Answer every refusal of the application with a problem."""
    app.add_exception_handler(ProblemError, _of_route)
    app.add_exception_handler(SixminuteError, _of_house)
    app.add_exception_handler(RequestValidationError, _of_validation)
    app.add_exception_handler(HTTPException, of_framework)


async def _of_route(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ProblemError)
    return problem(error.kind, error.detail, request.url.path, error.headers, **error.extra)


async def _of_house(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, SixminuteError)
    return house_problem(error, request.url.path)


async def _of_validation(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    errors = [_field_error(one) for one in error.errors()]
    detail = "; ".join(f"{one['field']}: {one['message']}" for one in errors)
    return problem("invalid-request", f"{detail}. Correct this and send it again.", request.url.path, errors=errors)


def _field_error(error: Mapping[str, Any]) -> dict[str, str]:
    """Where the fault is and what to do; the value itself isn't repeated."""
    place: Sequence[str | int] = error["loc"]
    message = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "json_invalid":
        return {"field": "body", "message": f"this is no JSON at character {place[-1]}"}
    if tuple(place) == ("body",) and error["type"] != "value_error":
        # A form, a list or nothing at all: pydantic speaks of dictionaries.
        return {"field": "body", "message": "a JSON object is expected, with Content-Type: application/json"}
    return {"field": ".".join(str(step) for step in place[1:]) or str(place[0]), "message": message}


async def of_framework(request: Request, error: Exception) -> JSONResponse:
    """The answer where the framework finds no route, or no such method on it."""
    assert isinstance(error, HTTPException)
    path = request.url.path
    if error.status_code == HTTPStatus.NOT_FOUND:
        return problem(
            "not-found", f"There is nothing at {path[:_MAX_INSTANCE]}. See /openapi.json for what there is.", path
        )
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = (error.headers or {}).get("Allow", "")
        return problem("wrong-method", f"{request.method} isn't possible here; {allowed} is.", path, error.headers)
    return problem("bad-request", f"{error.detail}", path, error.headers)


class Failsafe:
    """Answers what nothing else caught with a problem, so that no internals leave the house. Pure ASGI.

    Where the answer had already begun, the connection is broken off, so that nobody takes half an answer for a whole.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and answer for it if it fails."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            if begun:
                raise
            await _answer_for(error, scope["path"])(scope, receive, send)


def _answer_for(error: Exception, path: str) -> JSONResponse:
    if isinstance(error, SixminuteError):
        return house_problem(error, path)
    fault = _log_fault(path, error)
    detail = f"This is a fault of the program. Please report it with what the log has under {fault}."
    return problem("internal", detail, path)
