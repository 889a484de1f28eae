"""Every kind of source by its name: what a `[[sources]]` table becomes. A further kind is one file and one entry."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

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
from ingest.sources.feeds import Feeds
from ingest.sources.folder import Folder
from ingest.sources.mastodon import MastodonStatuses
from ingest.sources.mastodon_timelines import timelines_of
from ingest.sources.recording import Recording
from ingest.sources.reddit import Reddit
from ingest.sources.x import X
from ingest.sources.x_wanted import Wanted, never

_LONGEST_SWEEP = 3650


class _Given(NamedTuple):
    """What a source may be made of."""

    table: SourceSettings
    brands: Sequence[Brand]
    clock: Clock
    networks: Networks
    recent: RecentPosts
    narrow: Callable[[], bool]

    def matcher(self, network: str) -> Matcher:
        """Finds the brands in what a network sends.

        Raises:
            ConfigurationError: there are none.
        """
        if not self.brands:
            raise ConfigurationError(f"{network} is searched for your brands; add [[brands]] first")
        return Matcher(self.brands, self.table.name)

    def recorded(self, path: Path) -> RecordedFile:
        """A file, read as the table says."""
        table = self.table
        return RecordedFile(
            path,
            brands=self.brands,
            mapping=table.map,
            where=table.where,
            brand=table.brand,
            source=table.source or ("folder" if table.kind == "folder" else "x"),
            table=table.name,
        )


def make_source(
    settings: SourceSettings,
    brands: Sequence[Brand],
    clock: Clock,
    networks: Networks,
    recent: RecentPosts = nothing_kept,
    *,
    narrow: Callable[[], bool] = never,
) -> Source:
    """The source of a table.

    Args:
        settings: the table.
        brands: the configured ones.
        clock: dates what arrives.
        networks: where the networks are, and who we are there.
        recent: says what is kept of a network, for sources that must ask whether it is still there.
        narrow: says whether a budget asks to read only what matters most, for sources of networks that bill.

    Raises:
        ConfigurationError: something that its kind needs is missing or wrong, or its file can't be read.
    """
    try:
        return KINDS[settings.kind](_Given(settings, brands, clock, networks, recent, narrow))
    except SixminuteError as error:
        raise ConfigurationError(f"[[sources]] {settings.name!r}: {error}") from error


def _recording(given: _Given) -> Source:
    if not given.table.file.name:
        raise ConfigurationError("a recording needs `file`: name a .csv, .csv.gz, .jsonl or .jsonl.gz file")
    return Recording(given.recorded(given.table.file), given.clock, speed=given.table.speed)


def _demonstration(given: _Given) -> Source:
    return Demonstration(given.clock)


def _bluesky(given: _Given) -> Source:
    return Bluesky(given.matcher("Bluesky"), given.networks.bluesky_url, given.clock)


def _x(given: _Given) -> Source:
    table = given.table
    if not 0 <= table.sweep_days <= _LONGEST_SWEEP:
        raise ConfigurationError(f"sweep_days {table.sweep_days}: choose 0 (none) to {_LONGEST_SWEEP}")
    wanted = Wanted(
        brands=given.brands,
        name=table.name,
        networks=given.networks,
        clock=given.clock,
        stream=table.mode == "stream",
        mentions=table.mentions,
        kept=given.recent,
        sweep=timedelta(days=table.sweep_days),
        narrow=given.narrow,
    )
    return X(wanted)


def _reddit(given: _Given) -> Source:
    account = reddit_settings.account(given.networks)
    places = reddit_settings.wanted(given.table, given.brands, given.networks)
    return Reddit(account, places, Matcher(given.brands, given.table.name), given.recent, given.clock)


def _mastodon(given: _Given) -> Source:
    matcher, networks = given.matcher("Mastodon"), given.networks
    for name in ("mastodon_base_url", "mastodon_access_token"):
        if not getattr(networks, name):
            raise ConfigurationError(f"Mastodon needs {name}: set SIXMINUTE_{name.upper()}")
    timelines = timelines_of(given.table.hashtags, public=given.table.public)
    return MastodonStatuses(
        matcher, networks.mastodon_base_url, networks.mastodon_access_token, timelines, given.clock
    )  # fmt: skip


def _feeds(given: _Given) -> Source:
    return Feeds(given.matcher("a feed"), given.table.urls, given.clock)


def _folder(given: _Given) -> Source:
    if not given.table.folder.name:
        raise ConfigurationError("a folder needs `folder`: name the one that files are dropped into")
    return Folder(given.table.folder, given.recorded, given.clock)


KINDS: Mapping[str, Callable[[_Given], Source]] = {
    "bluesky": _bluesky,
    "x": _x,
    "reddit": _reddit,
    "mastodon": _mastodon,
    "feeds": _feeds,
    "folder": _folder,
    "recording": _recording,
    "demonstration": _demonstration,
}
