"""Calls that take their time leave their caller free."""

from collections.abc import Generator, Iterator
from threading import Event
from threading import enumerate as threads

import pytest

from core.errors import SourceError
from core.ports.source import SourceItem
from ingest.sources.aside import aside, meanwhile
from ingest.sources.common import NAP


def yield_from(calling: Generator[None, None, object]) -> object:
    """What it ends with."""
    given: list[object] = []

    def through() -> Iterator[None]:
        given.append((yield from calling))

    list(through())
    return given[0]


def test_the_caller_comes_back_until_the_call_has_ended() -> None:
    going = Event()
    calling = aside(lambda: going.wait() and "done", 60.0, "Nowhere")
    next(calling)
    next(calling)
    going.set()
    assert yield_from(calling) == "done"


def test_an_error_is_the_callers() -> None:
    def fail() -> None:
        raise TimeoutError("of its own")

    with pytest.raises(TimeoutError, match="of its own"):
        list(aside(fail, 60.0, "Nowhere"))


def test_patience_ends() -> None:
    never = Event()
    with pytest.raises(SourceError, match="Nowhere has not answered for 1 s"):
        list(aside(never.wait, 2 * NAP + 0.1, "Nowhere"))
    # What is left behind doesn't keep the process from ending.
    assert all(thread.daemon for thread in threads() if thread.name == "asking Nowhere")
    never.set()


def test_at_first_it_may_be_waited_for_longer() -> None:
    assert list(aside(lambda: None, 60.0, "Nowhere", at_first=60.0)) == []


def test_a_source_gives_items_meanwhile() -> None:
    going = Event()
    items = meanwhile(aside(going.wait, 60.0, "Nowhere"), lambda: SourceItem((), (), "here"))
    assert next(items).cursor == "here"
    going.set()
    list(items)
