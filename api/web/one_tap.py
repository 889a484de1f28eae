"""The page behind a link in a message: it says what it is about, and its one button takes the incident in hand.

Opening it changes nothing, because chats and mail scanners open every link they see. It needs no login, leads nowhere
else, and is in no cache and no index. Who may press the button is whoever has the link.
"""

from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.parts import Parts
from api.web.site import Site
from core.answering import standing, take_in_hand
from core.links import PATH, Link, Links, link_key

_HEADERS = {"X-Robots-Tag": "noindex, nofollow", "Referrer-Policy": "same-origin"}

_Shown = Literal["open", "mine", "others", "over", "unknown", "done", "expired", "forged"]
_STATUS: dict[str, int] = {"others": 409, "over": 410, "expired": 410, "forged": 404}


def add_one_tap(router: APIRouter, parts: Parts, site: Site) -> None:
    """The two routes."""
    links = Links(lambda: link_key(parts.store))

    @router.get(PATH + "{token}")
    def look(request: Request, token: str) -> Response:
        return _page(request, links.read(token))

    @router.post(PATH + "{token}")
    def take(request: Request, token: str) -> Response:
        link, now = links.read(token), parts.clock.now()
        if link and now < link.until:
            take_in_hand(parts.store, link.incident, link.person, now)
        return _page(request, link, taken=True)

    def _page(request: Request, link: Link | None, *, taken: bool = False) -> Response:
        if link is None:
            return _render(request, "forged")
        if parts.clock.now() >= link.until:
            return _render(request, "expired")
        found = standing(parts.store, link.incident, link.person)
        shown: _Shown = "done" if taken and found.state == "unknown" else found.state
        return _render(request, shown, incident=found.incident, person=link.person)

    def _render(request: Request, shown: _Shown, *, incident: object = None, person: str = "") -> Response:
        return site.part(
            request,
            "one_tap.html",
            status_code=_STATUS.get(shown, 200),
            headers=_HEADERS,
            shown=shown,
            incident=incident,
            person=person,
        )
