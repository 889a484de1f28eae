"""Answers that are read up to a limit: libraries on requests read as much, and for as long, as a server sends."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any
from weakref import WeakSet

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection

LARGEST = 8 << 20
"""Bytes that an answer may have, unpacked: a hundred posts of 25,000 characters have 5 MiB, in other scripts, too."""
PATIENCE = 30.0
"""Seconds that an answer may take, from its request to its end; of a stream, to its beginning."""
_PIECE = 1 << 16


class GivenUpError(requests.RequestException):
    """We have ended a connection; why, in a few words."""


class TooLargeError(GivenUpError):
    """An answer is larger than anybody should send."""


class Bounded(HTTPAdapter):
    """Reads answers, but no more than so many bytes, and no longer than so many seconds.

    A stream that begins well is left to whoever asked for it. Mount it on a session for all addresses: where a server
    leads on to another, that one's answers are bounded, too. Its requests come one after the other. Once it is closed,
    all its connections have ended, and there are no more.

    Args:
        largest: bytes of an answer, unpacked.
        seconds: for an answer.
    """

    def __init__(self, largest: int = LARGEST, seconds: float = PATIENCE) -> None:
        super().__init__()
        self._largest = largest
        self._seconds = seconds
        self._lock = threading.Lock()
        self._sockets: WeakSet[socket.socket] = WeakSet()
        self._late = self._closed = False

    def send(
        self, request: requests.PreparedRequest, stream: bool = False, *args: Any, **more: Any
    ) -> requests.Response:
        """Send a request, and read the answer.

        Raises:
            GivenUpError: the answer has more bytes, takes longer, or nobody waits for it any more.
        """
        self._late = False
        # The limits of requests are for each piece: a server can let every byte wait for as long as they are.
        watch = threading.Timer(self._seconds, self._give_up)
        watch.daemon = True
        watch.start()
        response = None
        try:
            self._check()
            response = super().send(request, stream, *args, **more)
            # What an answer says that leads elsewhere is read by requests itself, a refusal by whoever wants to know.
            if not stream or not response.ok or response.is_redirect:
                _read(response, self._largest)
            # Where nobody said how long an answer is, one that was cut off seems whole.
            self._check()
        except Exception as error:
            if response is not None:
                response.close()
            if self._closed:
                # What was given back just as the pools were emptied has nobody else who closes it.
                for each in self._connected():
                    each.close()
            self._check(error)
            raise
        finally:
            watch.cancel()
        return response

    def close(self) -> None:
        """End everything, wherever it waits; from any thread."""
        self._closed = True
        self._shut()
        super().close()

    def get_connection_with_tls_context(self, *args: Any, **more: Any) -> Any:
        """The connections to a host; each makes its socket known here."""
        pool = super().get_connection_with_tls_context(*args, **more)
        if not issubclass(pool.ConnectionCls, _Noted):
            pool.ConnectionCls = type("_Noted", (_Noted, pool.ConnectionCls), {"note": staticmethod(self._note)})
        return pool

    def _check(self, error: Exception | None = None) -> None:
        if self._closed:
            raise GivenUpError("nobody waits for it any more") from error
        if self._late:
            raise GivenUpError(f"it takes longer than {self._seconds:.0f} s") from error

    def _give_up(self) -> None:
        self._late = True
        self._shut()

    def _note(self, connected: socket.socket) -> None:
        with self._lock:
            self._sockets.add(connected)
        if self._late or self._closed:
            self._shut()

    def _connected(self) -> list[socket.socket]:
        with self._lock:
            return list(self._sockets)

    def _shut(self) -> None:
        for each in self._connected():
            with contextlib.suppress(OSError):
                # Not of an encrypted line: that would first say goodbye to whoever doesn't answer.
                socket.socket.shutdown(each, socket.SHUT_RDWR)


class _Noted(HTTPConnection):
    note: Callable[[socket.socket], None]

    def connect(self) -> None:
        super().connect()
        # Through a proxy's own encryption there is something else.
        if isinstance(self.sock, socket.socket):
            self.note(self.sock)


def bound_lines(response: requests.Response, longest: int) -> None:
    """Let whoever reads a stream by lines meet `TooLargeError` where one has more bytes."""
    pieces = response.iter_content

    def bounded(*args: Any, **more: Any) -> Iterator[bytes]:
        length = 0
        for piece in pieces(*args, **more):
            yield piece
            _, end, rest = piece.rpartition(b"\n")
            length = len(rest) if end else length + len(rest)
            if length > longest:
                raise TooLargeError(f"it sends a line of more than {longest >> 10} KiB")

    response.iter_content = bounded  # type: ignore[method-assign]


def _read(response: requests.Response, largest: int) -> None:
    body = bytearray()
    for piece in response.iter_content(_PIECE):
        body += piece
        if len(body) > largest:
            raise TooLargeError(f"it answers with more than {largest >> 20} MiB")
    # Where requests keeps what it has read; there is no other way to give it a body.
    response._content = bytes(body)  # noqa: SLF001
