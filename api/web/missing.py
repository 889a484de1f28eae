"""A browser that asks for a page that isn't there gets one; programs get the problem that they can read."""

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from api.parts import Parts
from api.problems import of_framework
from api.web.site import Site

_NO_PAGES = ("/api/", "/static/")
"""Under these no page is ever found, so none is missing there."""


def add_missing_page(app: FastAPI, parts: Parts) -> None:
    """Answer browsers at unknown addresses in the reader's words.

    Raises:
        ConfigurationError: the files with the words can't be read.
    """
    site = Site(parts)

    async def answer(request: Request, error: Exception) -> Response:
        if isinstance(error, HTTPException) and error.status_code == HTTPStatus.NOT_FOUND and _wants_a_page(request):
            return await run_in_threadpool(site.missing, request)
        return await of_framework(request, error)

    app.add_exception_handler(HTTPException, answer)


def _wants_a_page(request: Request) -> bool:
    asked = request.method in ("GET", "HEAD") and "text/html" in request.headers.get("accept", "")
    return asked and not request.url.path.startswith(_NO_PAGES)
