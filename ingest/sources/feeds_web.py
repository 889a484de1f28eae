"""Fetches feeds: asks only for what has changed, and reads no more than is good for us."""

import contextlib
import io
import re
import socket
import ssl
import zlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
from msgspec import Struct

from core.ports.clock import Clock
from ingest.addresses import shown, shown_in

LARGEST = 5 << 20
"""Bytes that a feed may have, unpacked."""
PATIENCE = 30.0
"""Seconds that a whole fetch may take, redirects and all; whoever asks gives it up then."""
TOO_LONG = f"it takes longer than {PATIENCE:.0f} s"
_QUIET_SECONDS = 10.0
_LONGEST_WAIT = 86_400.0
_REDIRECTS = 5
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE)
_GZIP = 16 + zlib.MAX_WBITS


class Validators(Struct, frozen=True):
    """By what a server knows what we have already: its ETag and its Last-Modified; empty where it gave none."""

    etag: str = ""
    modified: str = ""

    def headers(self) -> dict[str, str]:
        """Of a request for what is newer."""
        given = {"if-none-match": self.etag, "if-modified-since": self.modified}
        return {name: value for name, value in given.items() if value}


class Fetched(Struct, frozen=True):
    """An answer: the document, None where it hasn't changed.

    `address` is where it came from in the end, `media_type` the Content-Type, `fresh_seconds` for how long it says
    that it stays as it is.
    """

    document: bytes | None
    address: str
    media_type: str
    validators: Validators
    fresh_seconds: float


class Call:
    """One fetch, which another thread may give up: a server can let each byte wait for as long as we do."""

    def __init__(self) -> None:
        self.over = False
        """Whether nothing is waited for any more."""
        self._given_up = False
        self._socket: socket.socket | None = None

    def give_up(self) -> None:
        """End it now, wherever it waits."""
        self._given_up = True
        if self._socket is not None:
            with contextlib.suppress(OSError):
                # Not of an encrypted line: that would first say goodbye to whoever doesn't answer.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def note(self, _event: str, about: Mapping[str, Any]) -> None:
        """What httpx tells of each step.

        Raises:
            UnreadableError: it was given up.
        """
        inquire = getattr(about.get("return_value"), "get_extra_info", None)
        if inquire:
            self._socket = inquire("socket")
        if self._given_up:
            if inquire and self._socket is not None:
                # Nobody else knows of it yet, so nobody else would close it.
                with contextlib.suppress(OSError):
                    self._socket.close()
            raise UnreadableError(TOO_LONG)


class UnreadableError(Exception):
    """A feed can't be read, in a few words; `wait_seconds` is how long the server wants to be left alone."""

    def __init__(self, reason: str, wait_seconds: float = 0.0) -> None:
        super().__init__(reason)
        self.wait_seconds = wait_seconds


class Web:
    """Fetches documents over http and https, private addresses included; may be used by several threads.

    Redirects are followed. Only what we ask for is unpacked (gzip), and only up to `LARGEST` bytes.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tls = ssl.create_default_context()

    def fetch(self, url: str, known: Validators, call: Call) -> Fetched:
        """What stands at the address, if it isn't what is known.

        Raises:
            UnreadableError: it can't be had, is too large or was given up.
        """
        headers = {"user-agent": "sixminute", "accept-encoding": "gzip", **known.headers()}
        try:
            with (
                httpx.Client(
                    verify=self._tls, timeout=_QUIET_SECONDS, follow_redirects=True, max_redirects=_REDIRECTS
                ) as client,
                client.stream("GET", url, headers=headers, extensions={"trace": call.note}) as answer,
            ):
                return self._read(answer, known)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, zlib.error, ValueError) as error:
            reason = shown_in(str(error).partition("\n")[0]) or type(error).__name__
            raise UnreadableError(reason) from error
        finally:
            call.over = True

    def _read(self, answer: httpx.Response, known: Validators) -> Fetched:
        unchanged = answer.status_code == httpx.codes.NOT_MODIFIED and known.headers()
        if not unchanged and answer.status_code != httpx.codes.OK:
            wait = _retry_after(answer.headers.get("retry-after", ""), self._clock.now())
            said = f"HTTP {answer.status_code} {answer.reason_phrase}".strip()
            if answer.status_code == httpx.codes.UNAUTHORIZED:
                said += ": write the right NAME:PASSWORD@ before the host in `urls`"
            raise UnreadableError(said, wait)
        given = Validators(answer.headers.get("etag", ""), answer.headers.get("last-modified", ""))
        return Fetched(
            None if unchanged else self._document(answer),
            # Links that lead on from here stand in mentions.
            shown(str(answer.url)),
            answer.headers.get("content-type", ""),
            # A 304 needn't repeat what it was asked with.
            Validators(given.etag or known.etag, given.modified or known.modified) if unchanged else given,
            _fresh_seconds(answer.headers.get("cache-control", "")),
        )

    def _document(self, answer: httpx.Response) -> bytes:
        coding = answer.headers.get("content-encoding", "").strip().lower()
        pieces = answer.iter_raw()
        if coding in ("gzip", "x-gzip"):
            pieces = _unpacked(pieces)
        elif coding not in ("", "identity"):
            raise UnreadableError(f"it is packed as {coding[:20]!r}, which nobody asked for")
        document = io.BytesIO()
        for piece in pieces:
            document.write(piece)
            if document.tell() > LARGEST:
                raise UnreadableError(f"it is larger than {LARGEST >> 20} MiB")
        return document.getvalue()


def _unpacked(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Unpacks gzip piece by piece, never more than just too much at once: a small answer may hold gigabytes."""
    unpacking = zlib.decompressobj(_GZIP)
    for piece in pieces:
        yield unpacking.decompress(piece, LARGEST + 1)
        if unpacking.unconsumed_tail:
            raise UnreadableError(f"it is larger than {LARGEST >> 20} MiB when it is unpacked")
    if not unpacking.eof:
        raise UnreadableError("it breaks off in the middle")


def _retry_after(written: str, now: datetime) -> float:
    """Seconds to wait, at most a day; 0 where nothing sensible stands there."""
    if written.isascii() and written.isdigit():
        return min(float(written[:9]), _LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(written)
    except ValueError:
        return 0.0
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max((until - now).total_seconds(), 0.0), _LONGEST_WAIT)


def _fresh_seconds(cache_control: str) -> float:
    found = _MAX_AGE.search(cache_control)
    return float(found[1]) if found else 0.0
