"""Every kind of source by its name: what a `[[sources]]` table becomes. A further kind is one file and one entry."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from core.brand import Brand
from core.errors import ConfigurationError, SixminuteError
from core.ports.clock import Clock
from core.ports.source import Source
from ingest.match import Matcher
from ingest.recorded import RecordedFile
from ingest.settings import Networks, SourceSettings
from ingest.sources.bluesky import Bluesky
from ingest.sources.demonstration import Demonstration
from ingest.sources.feeds import Feeds
from ingest.sources.folder import Folder
from ingest.sources.mastodon import MastodonStatuses
from ingest.sources.mastodon_timelines import timelines_of
from ingest.sources.recording import Recording

_Make = Callable[[SourceSettings, Sequence[Brand], Clock, Networks], Source]


def make_source(settings: SourceSettings, brands: Sequence[Brand], clock: Clock, networks: Networks) -> Source:
    """The source of a table.

    Raises:
        ConfigurationError: something that its kind needs is missing or wrong, or its file can't be read.
    """
    try:
        return KINDS[settings.kind](settings, brands, clock, networks)
    except SixminuteError as error:
        raise ConfigurationError(f"[[sources]] {settings.name!r}: {error}") from error


def _recording(settings: SourceSettings, brands: Sequence[Brand], clock: Clock, _networks: Networks) -> Source:
    if not settings.file.name:
        raise ConfigurationError("a recording needs `file`: name a .csv, .csv.gz, .jsonl or .jsonl.gz file")
    recorded = _recorded(settings, brands, settings.file)
    return Recording(recorded, clock, speed=settings.speed)


def _recorded(settings: SourceSettings, brands: Sequence[Brand], path: Path) -> RecordedFile:
    return RecordedFile(
        path,
        brands=brands,
        mapping=settings.map,
        where=settings.where,
        brand=settings.brand,
        source=settings.source,
        table=settings.name,
    )


def _demonstration(_settings: SourceSettings, _brands: Sequence[Brand], clock: Clock, _networks: Networks) -> Source:
    return Demonstration(clock)


def _bluesky(settings: SourceSettings, brands: Sequence[Brand], clock: Clock, networks: Networks) -> Source:
    if not brands:
        raise ConfigurationError("Bluesky is searched for your brands; add [[brands]] first")
    return Bluesky(Matcher(brands, settings.name), networks.bluesky_url, clock)


def _feeds(settings: SourceSettings, brands: Sequence[Brand], clock: Clock, _networks: Networks) -> Source:
    if not brands:
        raise ConfigurationError("feeds are searched for your brands; add [[brands]] first")
    return Feeds(Matcher(brands, settings.name), settings.urls, clock)


def _mastodon(settings: SourceSettings, brands: Sequence[Brand], clock: Clock, networks: Networks) -> Source:
    if not brands:
        raise ConfigurationError("Mastodon is searched for your brands; add [[brands]] first")
    for name in ("mastodon_base_url", "mastodon_access_token"):
        if not getattr(networks, name):
            raise ConfigurationError(f"Mastodon needs {name}: set SIXMINUTE_{name.upper()}")
    timelines = timelines_of(settings.hashtags, public=settings.public)
    matcher = Matcher(brands, settings.name)
    return MastodonStatuses(matcher, networks.mastodon_base_url, networks.mastodon_access_token, timelines, clock)


def _folder(settings: SourceSettings, brands: Sequence[Brand], clock: Clock, _networks: Networks) -> Source:
    if not settings.folder.name:
        raise ConfigurationError("a folder needs `folder`: name the one that files are dropped into")
    return Folder(settings.folder, partial(_recorded, settings, brands), clock)


KINDS: Mapping[str, _Make] = {
    "bluesky": _bluesky,
    "recording": _recording,
    "demonstration": _demonstration,
    "feeds": _feeds,
    "mastodon": _mastodon,
    "folder": _folder,
}
