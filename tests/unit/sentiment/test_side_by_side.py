"""Threads that compute beside each other, and what they leave as it was."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from sentiment import side_by_side
from sentiment.side_by_side import SideBySide


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def in_a_new_thread() -> int:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(torch.get_num_threads).result()


@pytest.mark.parametrize(("threads", "most", "count", "each"), [(1, 8, 1, 1), (3, 8, 3, 1), (4, 2, 2, 2), (5, 2, 2, 2)])
def test_every_thread_computes_alone_and_others_as_before(
    threads: int, most: int, count: int, each: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(side_by_side, "_MOST", most)
    torch.set_num_threads(threads)
    beside = SideBySide()
    assert beside.count == count
    assert beside.map(lambda _: torch.get_num_threads(), range(5)) == [each] * 5
    assert torch.get_num_threads() == in_a_new_thread() == threads


def test_all_of_them_are_at_work_at_once_and_answers_keep_their_order() -> None:
    torch.set_num_threads(2)
    beside = SideBySide()
    met = threading.Barrier(2, timeout=30)

    def meet(number: int) -> int:
        met.wait()
        return number

    assert beside.map(meet, range(6)) == list(range(6))


def test_an_error_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        SideBySide().map(lambda number: 1 // number, [1, 0])
