"""Bluesky, by its Jetstream: every public post as it is written, no key needed. Which are about a brand is found here.

The wire format is that of Jetstream's first version (https://github.com/bluesky-social/jetstream). It keeps 36 hours;
a cursor is the moment of an event in microseconds since 1970; the event at the cursor comes once more.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode

import msgspec
from msgspec import Meta, Struct
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from core.errors import SourceError
from core.mention import MAX_TEXT, Mention, mention_id
from core.ports.clock import Clock
from core.ports.source import Gap, Removal, SourceItem
from ingest.addresses import shown, shown_in
from ingest.match import Matcher
from ingest.normalise import normalise, normalise_language, normalise_line
from ingest.sources.common import NAP, put_aside
from ingest.times import parse_time

BATCH = 500
PATIENCE = timedelta(seconds=60)
"""The whole network is never silent for so long: the line is dead, whatever it says."""
KEPT = timedelta(hours=36)
"""How far back Jetstream goes."""
_SAVE_EVERY = timedelta(seconds=5)
"""How often the place is told where nothing was about a brand."""
_COLLECTION = "app.bsky.feed.post"
_LONGEST_EVENT = 1 << 20
"""Bytes of an event that is read; Jetstream is asked to leave out longer ones, which no app writes."""
_LONGEST_FRAME = 16 << 20
"""Bytes that are taken all the same, from a Jetstream that sends everything: what breaks the line would come again.

A commit has 2 MB at most (https://atproto.com/specs/sync), and JSON writes six bytes for one at most."""
_LONGEST_BATCH = 4 << 20
"""Bytes after which a batch is full."""
_LONGEST_URI = 2_000
_CONNECT_SECONDS = 10.0
_CLOSE_SECONDS = 1.0
_GONE = frozenset({"deleted", "takendown"})
_EARLIEST_US = 1_577_836_800_000_000
"""The year 2020: Bluesky is younger."""
_AHEAD_US = 86_400_000_000


class _Place(Struct, frozen=True):
    uri: str = ""


class _Reply(Struct, frozen=True):
    root: _Place = _Place()
    parent: _Place = _Place()


class _Record(Struct, frozen=True, rename="camel"):
    text: str = ""
    langs: tuple[str, ...] | None = None
    created_at: str = ""
    reply: _Reply | None = None


_Id = Annotated[str, Meta(max_length=1_000, pattern=r"^[!-~]+\Z")]
"""Longer than any DID or key is, and without blanks."""


class _Commit(Struct, frozen=True):
    operation: str
    collection: str
    rkey: _Id
    record: _Record | None = None


class _Account(Struct, frozen=True):
    active: bool = True
    status: str = ""


class _Event(Struct, frozen=True):
    did: _Id
    time_us: int
    kind: str
    commit: _Commit | None = None
    account: _Account | None = None


class _LongEvent(Struct, frozen=True):
    time_us: int


_decoder = msgspec.json.Decoder(_Event)
_long_decoder = msgspec.json.Decoder(_LongEvent)


class Bluesky:
    """Posts about the brands out of everything that is posted.

    Edits replace, deletions and accounts that are deleted or taken down are passed on. A post is dated as its author
    says, but never later than Jetstream saw it. What can't be read or is far too long is a dead row
    where it names a brand; else it is only counted, or anybody could fill the dead letters.

    Args:
        matcher: finds the brands in a text.
        url: of a Jetstream, ``wss://…``.
        clock: dates what arrives.
        patience: after so long without a sign of life the line is given up.
    """

    def __init__(self, matcher: Matcher, url: str, clock: Clock, *, patience: timedelta = PATIENCE) -> None:
        self._matcher = matcher
        self._url = url.rstrip("/")
        self._clock = clock
        self._patience = patience.total_seconds()
        self.name = "bluesky"

    def items(self, cursor: str) -> Iterator[SourceItem]:
        """Deliver from the cursor on, or from now. Where nothing comes, items without mentions do.

        Raises:
            SourceError: Jetstream can't be reached, closes the line or falls silent.
        """
        saved = _moment_in(cursor, self._clock.now())
        query = {"wantedCollections": _COLLECTION, "maxMessageSizeBytes": str(_LONGEST_EVENT)}
        query |= {"cursor": str(saved)} if saved else {}
        try:
            with connect(
                f"{self._url}/subscribe?{urlencode(query)}",
                open_timeout=_CONNECT_SECONDS,
                close_timeout=_CLOSE_SECONDS,
                max_size=_LONGEST_FRAME,
                user_agent_header="sixminute",
            ) as line:
                yield from self._listen(line, saved)
        except (OSError, WebSocketException) as error:
            reason = shown_in(str(error).partition("\n")[0]) or type(error).__name__
            raise SourceError(f"Bluesky can't be read from {shown(self._url)} ({reason}). Trying again.") from error

    def _listen(self, line: ClientConnection, saved: int) -> Iterator[SourceItem]:
        heard = told = self._clock.monotonic()
        saved, lost = _gone(saved, self._clock.now())
        place = saved
        while True:
            events = _waiting(line)
            now = self._clock.monotonic()
            if events:
                heard = now
            elif now - heard > self._patience:
                raise SourceError(f"Bluesky has said nothing for {self._patience:.0f} s. Connecting anew.")
            item, place = self._item(events, place)
            if item.mentions or item.dead or item.removed or now - told >= _SAVE_EVERY.total_seconds():
                saved, told = place, now
            yield msgspec.structs.replace(item, cursor=str(saved) if saved else "", heard=bool(events), lost=lost)
            lost = ()

    def _item(self, events: Sequence[bytes], place: int) -> tuple[SourceItem, int]:
        now = self._clock.now()
        mentions: list[Mention] = []
        dead: list[tuple[str, str]] = []
        removed: list[Removal] = []
        skipped = 0
        for raw in events:
            try:
                if len(raw) > _LONGEST_EVENT:
                    place = max(place, _reached(_long_decoder.decode(raw).time_us, now))
                    raise msgspec.ValidationError(f"it is longer than {_LONGEST_EVENT} bytes")
                event = _decoder.decode(raw)
                _check_moment(event.time_us, now)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                reason = f"Bluesky sent what can't be read: {error}"
                skipped += put_aside(raw[:_LONGEST_EVENT], reason, self._matcher, dead)
                continue
            place = max(place, _reached(event.time_us, now))
            found = self._mentions(event, now)
            mentions += found
            gone = _removal(event)
            removed += [gone] if gone else []
            skipped += not found and not gone
        return SourceItem(tuple(mentions), tuple(dead), "", skipped, None, tuple(removed)), place

    def _mentions(self, event: _Event, now: datetime) -> list[Mention]:
        commit = event.commit
        if commit is None or commit.record is None or commit.collection != _COLLECTION:
            return []
        record = commit.record
        text = normalise(record.text)[:MAX_TEXT].rstrip()
        brands = self._matcher.brands_of(text, event.did)
        if not brands:
            return []
        network_id = _uri(event.did, commit.rkey)
        reply = record.reply or _Reply()
        languages = record.langs or ()
        return [
            Mention(
                id=mention_id("bluesky", network_id, brand),
                brand=brand,
                source="bluesky",
                network_id=network_id,
                created_at=min(_created_at(record.created_at, event.time_us), now),
                ingested_at=now,
                text=text,
                author=event.did,
                conversation=normalise_line(reply.root.uri, _LONGEST_URI) or network_id,
                in_reply_to=normalise_line(reply.parent.uri, _LONGEST_URI),
                url=f"https://bsky.app/profile/{event.did}/post/{commit.rkey}",
                language_hint=normalise_language(languages[0]) if len(languages) == 1 else "",
                revision=event.time_us if commit.operation == "update" else 0,
            )
            for brand in brands
        ]


def _waiting(line: ClientConnection) -> list[bytes]:
    """What has arrived, `BATCH` or `_LONGEST_BATCH` at most; waits `NAP` seconds for the first."""
    events: list[bytes] = []
    size = 0
    try:
        while len(events) < BATCH and size < _LONGEST_BATCH:
            events.append(line.recv(timeout=0 if events else NAP, decode=False))
            size += len(events[-1])
    except TimeoutError:
        pass
    return events


def _moment_in(cursor: str, now: datetime) -> int:
    """Where a cursor stands; 0 where nobody can have stood there."""
    try:
        _check_moment(int(cursor), now)
    except ValueError:
        return 0
    return _reached(int(cursor), now)


def _gone(saved: int, now: datetime) -> tuple[int, tuple[Gap, ...]]:
    """Where it goes on, and what can't be had any more: the place moves with it, so that it is told once."""
    oldest = now - KEPT
    if not saved or _moment(saved) >= oldest - PATIENCE:
        return saved, ()  # moments that pass while it connects are not worth telling
    reason = f"Jetstream keeps {KEPT // timedelta(hours=1)} hours, and it wasn't listened to for longer"
    return int(oldest.timestamp() * 1e6), (Gap(since=_moment(saved), until=oldest, reason=reason),)


def _reached(time_us: int, now: datetime) -> int:
    """How far an event brings us: never past now, because what is written until then would be passed over."""
    return min(time_us, int(now.timestamp() * 1e6))


def _check_moment(time_us: int, now: datetime) -> None:
    """Refuse a moment that can't be: as a cursor it would silence the source for good."""
    if not _EARLIEST_US <= time_us <= now.timestamp() * 1e6 + _AHEAD_US:
        raise msgspec.ValidationError(f"time_us {time_us} is no moment of a post")


def _removal(event: _Event) -> Removal | None:
    if event.account and not event.account.active and event.account.status in _GONE:
        return Removal(source="bluesky", author=event.did)
    commit = event.commit
    if commit and commit.operation == "delete" and commit.collection == _COLLECTION:
        return Removal(source="bluesky", network_id=_uri(event.did, commit.rkey))
    return None


def _uri(did: str, rkey: str) -> str:
    return f"at://{did}/{_COLLECTION}/{rkey}"


def _moment(time_us: int) -> datetime:
    return datetime.fromtimestamp(time_us / 1e6, UTC)


def _created_at(said: str, time_us: int) -> datetime:
    seen = _moment(time_us)
    try:
        return min(parse_time(said), seen)
    except ValueError:
        return seen
