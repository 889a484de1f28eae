"""All networks that play a steady stream of posts and go wrong, for measuring what sources make of it."""

from core.ports.clock import Clock
from tests.networks.played_lists import PlayedFeeds, PlayedReddit
from tests.networks.played_streams import PlayedBluesky, PlayedMastodon, PlayedX
from tests.networks.playing import Played
from tests.networks.streams import StreamingServer


def everything(clock: Clock, faster: float) -> tuple[Played, ...]:
    """All networks, with four posts a second of the real clock where they stream, fewer where they are asked.

    Args:
        clock: dates the posts.
        faster: how many seconds of it pass in a real one.
    """
    made: tuple[Played, ...] = (
        PlayedBluesky(clock, faster / 4),
        PlayedX(clock, faster / 4),
        PlayedReddit(clock, faster),
        PlayedMastodon(clock, faster / 4),
        PlayedFeeds(clock, 2 * faster),
    )
    for one in made:
        if isinstance(one.server, StreamingServer):
            one.server.streams.heartbeat_seconds /= faster
    return made
