"""What Mastodon's statuses and the lines of its streams say (pure).

The wire format is that of its API (https://docs.joinmastodon.org/entities/Status/, …/methods/streaming/).
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from core.mention import MAX_TEXT, MOST_FOLLOWERS, YEARS, Mention, mention_id
from ingest.addresses import as_link
from ingest.markup import without_markup
from ingest.match import Matcher
from ingest.normalise import normalise, normalise_language, normalise_line
from ingest.times import parse_time

LONGEST = 1 << 20
"""Bytes of a line of a stream, and of all that belongs to one event."""
_LONGEST_ID, _LONGEST_NAME, _LONGEST_URL = 100, 200, 2_000
_SHOWN_TO_ALL = frozenset({"public", "unlisted"})


class Account(Struct, frozen=True):
    """Who wrote it: the name alone, with @ and domain where the account is of another instance."""

    acct: str | None = None
    followers_count: int | None = None


class Status(Struct, frozen=True):
    """What is read of a status. Moments are text in a stream; in a timeline the library has read them already."""

    id: str | int
    content: str | None = None
    spoiler_text: str | None = None
    created_at: Any = None
    edited_at: Any = None
    account: Account | None = None
    in_reply_to_id: str | int | None = None
    language: str | None = None
    url: str | None = None
    uri: str | None = None
    visibility: str | None = None
    reblog: Any = None

    @property
    def revision(self) -> int:
        """0 before the first edit, then the moment of the last one."""
        edited = _moment(self.edited_at)
        return int(edited.timestamp() * 1e6) if edited else 0


class Said(NamedTuple):
    """Something that a stream said: the name of an event, empty for a keep-alive, and what belongs to it."""

    event: str
    data: bytes


_decoder = msgspec.json.Decoder(Status)


def read_status(given: object) -> Status:
    """A status out of the JSON of a stream, or as the library gives it.

    Raises:
        ValueError: it is none.
    """
    try:
        status = _decoder.decode(given) if isinstance(given, bytes) else msgspec.convert(given, Status)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError(str(error)) from error
    check_id(str(status.id))
    return status


def check_id(id_: str) -> None:
    """Refuse what can't be the id of a status.

    Raises:
        ValueError: it can't be.
    """
    if not (id_.isascii() and id_.isalnum() and len(id_) <= _LONGEST_ID):
        raise ValueError(f"{id_[:_LONGEST_ID]!r} is no id")


def order(id_: str) -> tuple[int, str]:
    """By what ids are put in the order of time: longer ones are later, for they are numbers or equally long."""
    return len(id_), id_


def mentions_in(status: Status, matcher: Matcher, now: datetime) -> list[Mention]:
    """The mentions in a status that everybody may read; a content warning stands before the words that it warns of."""
    if status.reblog is not None or (status.visibility or "public") not in _SHOWN_TO_ALL:
        return []
    words = (normalise(status.spoiler_text or ""), normalise(without_markup(status.content or "")))
    text = "\n\n".join(part for part in words if part)[:MAX_TEXT].rstrip()
    account = status.account or Account()
    author = normalise_line(account.acct or "", _LONGEST_NAME)
    id_ = str(status.id)
    url = normalise_line(status.url or status.uri or "", _LONGEST_URL)
    reply = normalise_line(str(status.in_reply_to_id or ""), _LONGEST_ID)
    return [
        Mention(
            id=mention_id("mastodon", id_, brand),
            brand=brand,
            source="mastodon",
            network_id=id_,
            created_at=min(_moment(status.created_at) or now, now),
            ingested_at=now,
            text=text,
            author=author,
            conversation=reply or id_,
            in_reply_to=reply,
            url=as_link(url),
            language_hint=normalise_language(status.language or ""),
            followers=account.followers_count if 0 <= (account.followers_count or 0) <= MOST_FOLLOWERS else None,
            revision=status.revision,
        )
        for brand in matcher.brands_of(text, author)
    ]


class Lines:
    """Puts what comes in pieces together to what a stream says (server-sent events).

    What makes no sense, or is longer than anything should be, is nothing.
    """

    def __init__(self) -> None:
        self._waiting = b""
        self._too_long = False
        self._event = ""
        self._data: list[bytes] = []
        self._size = 0

    def add(self, piece: bytes) -> Iterator[Said]:
        """What is complete with this piece."""
        *lines, self._waiting = (self._waiting + piece).split(b"\n")
        for line in lines:
            said = None if self._too_long else self._line(line.removesuffix(b"\r"))
            self._too_long = False
            if said:
                yield said
        if len(self._waiting) > LONGEST:
            self._waiting, self._too_long = b"", True

    def _line(self, line: bytes) -> Said | None:
        name, _, value = line.partition(b":")
        if not line:
            said = Said(self._event, b"\n".join(self._data)) if self._event and self._size <= LONGEST else None
            self._event, self._data, self._size = "", [], 0
            return said
        if not name:
            return Said("", b"")
        if name == b"event":
            self._event = value.strip().decode("utf-8", "replace")
        elif name == b"data":
            self._size += len(line)
            if self._size <= LONGEST:
                self._data.append(value.removeprefix(b" "))
            else:
                self._data.clear()
        return None


def _moment(given: object) -> datetime | None:
    if isinstance(given, str):
        try:
            return parse_time(given)
        except ValueError:
            return None
    if isinstance(given, datetime) and given.year in YEARS:
        return given.replace(tzinfo=given.tzinfo or UTC).astimezone(UTC)
    return None
