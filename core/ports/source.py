"""Where mentions come from."""

from collections.abc import Iterator
from typing import Protocol

from msgspec import Struct

from core.mention import Mention


class Removal(Struct, frozen=True, kw_only=True):
    """What a network says is no longer there: the post `network_id`, or everything of `author`; the other is empty."""

    source: str
    network_id: str = ""
    author: str = ""


class SourceItem(Struct, frozen=True):
    """What a source gives: mentions, and the cursor to go on from once they are accepted by the bus.

    `skipped` counts what was read and is about no brand, or repeats what came before. `total` is how many mentions,
    dead rows and skipped ones there are from the first item on, where the source knows.
    """

    mentions: tuple[Mention, ...]
    dead: tuple[tuple[str, str], ...]
    cursor: str
    skipped: int = 0
    total: int | None = None
    removed: tuple[Removal, ...] = ()


class Source(Protocol):
    """Where mentions come from. A source is resumed with the cursor that stood on the last item accepted."""

    name: str

    def items(self, cursor: str) -> Iterator[SourceItem]:
        """Deliver from the cursor on; `dead` are (raw text, reason) of what can't be read."""
        ...
