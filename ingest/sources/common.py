"""What sources of several networks do alike."""

from collections import OrderedDict
from collections.abc import MutableSequence
from typing import TypeVar

from ingest.match import Matcher
from ingest.normalise import normalise

NAP = 0.25
"""Seconds that a source waits at most before it gives its caller the chance to stop it."""
SHOWN = 500
"""Characters that are kept of what can't be read."""

Key = TypeVar("Key")
Value = TypeVar("Value")


class Recent(OrderedDict[Key, Value]):
    """The last things that were put in; what is put in again is the newest. Older ones are forgotten.

    Args:
        most: so many are remembered.
    """

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def __setitem__(self, key: Key, value: Value) -> None:
        super().__setitem__(key, value)
        self.move_to_end(key)
        while len(self) > self._most:
            self.popitem(last=False)


def put_aside(raw: str | bytes, reason: str, matcher: Matcher, dead: MutableSequence[tuple[str, str]]) -> int:
    """Put what can't be read among the dead rows if it names a brand; else only count it, as one that was skipped.

    Anybody could fill the dead letters otherwise.
    """
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    if not matcher.brands_of(normalise(text)):
        return 1
    dead.append((text[:SHOWN], reason))
    return 0
