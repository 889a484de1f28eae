"""Answers that do not end: what a test says into a stream comes out at the client, in that order."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping

from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.networks.server import NetworkServer


class Stream:
    """One client's open stream. Use it in the server's thread only (`NetworkServer.order`)."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self._line = request.scope["line"]
        self._waiting: asyncio.Queue[bytes | None] = asyncio.Queue()

    def say(self, words: bytes) -> None:
        """Send these bytes next, whatever they are."""
        self._waiting.put_nowait(words)

    def end(self) -> None:
        """The orderly end of the answer, after what was said before."""
        self._waiting.put_nowait(None)

    def cut(self) -> None:
        """The connection ends in the middle of the answer; what was sent already arrives."""
        self._line.close()

    async def next(self, seconds: float | None) -> bytes | None:
        """What to send next, None for the end; TimeoutError after so long without anything."""
        async with asyncio.timeout(seconds):
            return await self._waiting.get()


class Streams:
    """The streams that clients have open at one server.

    Every `heartbeat_seconds` without anything else the heartbeat is sent; set them before a client comes. `mute`
    silences it and the rest, which is lost: the stall that a live connection comes to.
    """

    def __init__(self, heartbeat: bytes, heartbeat_seconds: float, changed: Callable[[], None]) -> None:
        self.heartbeat = heartbeat
        self.heartbeat_seconds = heartbeat_seconds
        self.mute = False
        self.opened = 0  # since the beginning
        self._open: list[Stream] = []
        self._changed = changed
        self._left = asyncio.Event()

    def __len__(self) -> int:
        return len(self._open)

    @property
    def open(self) -> list[Stream]:
        """Those that are open now, the oldest first."""
        return list(self._open)

    async def one_leaves(self) -> None:
        """Until the next stream is over."""
        self._left.clear()
        await self._left.wait()

    def answer(self, request: Request, media_type: str, headers: Mapping[str, str], first: bytes = b"") -> ASGIApp:
        """Open one: the answer to this request. `first` is sent at once."""
        stream = Stream(request)
        stream.say(first)
        response = StreamingResponse(self._pieces(stream), media_type=media_type, headers=headers)

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            self._open.append(stream)
            self.opened += 1
            self._changed()
            try:
                await response(scope, receive, send)
            finally:
                self._open.remove(stream)
                self._left.set()
                self._changed()

        return answer

    async def _pieces(self, stream: Stream) -> AsyncIterator[bytes]:
        while (piece := await self._next(stream)) is not None:
            if piece and not self.mute:
                yield piece

    async def _next(self, stream: Stream) -> bytes | None:
        try:
            return await stream.next(self.heartbeat_seconds)
        except TimeoutError:
            return self.heartbeat


class StreamingServer(NetworkServer):
    """A server that has `streams` open, and what a test may do to all of them."""

    streams: Streams

    def say(self, words: bytes) -> None:
        """Send these bytes into every open stream, as they are: half a line, nonsense, a keep-alive."""
        self._each(lambda stream: stream.say(words))

    def end_streams(self) -> None:
        """End every stream in order."""
        self._each(Stream.end)

    def cut_streams(self) -> None:
        """End every stream's connection in mid-answer."""
        self._each(Stream.cut)

    def wait_for_stream(self, opened: int = 1) -> None:
        """Until so many streams have been opened since the beginning, and one is open."""
        self.wait(lambda _: self.streams.opened >= opened and len(self.streams))

    def _each(self, do: Callable[[Stream], None]) -> None:
        self.order(lambda: [do(stream) for stream in self.streams.open])
