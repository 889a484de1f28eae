"""Where what one thread reads waits for another: bounded, so that who is too fast has to wait, too."""

import threading
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Room(Generic[T]):
    """Things that wait, in order.

    Args:
        most: so many at most.
        most_bytes: where more than these wait, nothing else is let in.
    """

    def __init__(self, most: int, most_bytes: int) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._changed = threading.Condition()
        self._things: deque[tuple[T, int]] = deque()
        self._bytes = 0
        self.closed = False

    def put(self, thing: T, size: int = 0) -> None:
        """Add it as soon as there is room; where it is closed, nothing is kept."""
        with self._changed:
            self._changed.wait_for(self._has_room)
            if not self.closed:
                self._things.append((thing, size))
                self._bytes += size
                self._changed.notify_all()

    def take(self, most: int, seconds: float = 0.0) -> list[T]:
        """The first of them, so many at most; so long it waits for one."""
        with self._changed:
            self._changed.wait_for(lambda: self._things, seconds)
            taken = [self._things.popleft() for _ in range(min(most, len(self._things)))]
            self._bytes -= sum(size for _, size in taken)
            self._changed.notify_all()
        return [thing for thing, _ in taken]

    def close(self) -> None:
        """Let nobody wait any more."""
        with self._changed:
            self.closed = True
            self._changed.notify_all()

    def _has_room(self) -> bool:
        return self.closed or (len(self._things) < self._most and self._bytes <= self._most_bytes)
