"""Every kind of source by its name: what a `[[sources]]` table becomes. A further kind is one file and one entry."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from core.brand import Brand
from core.errors import ConfigurationError, SixminuteError
from core.ports.clock import Clock
from core.ports.source import RecentPosts, Source, nothing_kept
from ingest.match import Matcher
from ingest.recorded import RecordedFile
from ingest.settings import Networks, SourceSettings
from ingest.sources import reddit_settings
from ingest.sources.bluesky import Bluesky
from ingest.sources.demonstration import Demonstration
from ingest.sources.recording import Recording
from ingest.sources.reddit import Reddit
from ingest.sources.x import X

_Make = Callable[[SourceSettings, Sequence[Brand], Clock, Networks, RecentPosts], Source]
_LONGEST_SWEEP = 3650


def make_source(
    settings: SourceSettings,
    brands: Sequence[Brand],
    clock: Clock,
    networks: Networks,
    recent: RecentPosts = nothing_kept,
) -> Source:
    """The source of a table.

    Args:
        settings: the table.
        brands: the configured ones.
        clock: dates what arrives.
        networks: where the networks are, and who we are there.
        recent: says what is kept of a network, for sources that must ask whether it is still there.

    Raises:
        ConfigurationError: something that its kind needs is missing or wrong, or its file can't be read.
    """
    try:
        return KINDS[settings.kind](settings, brands, clock, networks, recent)
    except SixminuteError as error:
        raise ConfigurationError(f"[[sources]] {settings.name!r}: {error}") from error


def _recording(
    settings: SourceSettings, brands: Sequence[Brand], clock: Clock, _networks: Networks, _recent: RecentPosts
) -> Source:
    if not settings.file.name:
        raise ConfigurationError("a recording needs `file`: name a .csv, .csv.gz, .jsonl or .jsonl.gz file")
    recorded = RecordedFile(
        settings.file,
        brands=brands,
        mapping=settings.map,
        where=settings.where,
        brand=settings.brand,
        source=settings.source,
        table=settings.name,
    )
    return Recording(recorded, clock, speed=settings.speed)


def _demonstration(
    _settings: SourceSettings, _brands: Sequence[Brand], clock: Clock, _networks: Networks, _recent: RecentPosts
) -> Source:
    return Demonstration(clock)


def _bluesky(
    settings: SourceSettings, brands: Sequence[Brand], clock: Clock, networks: Networks, _recent: RecentPosts
) -> Source:
    if not brands:
        raise ConfigurationError("Bluesky is searched for your brands; add [[brands]] first")
    return Bluesky(Matcher(brands, settings.name), networks.bluesky_url, clock)


def _x(
    settings: SourceSettings, brands: Sequence[Brand], clock: Clock, networks: Networks, recent: RecentPosts
) -> Source:
    if not 0 <= settings.sweep_days <= _LONGEST_SWEEP:
        raise ConfigurationError(f"sweep_days {settings.sweep_days}: choose 0 (none) to {_LONGEST_SWEEP}")
    return X(
        brands,
        settings.name,
        networks,
        clock,
        stream=settings.mode == "stream",
        mentions=settings.mentions,
        kept=recent,
        sweep=timedelta(days=settings.sweep_days),
    )


def _reddit(
    settings: SourceSettings, brands: Sequence[Brand], clock: Clock, networks: Networks, recent: RecentPosts
) -> Source:
    account, places = reddit_settings.account(networks), reddit_settings.wanted(settings, brands, networks)
    return Reddit(account, places, Matcher(brands, settings.name), recent, clock)


KINDS: Mapping[str, _Make] = {
    "bluesky": _bluesky,
    "reddit": _reddit,
    "recording": _recording,
    "demonstration": _demonstration,
    "x": _x,
}
