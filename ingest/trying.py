"""Tries a source out: whether its network answers us, without bringing anything."""

from collections.abc import Iterator
from typing import Protocol, runtime_checkable

from core.errors import SourceError
from core.ports.clock import Clock
from core.ports.source import Source, SourceItem

SECONDS = 8.0


class _EnoughError(Exception):
    """Nobody waits any longer."""


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
        SourceError: there was none in so many seconds, or the network refuses us. What the source knows of the reason
            by then is told.
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
                _tell(items)
                break
    finally:
        close = getattr(items, "close", None)
        if close:
            close()
    raise SourceError(f"no answer within {seconds:.0f} seconds: look at its address and at the network")


def _tell(items: Iterator[SourceItem]) -> None:
    """Raise what a source holds back: after an error some leave their network alone for a while before they tell it.

    They wait while they handle it, and Python keeps it beside whatever is thrown into them there.
    """
    throw = getattr(items, "throw", None)
    if throw is None:
        return
    try:
        throw(_EnoughError())
    except _EnoughError as enough:
        if isinstance(enough.__context__, SourceError):
            raise enough.__context__ from None
