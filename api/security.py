"""What keeps browsers of others out, and who acts. All of it pure ASGI, because a stream must pass through unbuffered.

There are no accounts yet: the server is bound to loopback, and a name is a courtesy among colleagues, not a proof.
"""

import ipaddress
from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie
from urllib.parse import unquote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem

MAX_BODY = 1_000_000
"""Bytes of a request's body that are accepted."""
USER_HEADER = "X-Sixminute-User"
USER_COOKIE = "sixminute_user"
_MAX_USER = 80
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # Nothing is told to other sites. Under no-referrer, browsers would also hide the origin of this site's own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class SecurityHeaders:
    """Puts the headers on every answer that tell browsers what a page may load and who may embed it.

    Answers of the API hold what people said, so they are in no cache.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and complete the headers of its answer."""

        async def complete(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(_HEADERS)
                if scope["path"].startswith("/api/"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, complete)


class Guard:
    """Refuses requests that a browser sends for a page of somebody else.

    - DNS rebinding: a name that the server doesn't go by. An IP address as the host is no danger, for rebinding needs a
      name that its owner can point elsewhere; and probes in a cluster ask by address.
    - Cross-site request forgery: a change asked for by a page of another origin, as told by `Sec-Fetch-Site` and
      `Origin` (browsers send them, and pages can't forge them; scripts don't have them and pass).
      See https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html.
    """

    def __init__(self, app: ASGIApp, hosts: Iterable[str]) -> None:
        self._app = app
        self._hosts = frozenset(name.lower() for name in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers, path = Headers(scope=scope), scope["path"]
        host = headers.get("host", "")
        if path not in _PROBES and not self._known(host):
            names = ", ".join(sorted(self._hosts))
            refusal = problem("wrong-host", f"The Host header must name this server: {names} or an IP address.", path)
            await refusal(scope, receive, send)
        elif scope["method"] not in _READING and not _own_page(headers, host):
            refusal = problem("foreign-origin", "A page of another site asked for a change. Nothing was changed.", path)
            await refusal(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _known(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        return name.removesuffix(".") in self._hosts or _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _own_page(headers: Headers, host: str) -> bool:
    """Whether a change comes from a page of this server, or from no page at all."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = headers.get("origin")
    return origin is None or origin.lower() in {f"{scheme}://{host.lower()}" for scheme in ("http", "https")}


class BodyLimit:
    """Reads a request's body, up to a limit, before anything else sees it."""

    def __init__(self, app: ASGIApp, limit: int = MAX_BODY) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with its body in one piece, or refuse it as too large."""
        if scope["type"] != "http" or scope["method"] in _READING:
            await self._app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "")
        body = bytearray()
        more = not (declared.isdecimal() and int(declared) > self._limit)
        too_large = not more
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            too_large = len(body) > self._limit
            more = message.get("more_body", False) and not too_large
        if too_large:
            detail = f"A request may have {self._limit:,} bytes. Send less at once."
            refusal = problem("too-large", detail, scope["path"], {"Connection": "close"})
            await refusal(scope, receive, send)
            return
        await self._app(scope, _given(bytes(body), receive), send)


def _given(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives a body already read, and then what the connection says."""
    waiting = [body]

    async def give() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return give


def who_acts(connection: HTTPConnection, default: str) -> str:
    """The name of the person who acts: the header, else the cookie (both percent-encoded UTF-8), else `default`."""
    told = connection.headers.get(USER_HEADER) or _cookie(connection.headers.get("cookie", ""))
    return person(unquote(told, errors="replace")) or default


def person(name: str) -> str:
    """A name fit to be shown and recorded: at most 80 characters, without control and invisible ones."""
    return "".join(letter for letter in name if letter.isprintable()).strip()[:_MAX_USER].strip()


def _cookie(header: str) -> str:
    try:
        morsel = SimpleCookie(header).get(USER_COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel else ""
