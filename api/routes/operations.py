"""For whoever runs the program: alive, ready, numbers, live updates, and what problems mean."""

from collections.abc import Callable, Mapping
from typing import Annotated

from fastapi import APIRouter, Header, Response
from sse_starlette import EventSourceResponse

from api.answer import Page
from api.problems import KINDS, PROBLEMS_PATH
from api.requests import Id
from api.routes.common import found
from api.schemas.operations import Alive, Readiness
from api.schemas.problems import ProblemKind
from api.stream import Watcher

Health = Callable[[], Mapping[str, str]]

_NOT_READY = 503
_METRICS = "text/plain; version=0.0.4; charset=utf-8"


def create_router(version: str, alive: Callable[[], str], ready: Health, metrics: Callable[[], bytes]) -> APIRouter:
    """The routes beside the API, which every process of the program answers: probes and metrics.

    Args:
        version: of the program.
        alive: a sentence where something hangs that only a restart mends, else empty.
        ready: each part without which this process can't work, with ``ok`` or a sentence.
        metrics: renders the Prometheus text format.
    """
    router = APIRouter(tags=["operations"])

    @router.get("/healthz", summary="Whether the process lives", responses={_NOT_READY: {"model": Alive}})
    def healthz(response: Response) -> Alive:
        """200 as long as the process lives, 503 where only a restart helps; how the parts are is told by /readyz."""
        trouble = alive()
        if trouble:
            response.status_code = _NOT_READY
        return Alive(status=trouble or "ok", version=version)

    @router.get("/readyz", summary="Whether every part works", responses={_NOT_READY: {"model": Readiness}})
    def readyz(response: Response) -> Readiness:
        """200 when every part is `ok`, else 503, with a sentence for each that isn't."""
        health = dict(ready())
        all_ok = all(value == "ok" for value in health.values())
        if not all_ok:
            response.status_code = _NOT_READY
        return Readiness(ready=all_ok, parts=health)

    @router.get("/metrics", summary="Numbers for Prometheus", response_class=Response)
    def numbers() -> Response:
        """In the Prometheus text format."""
        return Response(metrics(), media_type=_METRICS)

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
