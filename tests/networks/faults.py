"""What a network can do wrong with one request: each fault stands between the request and the server's true answer.

`server.fail(Answer(503), Stall(), path="/2/users/me")` spoils the next two requests for that path. What goes wrong
within a stream that is open already is ordered on the stream (`tests.networks.streams`).
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Fault(Protocol):
    """Answers one request instead of `app`, or by way of it; `scope["line"]` is the connection."""

    async def __call__(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer it."""
        ...


class Answer:
    """This instead of the true answer: a status with any headers and body; a handshake is refused with it."""

    def __init__(self, status: int, body: bytes | str = b"", headers: Mapping[str, str] | None = None) -> None:
        self.status = status
        self.body = body.encode() if isinstance(body, str) else body
        self.headers = {"content-type": "application/json", "content-length": str(len(self.body)), **(headers or {})}

    async def __call__(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer it."""
        kind = "websocket.http.response" if scope["type"] == "websocket" else "http.response"
        headers = [(name.encode(), value.encode()) for name, value in self.headers.items()]
        await send({"type": f"{kind}.start", "status": self.status, "headers": headers})
        await send({"type": f"{kind}.body", "body": self.body})

    def app(self) -> ASGIApp:
        """The same as a true answer."""

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            await self(answer, scope, receive, send)

        return answer


class WrongJson(Answer):
    """200 with a body that is called JSON and is none."""

    def __init__(self, body: str = '{"data": [{"id": ') -> None:
        super().__init__(200, body)


class Closed(Answer):
    """200, then the orderly end of an empty answer, and of the connection."""

    def __init__(self) -> None:
        super().__init__(200, headers={"connection": "close"})


class Stall:
    """The request is taken, and nothing is ever said: no status, no heartbeat, no end."""

    async def __call__(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait until the client has gone or the server closes."""
        gone = "http.disconnect" if scope["type"] == "http" else "websocket.disconnect"
        while (await receive())["type"] != gone:
            pass


class Refuse:
    """The connection is broken before a word was said."""

    async def __call__(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Break it."""
        scope["line"].reset()
        await Stall()(app, scope, receive, send)


class Cut:
    """The true answer, but the connection ends after so many bytes of its body; on a stream, in mid-line."""

    def __init__(self, after: int = 10) -> None:
        self.after = after

    async def __call__(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer so far."""
        left = self.after

        async def cut(message: Message) -> None:
            nonlocal left
            body = message.get("body", b"")
            if message["type"] == "http.response.body" and len(body) >= left:
                await send({**message, "body": body[:left], "more_body": True})
                scope["line"].close()
                await Stall()(app, scope, receive, send)
            else:
                left -= len(body)
                await send(message)

        await app(scope, receive, cut)


class Slow:
    """The true answer after so many seconds, in pieces of so many bytes with the same wait before each."""

    def __init__(self, seconds: float, piece: int = 1024) -> None:
        self.seconds = seconds
        self.piece = piece

    async def __call__(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer slowly."""

        async def slow(message: Message) -> None:
            if message["type"] != "http.response.body":
                await asyncio.sleep(self.seconds)
                await send(message)
                return
            body = message.get("body", b"")
            for begin in range(0, len(body), self.piece):
                await asyncio.sleep(self.seconds)
                await send({**message, "body": body[begin : begin + self.piece], "more_body": True})
            if not message.get("more_body", False):
                await send({**message, "body": b""})

        await app(scope, receive, slow)


class Unending:
    """200, then this piece again and again, with so many seconds between, for as long as the client is there."""

    def __init__(self, piece: bytes = b" " * 65_536, seconds: float = 0.0) -> None:
        self.piece = piece
        self.seconds = seconds

    async def __call__(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer without end."""
        gone = asyncio.ensure_future(Stall()(app, scope, receive, send))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while not gone.done():
            await send({"type": "http.response.body", "body": self.piece, "more_body": True})
            await asyncio.sleep(self.seconds)


class Altered:
    """The true answer, which is JSON, after `change` has had it: what it gives back is sent instead."""

    def __init__(self, change: Callable[[Any], Any]) -> None:
        self.change = change

    async def __call__(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer otherwise."""
        start: Message = {}
        pieces: list[bytes] = []

        async def gather(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
                return
            pieces.append(message.get("body", b""))
            if not message.get("more_body", False):
                body = json.dumps(self.change(json.loads(b"".join(pieces)))).encode()
                kept = [(name, value) for name, value in start["headers"] if name != b"content-length"]
                await send({**start, "headers": [*kept, (b"content-length", str(len(body)).encode())]})
                await send({"type": "http.response.body", "body": body})

        await app(scope, receive, gather)


def in_list(*keys: str, change: Callable[[list[Any]], list[Any]]) -> Altered:
    """The list that stands under these keys of the answer is changed; without keys the answer is the list."""

    def altered(answer: Any) -> Any:
        if not keys:
            return change(answer)
        holder = answer
        for key in keys[:-1]:
            holder = holder[key]
        holder[keys[-1]] = change(holder[keys[-1]])
        return answer

    return Altered(altered)


def twice(*keys: str) -> Altered:
    """Each item of the list under these keys is delivered twice."""
    return in_list(*keys, change=lambda items: [again for item in items for again in (item, item)])


def out_of_order(*keys: str) -> Altered:
    """The list under these keys comes the other way round."""
    return in_list(*keys, change=lambda items: items[::-1])
