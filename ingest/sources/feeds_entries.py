"""What stands in a feed, RSS or Atom (pure)."""

import calendar
import io
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import feedparser
import msgspec
from msgspec import Struct

from core.identity import identity
from core.mention import MAX_TEXT, YEARS
from ingest.addresses import as_link
from ingest.markup import without_markup
from ingest.normalise import normalise, normalise_line

MOST = 1_000
"""Entries of one feed that are read, the newest."""
_MOST_TAGS = 300_000
"""The parser is slow and hungry where tags stand within tags; no feed of 5 MiB has so many."""
# Half a surrogate pair by its number (D800 to DFFF) is no letter, and in a feed that is badly made breaks the parser.
_HALF = re.compile(
    rb"&#(?:[xX]0*[dD][89a-fA-F][0-9a-fA-F]{2}|0*5(?:529[6-9]|5[3-9]\d\d|6\d{3}|7[0-2]\d\d|73[0-3]\d|734[0-3]));"
)
_LONGEST_NAME = 200
_LONGEST_ID = 200
_LONGEST_URL = 2_000
_LONGEST_TTL = 10_000


class Entry(Struct, frozen=True):
    """An entry: by what it is known in its feed, its words, and when it was published, where that is said (UTC)."""

    id: str
    text: str
    author: str
    url: str
    published: datetime | None


class Document(Struct, frozen=True):
    """A feed: its entries, the language it names, and how many seconds it wants to be left alone (``ttl``)."""

    entries: tuple[Entry, ...]
    language: str
    ttl_seconds: float


def read_document(document: bytes, media_type: str, address: str) -> Document:
    """The entries of a feed, without repeats. What breaks off or is badly made gives what can be read of it.

    Args:
        document: RSS or Atom.
        media_type: the Content-Type that it came with, which may name the encoding.
        address: where it came from: relative links lead on from there.

    Raises:
        ValueError: it is no feed.
    """
    if document.count(b"<") > _MOST_TAGS:
        raise ValueError("it has too many tags for a feed")
    # As a stream: of bytes feedparser thinks that they may be the name of a file.
    parsed = feedparser.parse(
        io.BytesIO(_HALF.sub(b"&#xFFFD;", document)),
        response_headers={"content-type": media_type, "content-location": address},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    if not (parsed.get("version") or parsed.entries):
        raise ValueError("what stands there is no feed")
    found = [_entry(each, parsed.feed) for each in parsed.entries]
    found.sort(key=lambda each: each.published or datetime.max.replace(tzinfo=UTC), reverse=True)
    return Document(
        tuple(_told_apart(found[:MOST])),
        normalise_line(str(parsed.feed.get("language") or ""), _LONGEST_NAME),
        _ttl(parsed.feed.get("ttl")),
    )


def _entry(parsed: dict[str, Any], feed: Mapping[str, Any]) -> Entry:
    title = _plain(parsed.get("title_detail"))
    contents: Sequence[Mapping[str, Any]] = parsed.get("content") or ()
    summary = _plain(parsed.get("summary_detail")) or _plain(next(iter(contents), None))
    text = summary if summary.startswith(title) else f"{title}\n\n{summary}".strip()
    text = text[:MAX_TEXT].rstrip()
    published = _moment(parsed, "published_parsed") or _moment(parsed, "updated_parsed")
    url = normalise_line(str(parsed.get("link") or ""), _LONGEST_URL)
    return Entry(
        _id(str(parsed.get("id") or "") or url, title or text, published),
        text,
        normalise_line(str(parsed.get("author") or feed.get("title") or ""), _LONGEST_NAME),
        as_link(url),
        published,
    )


def _plain(detail: Mapping[str, Any] | None) -> str:
    if not detail:
        return ""
    written = str(detail.get("value") or "")
    return normalise(written if detail.get("type") == "text/plain" else without_markup(written))


def _id(written: str, title: str, published: datetime | None) -> str:
    if not written:
        return identity("entry", title, published.isoformat() if published else "")
    return written if len(written) <= _LONGEST_ID and written.isprintable() else identity("entry", written)


def _moment(parsed: dict[str, Any], name: str) -> datetime | None:
    # Not as the parser would have it: where one date is missing, it gives another and warns.
    parts = dict.get(parsed, name)
    if not parts:
        return None
    try:
        moment = datetime.fromtimestamp(calendar.timegm(parts), UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return moment if moment.year in YEARS else None


def _told_apart(entries: Sequence[Entry]) -> list[Entry]:
    """Without repeats. Some feeds give different entries one id: these are known by their words, too."""
    texts: defaultdict[str, set[str]] = defaultdict(set)
    for entry in entries:
        texts[entry.id].add(entry.text)
    kept: dict[str, Entry] = {}
    for entry in entries:
        shared = len(texts[entry.id]) > 1
        key = identity("entry", entry.id, entry.text) if shared else entry.id
        kept.setdefault(key, msgspec.structs.replace(entry, id=key))
    return list(kept.values())


def _ttl(written: object) -> float:
    minutes = str(written or "").strip()
    return min(int(minutes[:9]), _LONGEST_TTL) * 60.0 if minutes.isascii() and minutes.isdigit() else 0.0
