"""Calls that wait where nobody can stop them are made aside, in a thread of their own."""

from collections.abc import Callable, Generator
from concurrent.futures import Future, wait
from threading import Thread
from typing import TypeVar, cast

from core.errors import SourceError
from core.ports.source import SourceItem
from ingest.sources.common import NAP

T = TypeVar("T")


def aside(call: Callable[[], T], patience: float, name: str, *, at_first: float = 0.0) -> Generator[None, None, T]:
    """Make a call; come back every `NAP` seconds until it has ended, and give or raise what it did.

    A library that sleeps over a rate limit, or waits for a network that doesn't answer, can't be interrupted: the
    thread that it holds is left behind where the caller doesn't go on, and doesn't keep the process from ending.

    Args:
        call: what takes its time.
        patience: seconds after which the call is given up.
        name: of the network, for the thread and for the message.
        at_first: seconds for which it is waited for before anything else.

    Raises:
        SourceError: the call hasn't ended in time.
    """
    done: Future[T] = Future()

    def make() -> None:
        try:
            done.set_result(call())
        except BaseException as error:  # noqa: BLE001  it is the caller's
            done.set_exception(error)

    Thread(target=make, name=f"asking {name}", daemon=True).start()
    wait([done], at_first)
    for _ in range(max(1, round(patience / NAP))):
        wait([done], NAP)
        if done.done():
            return done.result()
        yield
    raise SourceError(f"{name} has not answered for {patience:.0f} s. Connecting anew.")


def meanwhile(asking: Generator[None, None, T], item: Callable[[], SourceItem]) -> Generator[SourceItem, None, T]:
    """The same for a source: it gives an item each time that it comes back."""
    while True:
        try:
            next(asking)
        except StopIteration as done:
            return cast("T", done.value)
        yield item()
