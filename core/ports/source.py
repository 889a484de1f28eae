"""Where mentions come from."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from core.mention import Mention


class Removal(Struct, frozen=True, kw_only=True):
    """What a network says is no longer there: the post `network_id`, or everything of `author`; the other is empty."""

    source: str
    network_id: str = ""
    author: str = ""


class Gap(Struct, frozen=True, kw_only=True):
    """A time of which a source couldn't bring everything, although it tried, and why, in one sentence."""

    since: datetime
    until: datetime
    reason: str


class Read(Struct, frozen=True, kw_only=True):
    """What a network bills for: resources of one kind (``post``, ``user`` …) by their ids there."""

    resource: str
    ids: tuple[str, ...]


class SourceItem(Struct, frozen=True):
    """What a source gives: mentions, and the cursor to go on from once they are accepted by the bus.

    `skipped` counts what was read and is about no brand, or repeats what came before. `total` is how many mentions,
    dead rows and skipped ones there are from the first item on, where the source knows. `heard` is whether the network
    gave a sign of life for it, if only an empty answer: silence that lasts is an alarm. `next_within` is in how many
    seconds at the latest the source will ask the network again; 0 where the network speaks by itself. `trouble` is
    what goes wrong in a part of the source while the rest goes on. `lost` are times that can't be filled any more,
    `read` what has to be paid for.
    """

    mentions: tuple[Mention, ...]
    dead: tuple[tuple[str, str], ...]
    cursor: str
    skipped: int = 0
    total: int | None = None
    removed: tuple[Removal, ...] = ()
    heard: bool = True
    next_within: float = 0.0
    trouble: str = ""
    lost: tuple[Gap, ...] = ()
    read: tuple[Read, ...] = ()


class Source(Protocol):
    """Where mentions come from. A source is resumed with the cursor that stood on the last item accepted."""

    name: str

    def items(self, cursor: str) -> Iterator[SourceItem]:
        """Deliver from the cursor on; `dead` are (raw text, reason) of what can't be read."""
        ...


class RecentPosts(Protocol):
    """Asks what is kept of a network, so that its source can look whether it is still there; the store answers."""

    def __call__(self, source: str, since: datetime, limit: int, after: str = "") -> Sequence[str]:
        """As `Store.recent_posts`."""
        ...


def nothing_kept(source: str, since: datetime, limit: int, after: str = "") -> Sequence[str]:  # noqa: ARG001
    """Answers `RecentPosts` where there is no store: a source that is only looked at."""
    return ()
