"""Where things wait between two threads."""

import threading

from ingest.sources.room import Room


def putting(room: Room[str], thing: str, size: int = 0) -> threading.Thread:
    """A thread that puts it, and is given the time for it."""
    thread = threading.Thread(target=room.put, args=(thing, size))
    thread.start()
    thread.join(0.05)
    return thread


def test_things_come_out_in_order_so_many_at_a_time() -> None:
    room: Room[str] = Room(5, 0)
    for thing in "abc":
        room.put(thing)
    assert room.take(2) == ["a", "b"]
    assert room.take(2) == ["c"]
    assert room.take(2, 0.01) == []


def test_who_waits_for_the_first_has_it_as_it_comes() -> None:
    room: Room[str] = Room(5, 0)
    timer = threading.Timer(0.02, room.put, ("a",))
    timer.start()
    assert room.take(2, 10.0) == ["a"]
    timer.join()


def test_whoever_is_too_fast_waits() -> None:
    for full in (Room[str](1, 100), Room[str](9, 100)):
        full.put("a", 101)
        waiting = putting(full, "b")
        assert waiting.is_alive()
        assert full.take(9) == ["a"]
        waiting.join(5)
        assert full.take(9) == ["b"]


def test_where_it_is_closed_nobody_waits_and_nothing_is_kept() -> None:
    room: Room[str] = Room(1, 0)
    room.put("a")
    waiting = putting(room, "b")
    room.close()
    waiting.join(5)
    room.put("c")
    assert room.take(9) == ["a"]
