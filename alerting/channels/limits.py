"""A time limit around what waits for somebody else.

Libraries limit the wait for each piece of an answer; a server that sends a byte now and then is waited for without end.
So the work is done in a thread of its own, which is left behind when the limit is over: the other channels go on.
"""

import threading
from collections.abc import Callable

from core.errors import DeliveryError

_MOST_LEFT_BEHIND = 4


class Limit:
    """Does one thing at a time for whoever calls, for at most so many seconds.

    Args:
        what: who is waited for, as it is named in errors.
        seconds: how long.
    """

    def __init__(self, what: str, seconds: float) -> None:
        self._what = what
        self._seconds = seconds
        self._left_behind: list[threading.Thread] = []

    def __call__(self, work: Callable[[], None]) -> None:
        """Do the work and wait for its end.

        Raises:
            DeliveryError: it wasn't done in time and may still be done later; or too much of it hangs already.
            Exception: what the work raised.
        """
        self._left_behind = [thread for thread in self._left_behind if thread.is_alive()]
        if len(self._left_behind) >= _MOST_LEFT_BEHIND:
            raise DeliveryError(
                f"{self._what}: {len(self._left_behind)} earlier pages still wait for its answer; nothing was sent",
                permanent=False,
            )
        failed: list[Exception] = []

        def guarded() -> None:
            try:
                work()
            except Exception as error:  # noqa: BLE001  it is the caller's
                failed.append(error)

        # The process must be able to end while a server lets it wait.
        thread = threading.Thread(target=guarded, name=f"page over {self._what}", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            raise DeliveryError(f"{self._what}: this process can't do more at once", permanent=False) from None
        thread.join(self._seconds)
        if thread.is_alive():
            self._left_behind.append(thread)
            raise DeliveryError(
                f"{self._what}: no answer within {self._seconds:g} s; it may have been taken all the same",
                permanent=False,
            )
        if failed:
            raise failed[0]
