"""Nobody waits longer than the limit, and nothing piles up behind what hangs."""

import threading

import pytest

from alerting.channels.limits import Limit
from core.errors import DeliveryError

LONG = 20.0


def test_what_is_done_in_time_is_done() -> None:
    done: list[str] = []
    Limit("chat", LONG)(lambda: done.append(threading.current_thread().name))
    assert done == ["page over chat"]


def test_what_goes_wrong_is_raised_where_it_was_asked_for() -> None:
    def fails() -> None:
        raise DeliveryError("refused", permanent=True)

    with pytest.raises(DeliveryError, match="refused") as raised:
        Limit("chat", LONG)(fails)
    assert raised.value.permanent


def test_where_no_thread_can_be_had_it_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(DeliveryError, match="chat: this process can't do more at once") as raised:
        Limit("chat", LONG)(lambda: None)
    assert not raised.value.permanent


def test_four_that_hang_are_left_behind_and_no_more_until_one_of_them_ends() -> None:
    held, begun = threading.Event(), threading.Semaphore(0)
    limit, others = Limit("chat", 0.01), Limit("mail", LONG)

    def hangs() -> None:
        begun.release()
        held.wait(LONG)

    for _ in range(4):
        with pytest.raises(DeliveryError, match=r"chat: no answer within 0\.01 s; it may have been taken"):
            limit(hangs)
    for _ in range(4):
        assert begun.acquire(timeout=LONG)
    with pytest.raises(DeliveryError, match="4 earlier pages still wait for its answer; nothing was") as raised:
        limit(hangs)
    assert not raised.value.permanent
    assert not begun.acquire(blocking=False)
    others(lambda: None)
    held.set()
    for thread in threading.enumerate():
        if thread.name == "page over chat":
            thread.join(LONG)
    done = threading.Event()
    try:
        limit(done.set)
    except DeliveryError:
        assert done.wait(LONG)  # a busy machine began it later than a hundredth of a second
    assert done.is_set()
