"""Feeds, RSS and Atom: each is asked as often as it changes, and a broken one never stops the others."""

import base64
import contextlib
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlsplit

import msgspec
import structlog

from core.errors import ConfigurationError, SourceError
from core.mention import Mention, mention_id
from core.ports.clock import Clock
from core.ports.source import SourceItem
from ingest.addresses import shown
from ingest.match import Matcher
from ingest.normalise import normalise_language
from ingest.sources.common import NAP
from ingest.sources.feeds_entries import Document, Entry
from ingest.sources.feeds_looks import Answer, Looks
from ingest.sources.feeds_web import UnreadableError, Validators

SHORTEST, LONGEST = 60.0, 1_800.0
"""Seconds between two looks at a feed, at least and at most, unless its server asks to be left alone for longer."""
_FIRST = 300.0
_FASTER, _SLOWER = 0.5, 1.5
_HOPELESS = 3
"""Failures in a row after which a feed counts as one that cannot be read."""
_DOUBLINGS = 5
_AT_ONCE = 4
_SHOWN = 3
TRYING_SECONDS = 8.0
"""Seconds in which all feeds must answer where they are tried out."""
_REMEMBERED = 100
"""Entries that are remembered at least, also those that have gone: some servers show an old document now and then."""
_ID, _WORDS = 6, 4
"""Characters that an entry's id and its words take in the cursor: 36 and 24 bits."""


class _Feed:
    """A feed, when it is due, and what is known of it: its entries as short hashes of id and words."""

    def __init__(self, url: str, known: Mapping[str, Mapping[str, str]]) -> None:
        self.url = url
        self.host = urlsplit(url).hostname or ""
        self.shown = shown(url)
        self.key = _hash(url, 8)
        self.known = dict(known.get(self.key, {}))
        self.validators = Validators()
        self.due: float | None = None
        self.interval = _FIRST
        self.trouble = ""
        self.failures = 0
        self.hopeless = False
        """Whether it failed again and again, without a word about when to come back."""


class Feeds:
    """Entries about the brands, by title and summary.

    A feed that has changed is looked at twice as soon next time, one that hasn't less and less often, within 1 and 30
    minutes. How long the server calls its answer fresh (``max-age``), and the feed's own ``ttl``, count within these;
    ``Retry-After`` counts up to a day. An entry whose words change is an edit. The cursor holds a short hash of each
    entry that was seen, so nothing is missed that stood in a feed when it was looked at.

    Args:
        matcher: finds the brands in a text.
        urls: of the feeds, http or https.
        clock: says when they are due, and dates entries that have no date.

    Raises:
        ConfigurationError: there is no url, or one is none.
    """

    def __init__(self, matcher: Matcher, urls: Sequence[str], clock: Clock) -> None:
        if not urls:
            raise ConfigurationError('feeds need `urls`: name the addresses, urls = ["https://…", …]')
        for number, url in enumerate(urls, 1):
            _check(url, number)
        self._matcher = matcher
        self._clock = clock
        self._urls = tuple(dict.fromkeys(urls))
        self._feeds: list[_Feed] = []
        self._log = structlog.get_logger(__name__)
        self.name = "feeds"

    def items(self, cursor: str) -> Iterator[SourceItem]:
        """Deliver what is new since the cursor; without one, all that stands in the feeds.

        Raises:
            SourceError: not one of the feeds could be read for minutes.
        """
        known = _read_cursor(cursor)
        self._feeds = [_Feed(url, known) for url in self._urls]
        with contextlib.closing(Looks(self._clock)) as looks:
            while True:
                self._ask(looks)
                if (ended := looks.ended()) is None:
                    self._clock.sleep(NAP)
                    yield SourceItem((), (), cursor, heard=False)
                    continue
                feed, answer = self._feed(ended.key), ended.answer
                if isinstance(answer, UnreadableError):
                    self._failed(feed, answer)
                    yield SourceItem((), (), cursor, heard=False, trouble=self._trouble())
                else:
                    item = self._item(feed, answer)
                    cursor = _cursor(self._feeds)
                    yield msgspec.structs.replace(
                        item, cursor=cursor, next_within=self._next_within(), trouble=self._trouble()
                    )

    def try_out(self) -> None:
        """Look at every feed once.

        Raises:
            SourceError: one can't be read, and why.
        """
        feeds = {feed.key: feed for feed in (_Feed(url, {}) for url in self._urls)}
        ends = self._clock.monotonic() + TRYING_SECONDS
        with contextlib.closing(Looks(self._clock)) as looks:
            for feed in feeds.values():
                looks.begin(feed.key, feed.url, feed.validators)
            while looks.going:
                if ended := looks.ended():
                    if isinstance(ended.answer, UnreadableError):
                        raise SourceError(f"{feeds[ended.key].shown} can't be read ({ended.answer}).")
                elif self._clock.monotonic() > ends:
                    late = feeds[next(iter(looks.going))]
                    raise SourceError(f"{late.shown}: no answer within {TRYING_SECONDS:.0f} seconds.")
                else:
                    self._clock.sleep(NAP)

    def _ask(self, looks: Looks) -> None:
        """Begin to ask feeds that are due, a few at once; the longest due first."""
        now = self._clock.monotonic()
        due = [feed for feed in self._feeds if feed.key not in looks.going and (feed.due is None or feed.due <= now)]
        due.sort(key=lambda feed: feed.due or 0.0)
        for feed in due[: _AT_ONCE - len(looks.going)]:
            looks.begin(feed.key, feed.url, feed.validators)

    def _feed(self, key: str) -> _Feed:
        return next(feed for feed in self._feeds if feed.key == key)

    def _failed(self, feed: _Feed, error: UnreadableError) -> None:
        feed.failures += 1
        feed.due = self._clock.monotonic() + max(pause_after(feed.failures), error.wait_seconds)
        # To begin anew would be to ask again at once.
        feed.hopeless = feed.failures >= _HOPELESS and not error.wait_seconds
        reason = str(error)
        if feed.trouble != reason:
            self._log.warning("feed_failed", feed=feed.shown, reason=reason)
        feed.trouble = reason
        if all(each.hopeless for each in self._feeds):
            which = f"{feed.shown} can't" if len(self._feeds) == 1 else "None of the feeds can"
            named = "" if len(self._feeds) == 1 else f"{feed.shown}: "
            raise SourceError(f"{which} be read ({named}{reason}). Trying again.")

    def _trouble(self) -> str:
        """What is wrong with each feed that can't be read, the first few of them."""
        broken = [f"{feed.shown} can't be read ({feed.trouble})" for feed in self._feeds if feed.trouble]
        more = f"; and {len(broken) - _SHOWN} more" if len(broken) > _SHOWN else ""
        return f"{'; '.join(broken[:_SHOWN])}{more}." if broken else ""

    def _next_within(self) -> float:
        """Seconds within which every feed that can be read has been asked again."""
        now = self._clock.monotonic()
        return max(feed.due - now for feed in self._feeds if feed.due is not None and not feed.trouble)

    def _item(self, feed: _Feed, answer: Answer) -> SourceItem:
        now = self._clock.monotonic()
        if feed.trouble:
            self._log.info("feed_well", feed=feed.shown)
        feed.trouble, feed.failures, feed.hopeless = "", 0, False
        feed.validators = answer.validators
        mentions: list[Mention] = []
        skipped = 0
        seen: dict[str, str] = {}
        changed = False
        for entry in answer.document.entries if answer.document else ():
            key, words = _hash(entry.id, _ID), _hash(entry.text, _WORDS)
            seen[key] = words
            before = feed.known.get(key)
            if before != words:
                changed = True
                found = self._mentions(feed, entry, answer.document, edited=before is not None)
                mentions += found
                skipped += not found
        if answer.document:
            feed.known = _remember(seen, feed.known)
        ttl = answer.document.ttl_seconds if answer.document else 0.0
        feed.interval = next_interval(feed.interval, changed=changed, least=max(answer.fresh_seconds, ttl))
        feed.due = now + feed.interval
        return SourceItem(tuple(mentions), (), "", skipped)

    def _mentions(self, feed: _Feed, entry: Entry, document: Document | None, *, edited: bool) -> list[Mention]:
        now = self._clock.now()
        # An id is one feed's own: no other website may speak in its name.
        network_id = f"{feed.host} {entry.id}"
        return [
            Mention(
                id=mention_id("feeds", network_id, brand),
                brand=brand,
                source="feeds",
                network_id=network_id,
                created_at=min(entry.published or now, now),
                ingested_at=now,
                text=entry.text,
                author=entry.author,
                conversation=network_id,
                url=entry.url,
                language_hint=normalise_language(document.language) if document else "",
                revision=int(now.timestamp() * 1e6) if edited else 0,
            )
            for brand in self._matcher.brands_of(entry.text, entry.author)
        ]


def next_interval(interval: float, *, changed: bool, least: float = 0.0) -> float:
    """Seconds until the next look at a feed, from those that lay before this one.

    `least` is how long the server or the feed itself says that nothing new comes.
    """
    following = interval * (_FASTER if changed else _SLOWER)
    return min(max(following, least, SHORTEST), LONGEST)


def pause_after(failures: int) -> float:
    """Seconds until the next look at a feed that has failed so often in a row."""
    return SHORTEST * 2 ** (failures - 1) if failures <= _DOUBLINGS else LONGEST


def _check(url: str, number: int) -> None:
    try:
        parts = urlsplit(url)
        right = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1) and url.isprintable()
    except ValueError:
        right = False
    if not right or " " in url:
        raise ConfigurationError(f"address {number} of `urls` is none: write one such as https://example.org/feed.xml")


def _hash(text: str, length: int) -> str:
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=9).digest()
    return base64.urlsafe_b64encode(digest).decode()[:length]


def _remember(seen: dict[str, str], before: Mapping[str, str]) -> dict[str, str]:
    """What is in the document, and the last of what no longer is."""
    known = dict(seen)
    most = max(_REMEMBERED, len(before))
    for key, words in before.items():
        if len(known) >= most:
            break
        known.setdefault(key, words)
    return known


def _cursor(feeds: Sequence[_Feed]) -> str:
    held = {feed.key: "".join(key + words for key, words in feed.known.items()) for feed in feeds if feed.known}
    return msgspec.json.encode(held).decode()


def _read_cursor(cursor: str) -> dict[str, dict[str, str]]:
    try:
        held = msgspec.json.decode(cursor, type=dict[str, str])
    except msgspec.DecodeError:
        return {}
    size = _ID + _WORDS
    return {
        feed: {known[i : i + _ID]: known[i + _ID : i + size] for i in range(0, len(known) - size + 1, size)}
        for feed, known in held.items()
    }
