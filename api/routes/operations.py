"""For whoever runs the program: alive, ready, numbers, live updates, and what problems mean."""

from typing import Annotated

from fastapi import APIRouter, Header, Response
from sse_starlette import EventSourceResponse

from api.parts import Parts
from api.problems import KINDS, PROBLEMS_PATH
from api.requests import Id
from api.routes.common import found
from api.schemas import Alive, Page, ProblemKind, Readiness
from api.stream import Watcher

_NOT_READY = 503
_METRICS = "text/plain; version=0.0.4; charset=utf-8"


def create_router(parts: Parts) -> APIRouter:
    """The routes beside the API: probes and metrics."""
    router = APIRouter(tags=["operations"])

    @router.get("/healthz", summary="Whether the process answers")
    def alive() -> Alive:
        """Answers as long as the process does; whether every part works is told by /readyz."""
        return Alive(status="ok", version=parts.version)

    @router.get("/readyz", summary="Whether every part works", responses={_NOT_READY: {"model": Readiness}})
    def ready(response: Response) -> Readiness:
        """200 when every part is `ok`, else 503, with a sentence for each that isn't."""
        health = dict(parts.health())
        all_ok = all(value == "ok" for value in health.values())
        if not all_ok:
            response.status_code = _NOT_READY
        return Readiness(ready=all_ok, parts=health)

    @router.get("/metrics", summary="Numbers for Prometheus", response_class=Response)
    def metrics() -> Response:
        """In the Prometheus text format."""
        return Response(parts.metrics(), media_type=_METRICS)

    return router


def create_api_router(watcher: Watcher) -> APIRouter:
    """The routes within the API: the stream, and what problems mean."""
    router = APIRouter(tags=["operations"])

    @router.get("/stream", summary="Live updates as server-sent events", response_class=EventSourceResponse)
    async def stream(last_event_id: Annotated[str, Header(max_length=100)] = "") -> EventSourceResponse:
        """First `ready` with the marks of all subjects, then an event for each subject that changes.

        `mentions`, `incidents`, `cases` and `deliveries` have a mark as their data, which says no more than that
        something is different; `health` has `ready` and the parts. Who comes back with a `Last-Event-ID` that isn't of
        the present state gets an event for every subject.
        """
        return watcher.response(last_event_id)

    @router.get("/problems", summary="The kinds of problems")
    def list_problems() -> Page[ProblemKind]:
        """Every `type` that an error of this API can have."""
        return Page(items=tuple(_kind(name) for name in KINDS), next=None)

    @router.get("/problems/{name}", summary="What a kind of problem means")
    def get_problem(name: Id) -> ProblemKind:
        """The `type` of a problem is the address of this."""
        found(KINDS.get(name), "kind of problem", name)
        return _kind(name)

    return router


def _kind(name: str) -> ProblemKind:
    kind = KINDS[name]
    return ProblemKind(type=f"{PROBLEMS_PATH}/{name}", status=kind.status, title=kind.title, meaning=kind.meaning)
