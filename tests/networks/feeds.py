"""Feeds, RSS 2.0 and Atom, as websites give them: with validators and 304, moved, gone, or badly made.

From the RSS 2.0 specification (guid and pubDate of an item may be missing), RFC 4287 for Atom, and RFC 9110 for
conditional requests (If-None-Match goes before If-Modified-Since), 301, 308, 302 and 410.
"""

import hashlib
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Literal
from xml.sax.saxutils import escape, quoteattr

from msgspec import Struct, field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from tests.networks.server import NetworkServer, nothing_here

TYPES = {"rss": "application/rss+xml", "atom": "application/atom+xml"}


class Entry(Struct):
    """An item of RSS or an entry of Atom; `id`, `link`, `author` and `published` are left out where they are empty.

    `summary` is HTML.
    """

    title: str
    summary: str = ""
    id: str = ""
    link: str = ""
    author: str = ""
    published: datetime | None = None
    updated: datetime | None = None


class Feed(Struct):
    """A feed with its entries, the newest first.

    It is sent in `encoding`. `declared` is what the XML declaration says instead, and `charset` what the header says
    (nothing if empty): where these differ, the feed has a wrong encoding. `validators` are those that it has:
    `modified` is its Last-Modified, the ETag comes from the content.
    """

    title: str
    entries: list[Entry] = field(default_factory=list)
    format: Literal["rss", "atom"] = "rss"
    encoding: str = "utf-8"
    declared: str = ""
    charset: str = ""
    validators: frozenset[Literal["etag", "last-modified"]] = frozenset({"etag", "last-modified"})
    modified: datetime = datetime(2026, 11, 22, 1, tzinfo=UTC)

    def body(self) -> bytes:
        """The document."""
        write = rss if self.format == "rss" else atom
        declaration = f'<?xml version="1.0" encoding="{self.declared or self.encoding}"?>\n'
        return (declaration + write(self)).encode(self.encoding, "xmlcharrefreplace")


def element(name: str, text: str, **attributes: str) -> str:
    """An element, or nothing where there's nothing in it."""
    inside = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    return f"<{name}{inside}>{escape(text)}</{name}>" if text else ""


def rss(feed: Feed) -> str:
    """As RSS 2.0; an author is written as Dublin Core's creator, as most websites do."""
    items = [
        element("title", entry.title)
        + element("link", entry.link)
        + element("description", entry.summary)
        + element("guid", entry.id, isPermaLink="false")
        + element("dc:creator", entry.author)
        + (element("pubDate", format_datetime(entry.published)) if entry.published else "")
        for entry in feed.entries
    ]
    return (
        '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
        + element("title", feed.title)
        + "<link>https://example.org/</link><description>All news</description>"
        + "".join(f"<item>{item}</item>" for item in items)
        + "</channel></rss>"
    )


def atom(feed: Feed) -> str:
    """As Atom."""
    entries = [
        element("title", entry.title)
        + (f'<link rel="alternate" href={quoteattr(entry.link)}/>' if entry.link else "")
        + element("summary", entry.summary, type="html")
        + element("id", entry.id)
        + (f"<author>{element('name', entry.author)}</author>" if entry.author else "")
        + (element("published", entry.published.isoformat()) if entry.published else "")
        + (element("updated", entry.updated.isoformat()) if entry.updated else "")
        for entry in feed.entries
    ]
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom">'
        + element("title", feed.title)
        + element("updated", feed.modified.isoformat())
        + "<id>urn:example:feed</id>"
        + "".join(f"<entry>{entry}</entry>" for entry in entries)
        + "</feed>"
    )


class FeedServer(NetworkServer):
    """A website with what tests put onto it.

    `feeds` by path. `moved` leads from a path to the status and the address that it is told, a path or a whole URL;
    `gone` are paths that were feeds once (410).
    """

    def __init__(self) -> None:
        self.feeds: dict[str, Feed] = {}
        self.moved: dict[str, tuple[int, str]] = {}
        self.gone: set[str] = set()
        super().__init__([Route("/{path:path}", self._get)])

    def move(self, old: str, new: str, status: int = 301) -> None:
        """The feed is at another path now; the old one redirects."""
        self.feeds[new] = self.feeds.pop(old)
        self.moved[old] = (status, new)

    async def _get(self, request: Request) -> ASGIApp:
        path = request.url.path
        if path in self.moved:
            status, address = self.moved[path]
            return Response(status_code=status, headers={"location": address})
        if path in self.gone:
            return Response("Gone", 410)
        if path not in self.feeds:
            return nothing_here
        feed = self.feeds[path]
        body = feed.body()
        headers = self._validators(feed, body)
        if self._unchanged(request, headers):
            return Response(status_code=304, headers=headers)
        charset = f"; charset={feed.charset}" if feed.charset else ""
        return Response(body, headers={**headers, "content-type": TYPES[feed.format] + charset})

    def _validators(self, feed: Feed, body: bytes) -> dict[str, str]:
        known = {
            "etag": f'"{hashlib.sha256(body).hexdigest()[:16]}"',
            "last-modified": format_datetime(feed.modified, usegmt=True),
        }
        return {name: value for name, value in known.items() if name in feed.validators}

    def _unchanged(self, request: Request, headers: dict[str, str]) -> bool:
        if (tags := request.headers.get("if-none-match")) and "etag" in headers:
            return headers["etag"] in [tag.strip().removeprefix("W/") for tag in tags.split(",")]
        since = request.headers.get("if-modified-since")
        if since and "last-modified" in headers:
            return parsedate_to_datetime(headers["last-modified"]) <= parsedate_to_datetime(since)
        return False
