"""What reads feeds in a process of its own: one document after another from its input, the answers to its output."""

import contextlib
import mmap
import signal
import sys
from pathlib import Path
from typing import IO

import msgspec
from msgspec import Struct

from ingest.sources.feeds_entries import Document, read_document

try:
    import resource
except ImportError:  # not on Windows, where memory has no limit that a process could set itself
    resource = None  # type: ignore[assignment]

LARGEST = 32 << 20
"""Bytes that a message may have; a feed's entries have hardly more than the feed."""
_MEMORY = 1 << 30
"""Bytes of address space: what needs more is broken off."""
_BLOATED = 256 << 20
"""A process that still holds so many bytes after a document makes room for a new one; it takes 35 MiB otherwise."""
_LENGTH = 4
_SHOWN = 200


class Asked(Struct, frozen=True):
    """What `read_document` is given."""

    document: bytes
    media_type: str
    address: str


class Answered(Struct, frozen=True):
    """What came of it: a document, or why there is none; and whether the process ends now."""

    document: Document | None = None
    reason: str = ""
    ends: bool = False


def send(to: IO[bytes], message: Struct | None) -> None:
    """Write a message; None says that one is there.

    Raises:
        OSError: there is nobody any more.
        ValueError: it is too large.
    """
    written = msgspec.msgpack.encode(message)
    if len(written) > LARGEST:
        raise ValueError(f"what stands in it takes more than {LARGEST >> 20} MiB")
    to.write(len(written).to_bytes(_LENGTH, "big") + written)
    to.flush()


def receive(from_: IO[bytes]) -> bytes:
    """The next message; empty where there is none any more."""
    length = int.from_bytes(from_.read(_LENGTH), "big")
    return from_.read(length) if length <= LARGEST else b""


def serve(asked: IO[bytes], answers: IO[bytes]) -> None:
    """Read documents until nobody asks any more."""
    send(answers, None)
    decoder = msgspec.msgpack.Decoder(Asked)
    ends = False
    while not ends and (message := receive(asked)):
        answer = _answer(decoder.decode(message))
        ends = _bloated()
        try:
            send(answers, msgspec.structs.replace(answer, ends=ends))
        except ValueError as error:
            send(answers, Answered(None, str(error), ends))


def main() -> None:
    """Be such a process."""
    # Ctrl-C is meant for whoever asks: that one lets go of us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if resource:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with contextlib.suppress(ValueError):  # macOS has no such limit
            resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    serve(sys.stdin.buffer, sys.stdout.buffer)


def _answer(asked: Asked) -> Answered:
    try:
        return Answered(read_document(asked.document, asked.media_type, asked.address))
    except MemoryError:
        return Answered(None, "it needs too much memory to be read")
    except Exception as error:  # noqa: BLE001  what stands there may break the parser in any way
        return Answered(None, str(error).partition("\n")[0][:_SHOWN] or type(error).__name__)


def _bloated() -> bool:
    """Whether we hold much memory. The peak that the system counts won't do: it begins with that of who started us."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except OSError:
        return True  # not Linux: a new process for each document is slower, but never grows
    return pages * mmap.PAGESIZE > _BLOATED
