"""How far each timeline of an instance is delivered (pure)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec
import regex
from msgspec import Struct

from core.errors import ConfigurationError
from ingest.sources.mastodon_statuses import order

MOST_TAGS = 20
_TAG = regex.compile(r"[\p{L}\p{M}\p{N}_]{1,100}")
# An id of Mastodon is the moment of a status in milliseconds since 1970, and 16 more bits.
_SNOWFLAKE_DIGITS = 17
_LATE = 120_000 << 16
"""Statuses of other instances come late, with the id of the moment when they were written."""


class _Cursor(Struct, frozen=True):
    """For each timeline the last status up to which all is delivered, and when (seconds since 1970) that was so."""

    instance: str
    places: dict[str, tuple[str, float]]


class Timeline:
    """How far a timeline is delivered: up to `place`; `ahead` came from the stream while older ones are fetched."""

    def __init__(self, name: str, place: str, at: float, heard: float) -> None:
        self.name = name
        self.place = place
        self.at = at
        self.ahead = ""
        self.after = _earlier(place)
        self.open = self.filled = self.asked = False
        self.pages = 0
        self.heard = heard

    def fill(self) -> None:
        """From here on the stream alone has all there is."""
        self.filled = True
        self.place = max(self.place, self.ahead, key=order)

    def advance(self, id_: str, now: datetime) -> None:
        """The stream has brought this status."""
        if self.filled:
            self.place, self.at = max(self.place, id_, key=order), now.timestamp()
        else:
            self.ahead = max(self.ahead, id_, key=order)


def timelines_of(hashtags: Sequence[str], *, public: bool) -> tuple[str, ...]:
    """What a `[[sources]]` table asks for, as names of timelines.

    Raises:
        ConfigurationError: it asks for nothing, for too much, or for what is no hashtag.
    """
    tags = [tag.strip().removeprefix("#") for tag in hashtags]
    for tag in tags:
        if not _TAG.fullmatch(tag):
            raise ConfigurationError(f"{tag[:40]!r} in `hashtags` is no hashtag: letters, digits and _ only")
    if len(tags) > MOST_TAGS:
        raise ConfigurationError(
            f"{len(tags)} hashtags: name {MOST_TAGS} at most, or follow everything (`public = true`)"
        )
    if not (tags or public):
        raise ConfigurationError('Mastodon needs `hashtags = ["…"]` or `public = true`: say what to follow')
    return (*(("",) if public else ()), *tags)


def _earlier(place: str) -> str:
    """Where to begin to fetch: a little before what was seen last."""
    if len(place) >= _SNOWFLAKE_DIGITS and place.isdecimal():
        return str(max(int(place) - _LATE, 0))
    return place


def write_cursor(host: str, timelines: Iterable[Timeline]) -> str:
    """Where all of them stand, as a short text; empty where they have only begun."""
    places = {timeline.name: (timeline.place, timeline.at) for timeline in timelines if timeline.place}
    return msgspec.json.encode(_Cursor(host, places)).decode() if places else ""


def read_cursor(cursor: str, host: str) -> Mapping[str, tuple[str, float]]:
    """Ids are an instance's own: the cursor of another one says nothing here."""
    try:
        found = msgspec.json.decode(cursor, type=_Cursor)
    except msgspec.DecodeError:
        return {}
    return found.places if found.instance == host else {}
