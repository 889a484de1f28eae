"""The page behind a link in a message: it says what it is about, and its one button takes the incident in hand.

Opening it changes nothing, because chats and mail scanners open every link they see. It needs no login, leads nowhere
else, and is in no cache and no index. Who may press the button is whoever has the link, as long as the person that it
was sent to is among those who can be paged.
"""

import contextlib
from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import handling
from api.parts import Parts
from api.web.site import Site
from core.answering import ANSWERABLE, Standing, standing
from core.errors import ConflictError, NotFoundError
from core.links import PATH, Link, Links, link_key

_HEADERS = {"X-Robots-Tag": "noindex, nofollow", "Referrer-Policy": "same-origin"}

_Shown = Literal["open", "passed", "mine", "others", "over", "test", "unknown", "done", "expired", "gone", "forged"]
_STATUS: dict[str, int] = {"others": 409, "over": 410, "unknown": 410, "expired": 410, "gone": 410, "forged": 404}


_NOTHING = Standing("unknown")


def add_one_tap(router: APIRouter, parts: Parts, site: Site) -> None:
    """The two routes."""
    links = Links(lambda: link_key(parts.store))

    @router.get(PATH + "{token}")
    def look(request: Request, token: str) -> Response:
        return _page(request, links.read(token))

    @router.post(PATH + "{token}")
    def take(request: Request, token: str) -> Response:
        link = links.read(token)
        if link is None or _void(link, parts):
            return _page(request, link)
        found = standing(parts.store, link.incident, link.person)
        if found.state in ANSWERABLE:
            # Whoever was faster, or erased it meanwhile: the page says so.
            with contextlib.suppress(ConflictError, NotFoundError):
                handling.acknowledge(parts, link.incident, link.person)
                return _render(request, "done" if found.state == "test" else "mine", link, found)
        return _page(request, link)

    def _page(request: Request, link: Link | None) -> Response:
        if link is None:
            return _render(request, "forged")
        if void := _void(link, parts):
            return _render(request, void, link)
        found = standing(parts.store, link.incident, link.person)
        return _render(request, found.state, link, found)

    def _render(request: Request, shown: _Shown, link: Link | None = None, found: Standing = _NOTHING) -> Response:
        return site.part(
            request,
            "one_tap.html",
            status_code=_STATUS.get(shown, 200),
            headers=_HEADERS,
            shown=shown,
            incident=found.incident,
            urgent=found.urgent,
            who=found.holder,
            person=link.person if link else "",
        )


def _void(link: Link, parts: Parts) -> Literal["expired", "gone"] | None:
    """Why a link no longer answers for its person; None where it does."""
    if parts.clock.now() >= link.until:
        return "expired"
    return None if link.person in parts.people else "gone"
