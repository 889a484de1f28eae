"""One connection to X's filtered stream.

What is guarded against here was seen in tweepy 4.17: its stream parses what comes and dies of one line that is no JSON
or of a rule without a tag, connects anew by itself without a pause after a clean close, and hears of `disconnect` at
the next line only.
"""

import contextlib
from datetime import datetime

import requests
import tweepy
from msgspec import Struct

from ingest.normalise import normalise_line
from ingest.sources.bounded import GivenUpError, bound_lines
from ingest.sources.room import Room
from ingest.sources.x_door import MISHAPS, SHOWN, go_through, refusal, reset_in, words_of
from ingest.sources.x_posts import FIELDS

_ROOM = 10_000
_ROOM_BYTES = 16 << 20
"""What waits may have so many; after that X waits."""
_LONGEST_LINE = 1 << 20
"""Bytes: the longest posts have 25,000 characters."""


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
        self._waiting: Room[Event] = Room(room, _ROOM_BYTES)
        self._over = False

    def start(self) -> None:
        """Connect, in a thread of its own."""
        self.filter(threaded=True, **FIELDS)

    def events(self, most: int, seconds: float) -> list[Event]:
        """What has come, in order; waits so long for the first."""
        return self._waiting.take(most, seconds)

    def close(self, seconds: float = 1.0) -> None:
        """End the connection now, not at the next line, and wait so long for the thread."""
        self._waiting.close()
        self.running = False
        self.session.close()
        if self.thread is not None:
            self.thread.join(seconds)

    def on_connect(self) -> None:
        """X has answered."""
        if self._door.latest is not None:
            bound_lines(self._door.latest, _LONGEST_LINE)
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
        kind = "" if isinstance(exception, GivenUpError) else f"{type(exception).__name__}: "
        self._end(End(f"{kind}{normalise_line(str(exception), SHOWN)}"))

    def on_disconnect(self) -> None:
        """The thread ends, whatever it was that ended it."""
        self._end(End("the stream ended"))

    def _end(self, end: End) -> None:
        self.running = False
        if not self._over:
            self._over = True
            self._put(end)

    def _put(self, event: Event) -> None:
        self._waiting.put(event, len(event) if isinstance(event, bytes) else 0)
        self.running = self.running and not self._waiting.closed
