"""What is wanted of X."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from msgspec import Struct

from core.brand import Brand
from core.errors import ConfigurationError
from core.ports.clock import Clock
from core.ports.source import RecentPosts, nothing_kept
from ingest.settings import Networks
from ingest.sources.x_door import TOKEN_VARIABLE
from ingest.sources.x_rules import accounts_of, rules_of

PATIENCE = timedelta(seconds=60)
"""X says something every 20 seconds; after so long the stream is dead, whatever it says."""


def never() -> bool:
    """No."""
    return False


class Wanted(Struct, frozen=True, kw_only=True):
    """Which posts are wanted, and by what way.

    Args:
        brands: the configured ones.
        name: of the ``[[sources]]`` table.
        networks: X's address and the token.
        clock: the clock.
        stream: whether the filtered stream is listened to; else the search alone is asked again and again.
        mentions: whether the lists of what mentions the brands' accounts are read, too.
        kept: tells what is looked up for deletions.
        sweep: how far back it is.
        narrow: whether so little may be spent that only posts with a crisis word are asked for; asked all the time.
        patience: after so long without a sign of life the stream is given up.

    Raises:
        ConfigurationError: no token, no brand, or more than X takes.
    """

    brands: Sequence[Brand]
    name: str
    networks: Networks
    clock: Clock
    stream: bool = True
    mentions: bool = False
    kept: RecentPosts = nothing_kept
    sweep: timedelta = timedelta(days=7)
    narrow: Callable[[], bool] = never
    patience: timedelta = PATIENCE

    def __post_init__(self) -> None:
        if not self.networks.x_bearer_token:
            raise ConfigurationError(f"X needs a token: set {TOKEN_VARIABLE} to the bearer token of your app")
        if not rules_of(self.brands, self.name):
            raise ConfigurationError("X is searched for your brands, and none takes mentions from it; add [[brands]]")
        if self.mentions and not accounts_of(self.brands):
            raise ConfigurationError("`mentions` are those of your brands' accounts; add their `handles` to [[brands]]")
