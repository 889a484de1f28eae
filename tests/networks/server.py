"""What every network's server has in common: it records what it was asked, and answers wrongly when it is told to.

Behind it are uvicorn's protocols on a free port of 127.0.0.1, in a thread of their own.
"""

import asyncio
import json
import socket
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any, Self, TypeVar

import uvicorn
from msgspec import Struct
from starlette.datastructures import Headers, QueryParams
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import BaseRoute, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from tests.networks.faults import Fault, Stall
from tests.servers.process import LOOPBACK
from tests.servers.proxy import make_reset

PATIENCE = 10.0  # seconds a test waits at most for something that must come
_MAKING = 10  # rounds of the loop in which a connection that was just accepted is made
IDLE_SECONDS = 60  # longer than any test leaves a connection unused

T = TypeVar("T")


class Request(Struct, frozen=True):
    """A request as it came in; a websocket is one with the method that its handshake has, GET."""

    method: str
    path: str
    query: QueryParams
    headers: Headers
    body: bytes

    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)


class Line:
    """The connection that a request came on."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def close(self) -> None:
        """End it after what was sent already (FIN), wherever the answer is."""
        self._transport.close()

    def reset(self) -> None:
        """Break it at once (RST); what was not sent is lost."""
        line = self._transport.get_extra_info("socket")
        if line.fileno() < 0:
            return  # it has ended; asyncio fails to abort what ended once its last bytes were taken
        if not self._transport.is_closing():
            make_reset(line)
        self._transport.abort()


class _Protocol(H11Protocol):
    """uvicorn's, which keeps each connection where faults find it; a websocket's too, that takes the transport over."""

    def __init__(self, lines: dict[tuple[str, int], Line], **parts: Any) -> None:
        super().__init__(**parts)
        self._lines = lines

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has come."""
        super().connection_made(transport)
        assert self.client
        self._lines[self.client] = Line(transport)


class NetworkServer:
    """A server that answers at `url`; subclasses give the routes and hold the network's state.

    It listens from the moment it is made. As a context manager it is started, and closed at the end; what went wrong
    in the server itself is raised there, for it isn't what the client was to be tested against. A test may change the
    state that subclasses document from its own thread at any time. While `silent` is set, requests are taken and never
    answered.
    """

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self._router = Router(routes, redirect_slashes=False, default=nothing_here)
        self._requests: list[Request] = []
        self._errors: list[Exception] = []
        self.silent = False
        self._faults: dict[str, deque[Fault]] = {}
        self._changed = threading.Condition()
        self._lines: dict[tuple[str, int], Line] = {}
        self._listener = socket.create_server((LOOPBACK, 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://{LOOPBACK}:{self.port}"
        self._config = uvicorn.Config(
            self._answer,
            interface="asgi3",
            proxy_headers=False,
            ws="websockets-sansio",
            log_config=None,
            timeout_keep_alive=IDLE_SECONDS,
        )
        self._state = ServerState()
        self._ending = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=f"{type(self).__name__} on {self.port}", daemon=True)

    @property
    def requests(self) -> list[Request]:
        """What it was asked so far, the refused and the spoilt requests too."""
        with self._changed:
            return list(self._requests)

    def asked(self, path: str) -> list[Request]:
        """The requests for this path so far."""
        return [request for request in self.requests if request.path == path]

    def wait(self, enough: Callable[[Self], T], patience: float = PATIENCE) -> T:
        """Until this is true of the server; it is looked at after each request, and after each change of a stream."""
        with self._changed:
            found = self._changed.wait_for(lambda: enough(self), patience)
            assert found, [f"{request.method} {request.path}" for request in self._requests]
            return found

    def wait_for_requests(self, count: int, path: str = "") -> list[Request]:
        """Until so many requests have come, for this path if one is given; all of them then."""
        self.wait(lambda _: len(self.asked(path) if path else self.requests) >= count)
        return self.asked(path) if path else self.requests

    def fail(self, *faults: Fault, path: str = "") -> None:
        """Spoil the next requests in turn, those for this path only if one is given; a path's own faults go first."""
        with self._changed:
            self._faults.setdefault(path, deque()).extend(faults)

    @property
    def faults_left(self) -> int:
        """How many of the faults have met no request yet."""
        with self._changed:
            return sum(map(len, self._faults.values()))

    def cut_all(self) -> None:
        """Break every open connection at once."""
        self.order(lambda: [line.reset() for line in list(self._lines.values())])

    def order(self, work: Callable[[], T]) -> T:
        """Do this in the server's thread, and wait for it."""
        done: Future[T] = Future()

        def obey() -> None:
            try:
                done.set_result(work())
            except BaseException as error:  # noqa: BLE001  it is the caller's
                done.set_exception(error)

        self._loop.call_soon_threadsafe(obey)
        return done.result(PATIENCE)

    def changed(self) -> None:
        """Let those who wait look again."""
        with self._changed:
            self._changed.notify_all()

    def close(self) -> None:
        """End all connections, whatever they are at, and the thread."""
        if self._thread.is_alive():
            self.order(self._ending.set)
            self._thread.join()
        self._listener.close()
        self._loop.close()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self.close()
        if self._errors and kind is None:
            raise self._errors[0]

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())

    async def _serve(self) -> None:
        self._config.load()
        serving = await self._loop.create_server(self._protocol, sock=self._listener)
        await self._ending.wait()
        # First nobody else is let in: a server that is closed drops whom it has just let in, and leaves the line open.
        self._loop.remove_reader(self._listener)
        for _ in range(_MAKING):
            await asyncio.sleep(0)
        serving.close()
        for line in self._lines.values():
            line.close()
        for task in self._state.tasks:
            task.cancel()
        await asyncio.gather(*self._state.tasks, return_exceptions=True)
        for line in self._lines.values():
            line.reset()  # where the client doesn't read, and a close waits for it
        while self._state.connections:  # noqa: ASYNC110  uvicorn tells nobody when one has gone
            await asyncio.sleep(0)

    def _protocol(self) -> H11Protocol:
        return _Protocol(self._lines, config=self._config, server_state=self._state, app_state={})

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b""
        if scope["type"] == "http":
            body = await whole_body(receive)
            receive = replay(body, receive)
        scope["line"] = self._lines[scope["client"]]
        headers = Headers(scope=scope)
        method = scope.get("method", "GET")
        request = Request(method, scope["path"], QueryParams(scope["query_string"]), headers, body)
        with self._changed:
            self._requests.append(request)
            fault = self._next_fault(request.path)
            self._changed.notify_all()
        try:
            if fault:
                await fault(self._router, scope, receive, send)
            else:
                await self._router(scope, receive, send)
        except (OSError, ClientDisconnect, WebSocketDisconnect):
            raise  # the client has gone
        except Exception as error:
            self._errors.append(error)
            raise

    def _next_fault(self, path: str) -> Fault | None:
        for queue in (self._faults.get(path), self._faults.get("")):
            if queue:
                return queue.popleft()
        return Stall() if self.silent else None


async def nothing_here(scope: Scope, receive: Receive, send: Send) -> None:
    """The answer where no route leads."""
    await json_answer({"error": "Not Found"}, 404)(scope, receive, send)


def json_answer(content: object, status: int = 200, headers: Mapping[str, str] | None = None) -> ASGIApp:
    """A JSON document as an answer."""
    body = json.dumps(content, ensure_ascii=False).encode()
    return Response(body, status, headers, media_type="application/json; charset=utf-8")


async def whole_body(receive: Receive) -> bytes:
    """All of a request's body."""
    pieces = []
    more = True
    while more:
        message = await receive()
        pieces.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(pieces)


def replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body that was read already, and then what comes after it."""
    waiting = deque([{"type": "http.request", "body": body, "more_body": False}])

    async def again() -> Message:
        return waiting.popleft() if waiting else await receive()

    return again
