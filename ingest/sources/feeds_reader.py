"""Reads feeds in a process of its own, because a feed is written by strangers and its parser is at their mercy.

feedparser is slow by the square of what stands in some places (200 KB in an ``<author>`` take a minute and a half), and
holds the interpreter meanwhile: no page, no probe and no other source would go on. No list of such places is complete,
so no text is cut and nothing of the parser is switched off: instead a document has `PATIENCE` seconds and 1 GiB, and
then the process is ended. It is kept warm: the first document costs 0.15 seconds of the processor more, the others 0.3
milliseconds; it holds 35 MiB, knows neither model nor store, and is given none of our settings.
"""

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import TypeVar

import msgspec

from ingest.sources.feeds_entries import Document
from ingest.sources.feeds_process import Answered, Asked, receive, send
from ingest.sources.feeds_web import UnreadableError

PATIENCE = 15.0
"""Seconds that reading a document may take: 5 MiB of honest entries take three, five on a busy machine."""
_STARTING = 60.0
_PROGRAM = "import sys; sys.path[:] = sys.argv[1:]; from ingest.sources.feeds_process import main; main()"
_OURS = "SIXMINUTE_"

T = TypeVar("T")


class Reader:
    """Reads feeds, one after another; may be used by several threads, which wait for one another.

    Args:
        patience: seconds that a document has.
    """

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False

    def read(self, document: bytes, media_type: str, address: str) -> Document:
        """As `read_document`.

        Raises:
            UnreadableError: it is no feed, or takes too much time or memory; or the reader is closed.
        """
        with self._turn:
            answer = self._answer(Asked(document, media_type, address))
        if answer.document is None:
            raise UnreadableError(answer.reason)
        return answer.document

    def close(self) -> None:
        """End the process; what it was at is given up."""
        self._closed = True
        if process := self._process:
            process.kill()
        with self._turn:
            self._end()

    def _answer(self, asked: Asked) -> Answered:
        if self._process and self._process.poll() is not None:
            self._end()  # somebody has ended it meanwhile, for want of memory perhaps
        process = self._process or self._start()
        with _limited(process, self._patience) as late:
            try:
                send(_pipe(process.stdin), asked)
                message = receive(_pipe(process.stdout))
            except OSError:
                message = b""
        if not message:
            self._end()
            if late.is_set():
                raise UnreadableError(f"it takes longer than {self._patience:.0f} s to read")
            raise UnreadableError("what stands there breaks its reader")
        answer = msgspec.msgpack.decode(message, type=Answered)
        if answer.ends:
            self._end()
        return answer

    def _start(self) -> subprocess.Popen[bytes]:
        process = self._process = subprocess.Popen(  # noqa: S603 - nothing of it comes from outside
            [sys.executable, "-c", _PROGRAM, *sys.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # Strangers' documents are read there: no secret goes along.
            env={name: value for name, value in os.environ.items() if not name.startswith(_OURS)},
            # A Ctrl-C in the terminal is ours to act on.
            start_new_session=True,
        )
        if self._closed:
            process.kill()
        with _limited(process, _STARTING):
            ready = receive(_pipe(process.stdout))
        if not ready:
            self._end()
            raise UnreadableError("the process that reads feeds doesn't start")
        return process

    def _end(self) -> None:
        if process := self._process:
            process.kill()
            # What it was sent and hasn't read is of no use any more.
            with contextlib.suppress(OSError):
                process.communicate()
            self._process = None


def _pipe(pipe: T | None) -> T:
    assert pipe is not None
    return pipe


@contextlib.contextmanager
def _limited(process: subprocess.Popen[bytes], seconds: float) -> Iterator[threading.Event]:
    """End a process that takes longer; say whether that was so."""
    late = threading.Event()

    def give_up() -> None:
        late.set()
        process.kill()

    timer = threading.Timer(seconds, give_up)
    timer.daemon = True
    timer.start()
    try:
        yield late
    finally:
        timer.cancel()
