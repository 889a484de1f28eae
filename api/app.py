"""The web application: the JSON API, the pages, and what stands guard before both."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.middleware import Middleware
from starlette.staticfiles import StaticFiles

from api.idempotency import Idempotency
from api.parts import Parts
from api.problems import MEDIA_TYPE, Failsafe, install
from api.routes import (
    cases,
    corrections,
    demonstration,
    incidents,
    mentions,
    operations,
    paging,
    policies,
    quiet,
    sources,
    spend,
    webhooks,
    words,
)
from api.schemas.problems import problem_schema
from api.security import BodyLimit, Guard, SecurityHeaders
from api.stream import Watcher
from api.web.missing import add_missing_page
from api.web.pages import create_router

_API = "/api/v1"
_STATIC = Path(__file__).parent / "web" / "static"
_DESCRIPTION = """\
What people say about a brand, what the alarm makes of it, and the replies that are due.

Lists are pages `{items, next}`: give `next` as `cursor` to get the following one. Times are RFC 3339 in UTC. Errors are
RFC 9457 problem details (`application/problem+json`). Every change takes an `Idempotency-Key`: sent again with the
same key, the same request is answered as before and not repeated. Webhooks have ids of their own instead.
"""
_TAGS = [
    {"name": "mentions", "description": "What was said, about whom, and how much of it."},
    {"name": "sources", "description": "Where mentions come from, and what was not seen."},
    {"name": "corrections", "description": "What people say about labels, and how wrong the model is."},
    {"name": "incidents", "description": "What raised the alarm, and why."},
    {"name": "policies", "description": "Who is paged after whom, who would be now, and how that is changed."},
    {"name": "quiet", "description": "Whom nobody tells for a while, and what other settings would have done."},
    {"name": "cases", "description": "What needs an answer until when, drafts, approval, and the outbox."},
    {"name": "words", "description": "Drafts and faults of replies for other tools; no case is made."},
    {"name": "demonstration", "description": "The built-in demonstration."},
    {"name": "webhooks", "description": "Where others post what was said; signed, and for no browser."},
    {"name": "operations", "description": "For whoever runs the program."},
]


def create_app(parts: Parts, *, stream_interval: float = 0.5) -> FastAPI:
    """The application for its parts; serve it with `api.server.Server`.

    Args:
        parts: everything it works with.
        stream_interval: seconds between two looks for live updates.
    """
    watcher = Watcher(parts.store, parts.health, stream_interval)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        watching = asyncio.create_task(watcher.run())
        yield
        watcher.end()
        await watching

    app = FastAPI(
        title="sixminute",
        version=parts.version,
        summary="Answer what people say about a brand while it still counts.",
        description=_DESCRIPTION,
        openapi_tags=_TAGS,
        # The usual pages load their scripts from other sites, which the security headers rightly refuse.
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(Failsafe),
            Middleware(Guard, hosts=parts.hosts),
            Middleware(BodyLimit),
            Middleware(Idempotency, store=parts.store, user=parts.user, path=_API, signed=webhooks.PATHS),
        ],
        responses={"default": {"description": "A problem: what happened, to what, and what to do."}},
    )
    app.state.watcher = watcher
    install(app)
    for module in (
        *(mentions, sources, spend, corrections, incidents, paging, policies, quiet, cases, words, demonstration),
        webhooks,
    ):
        app.include_router(module.create_router(parts), prefix=_API)
    app.include_router(operations.create_api_router(watcher), prefix=_API)
    app.include_router(operations.create_router(parts.version, parts.alive, parts.ready, parts.metrics))
    app.include_router(create_router(parts))
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    add_missing_page(app, parts)
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]
    return app


def _described(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, in which the answer for everything that goes wrong is a problem."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            summary=app.summary,
            description=app.description,
            routes=app.routes,
            tags=app.openapi_tags,
        )
        schema = problem_schema()
        document["components"]["schemas"].update(schema.pop("$defs"), Problem=schema)
        for operations_at_path in document["paths"].values():
            for operation in operations_at_path.values():
                content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
                operation["responses"]["default"]["content"] = content
        app.openapi_schema = document
    return app.openapi_schema
