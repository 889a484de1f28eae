"""Tries a source out: whether its network answers us, without bringing anything."""

from typing import Protocol, runtime_checkable

from core.errors import SourceError
from core.ports.clock import Clock
from core.ports.source import Source

SECONDS = 8.0


@runtime_checkable
class TriesOut(Protocol):
    """A source that knows a way of its own, because listening would cost money or disturb whoever listens already."""

    def try_out(self) -> None:
        """Ask the network for something.

        Raises:
            SourceError: it doesn't answer, or refuses us.
        """
        ...


def try_out(source: Source, clock: Clock, seconds: float = SECONDS) -> None:
    """Wait for one sign of life.

    Raises:
        SourceError: there was none in so many seconds, or the network refuses us.
    """
    if isinstance(source, TriesOut):
        source.try_out()
        return
    ends = clock.monotonic() + seconds
    items = source.items("")
    try:
        for item in items:
            if item.heard:
                return
            if clock.monotonic() > ends:
                break
    finally:
        close = getattr(items, "close", None)
        if close:
            close()
    raise SourceError(f"no answer within {seconds:.0f} seconds: look at its address and at the network")
