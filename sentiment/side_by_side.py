"""Several batches computed at the same time, each by a thread of its own."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

_MOST = 8
"""More take turns all the same: what Python itself does of a layer only one thread does at a time."""

Given = TypeVar("Given")
Made = TypeVar("Made")


class SideBySide:
    """As many threads as torch has at this moment, each of which computes alone.

    Threads that share a layer wait for each other at its end, hundreds of times in a batch, and because they don't spin
    meanwhile (`sentiment.waiting`) that takes a third of the time. Where torch has more than `_MOST` threads, every one
    of ours has several.

    Attributes:
        count: how many there are.
    """

    def __init__(self) -> None:
        threads = torch.get_num_threads()
        self.count = min(threads, _MOST)
        all_there = threading.Barrier(self.count + 1)

        def begin() -> None:
            torch.get_num_threads()  # When it first asks, a thread takes over what the others have; not later.
            torch.set_num_threads(threads // self.count)
            all_there.wait()

        self._pool = ThreadPoolExecutor(self.count, "model", initializer=begin)
        for _ in range(self.count):
            self._pool.submit(int)
        all_there.wait()
        # What a thread has set last is what threads that come later begin with.
        torch.set_num_threads(threads)

    def map(self, make: Callable[[Given], Made], items: Iterable[Given]) -> list[Made]:
        """What is made of each, in their order; the first error is raised."""
        return list(self._pool.map(make, items))
