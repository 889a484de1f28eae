"""One connection to X's filtered stream.

What is guarded against here was seen in tweepy 4.17: its stream parses what comes and dies of one line that is no JSON
or of a rule without a tag, connects anew by itself without a pause after a clean close, and hears of `disconnect` at
the next line only.
"""

import contextlib
import queue
import threading
from datetime import datetime

import requests
import tweepy
from msgspec import Struct

from ingest.normalise import normalise_line
from ingest.sources.x_door import MISHAPS, SHOWN, go_through, refusal, reset_in, words_of
from ingest.sources.x_posts import FIELDS

_ROOM = 10_000
_PUT_SECONDS = 0.25


class Opened(Struct, frozen=True):
    """The stream has begun."""


class End(Struct, frozen=True):
    """The stream is over; `status` is the refusal's, else 0; `reset` when X will have us again, if it said so."""

    reason: str
    status: int = 0
    reset: datetime | None = None


Event = bytes | Opened | End


class Line(tweepy.StreamingClient):  # type: ignore[misc]  # tweepy has no types
    """One connection to the filtered stream: what it brings waits here, unread, an empty line for a keep-alive.

    It never connects anew by itself; after its `End` nothing comes any more. The room is bounded: where nobody takes
    what waits, tweepy's thread stops reading, and X at last ends the stream.
    """

    def __init__(self, base: str, token: str, *, room: int = _ROOM) -> None:
        super().__init__(token, daemon=True, max_retries=0)
        self._door = go_through(self.session, base)
        self._waiting: queue.Queue[Event] = queue.Queue(room)
        self._closing = threading.Event()
        self._over = False

    def start(self) -> None:
        """Connect, in a thread of its own."""
        self.filter(threaded=True, **FIELDS)

    def events(self, most: int, seconds: float) -> list[Event]:
        """What has come, in order; waits so long for the first."""
        events: list[Event] = []
        with contextlib.suppress(queue.Empty):
            while len(events) < most:
                first = seconds > 0 and not events
                events.append(self._waiting.get(first, seconds if first else None))
        return events

    def close(self, seconds: float = 1.0) -> None:
        """End the connection now, not at the next line, and wait so long for the thread."""
        self._closing.set()
        self.running = False
        response = self._door.latest
        if response is not None:
            with contextlib.suppress(OSError, ValueError, RuntimeError, AttributeError):
                response.raw.shutdown()
        if self.thread is not None:
            self.thread.join(seconds)

    def on_connect(self) -> None:
        """X has answered."""
        self._put(Opened())

    def on_data(self, raw_data: bytes) -> None:
        """A line has come; it is read elsewhere."""
        self._put(raw_data)

    def on_keep_alive(self) -> None:
        """X lives."""
        self._put(b"")

    def on_closed(self, response: requests.Response) -> None:  # noqa: ARG002 - tweepy's name
        """X has ended the stream in order."""
        self._end(End("X closed the stream"))

    def on_connection_error(self) -> None:
        """The connection broke, or was silent for longer than tweepy waits."""
        self._end(End("the connection broke or fell silent"))

    def on_request_error(self, status_code: int) -> None:
        """X refuses the stream."""
        response = self._door.latest
        words, reset = "", None
        if response is not None:
            with contextlib.suppress(*MISHAPS):
                reset = reset_in(response.headers)
                words = words_of(response)
        self._end(End(refusal(status_code, words), status_code, reset))

    def on_exception(self, exception: Exception) -> None:
        """What tweepy doesn't expect."""
        self._end(End(f"{type(exception).__name__}: {normalise_line(str(exception), SHOWN)}"))

    def on_disconnect(self) -> None:
        """The thread ends, whatever it was that ended it."""
        self._end(End("the stream ended"))

    def _end(self, end: End) -> None:
        self.running = False
        if not self._over:
            self._over = True
            self._put(end)

    def _put(self, event: Event) -> None:
        while not self._closing.is_set():
            with contextlib.suppress(queue.Full):
                self._waiting.put(event, timeout=_PUT_SECONDS)
                return
        self.running = False
