"""What the tests of Mastodon as a source have in common: a source that listens, and steps until something holds."""

import contextlib
from collections.abc import Iterator
from typing import Any

from core.brand import Brand
from core.ports.source import SourceItem
from ingest.match import Matcher
from ingest.sources.mastodon import MastodonStatuses
from tests.networks.driving import MovedOn, mentions, until
from tests.networks.mastodon import MastodonServer
from tests.networks.mastodon_statuses import Status

BRANDS = [Brand(name="Acme", exclude_accounts=("own",)), Brand(name="Zenith")]
TIMELINE = "/api/v1/timelines/public"
EVERYTHING = ("",)

_STEPS = 40


def status(number: int, content: str = "<p>Acme is down</p>", account: str = "7", **more: Any) -> Status:
    return Status(str(number), account, content, **more)


def source(server: MastodonServer, clock: MovedOn, timelines: tuple[str, ...] = EVERYTHING) -> MastodonStatuses:
    return MastodonStatuses(Matcher(BRANDS), server.url, server.token, timelines, clock)


@contextlib.contextmanager
def listening(
    server: MastodonServer, clock: MovedOn, cursor: str = "", timelines: tuple[str, ...] = EVERYTHING
) -> Iterator[Iterator[SourceItem]]:
    """The source once its streams are open; without a cursor it also knows where it began."""
    with contextlib.closing(source(server, clock, timelines).items(cursor)) as items:  # type: ignore[type-var]
        opened = server.streams.opened
        until(items, lambda _: server.streams.opened == opened + len(timelines))
        if not cursor:
            until(
                items, lambda seen: seen and seen[-1].cursor.count('"0"') + seen[-1].cursor.count("1") >= len(timelines)
            )
        yield items


def brought(items: Iterator[SourceItem], count: int) -> list[SourceItem]:
    return until(items, lambda seen: len(mentions(seen)) >= count)


def begun(server: MastodonServer, clock: MovedOn, *statuses: Status) -> str:
    """The cursor after these."""
    with listening(server, clock) as items:
        server.publish(*statuses)
        return brought(items, len(statuses))[-1].cursor


def numbers(seen: list[SourceItem]) -> list[int]:
    return [int(mention.network_id) for mention in mentions(seen)]


def wait(server: MastodonServer, clock: MovedOn, items: Iterator[SourceItem], seconds: float) -> list[SourceItem]:
    """Let time go by on a stream that is alive, in steps of which it may miss a few before it counts as silent."""
    seen: list[SourceItem] = []
    for _ in range(_STEPS):
        clock.forward(seconds / _STEPS)
        server.say(b":thump\n")
        seen += until(items, lambda seen: any(item.heard for item in seen))
    return seen + until(items, lambda seen: len(seen) > 10)
