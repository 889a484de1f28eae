"""Comments and submissions out of Reddit's answers, and the mentions in them (pure).

From Reddit's API documentation: a listing holds things of the kinds t1 (comment) and t3 (submission), whose fullnames
are ``t1_…`` and ``t3_…``. An author who deletes a thing, or the account, becomes ``[deleted]``.
"""

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

import msgspec
from msgspec import Meta, Struct

from core.errors import SourceError
from core.mention import MAX_TEXT, Mention, mention_id
from ingest.match import Matcher
from ingest.normalise import normalise, normalise_line

SOURCE = "reddit"
WEBSITE = "https://www.reddit.com"
_KINDS = frozenset({"t1", "t3"})
_NAME = re.compile(r"t[13]_[0-9a-z]{1,16}")
_SUBMISSION_IN_PATH = re.compile(r"/comments/([0-9a-z]{1,16})(?:/|$)")
_TAKEN_AWAY = frozenset({"[deleted]", "[removed]", "[ removed by reddit ]", "[deleted by user]"})
_EARLIEST = 1_104_537_600.0
"""The year 2005: Reddit is younger."""
_AHEAD = 86_400.0
_LONGEST_NAME = 100
_SHOWN = 500


class Thing(Struct, frozen=True, kw_only=True):
    """A comment or submission.

    `created` and `edited` are seconds since 1970; `edited` is 0 if it never was. `gone`: its author or a moderator took
    it away, or its author is no longer there. `text` is normalised, a submission's begins with its title.
    """

    name: str
    created: float
    edited: float = 0.0
    author: str = ""
    text: str = ""
    conversation: str = ""
    parent: str = ""
    url: str = ""
    gone: bool = False


class Broken(Struct, frozen=True):
    """What can't be read: its fullname, if that can, the JSON that it came as, and why."""

    name: str
    raw: str
    reason: str


class Page(Struct, frozen=True):
    """One answer: what is in it, in the order of the answer; `after` is where the next one begins, empty at the end."""

    things: tuple[Thing, ...] = ()
    broken: tuple[Broken, ...] = ()
    after: str = ""


class _Data(Struct, frozen=True):
    name: Annotated[str, Meta(pattern=rf"^{_NAME.pattern}\Z")]
    created_utc: float
    author: str | None = None
    body: str | None = None
    title: str | None = None
    selftext: str | None = None
    permalink: str | None = None
    context: str | None = None
    link_id: str | None = None
    parent_id: str | None = None
    edited: float | bool | None = None
    removed_by_category: str | None = None


class _Listing(Struct, frozen=True):
    children: list[Any]
    after: str | None = None


class _Answer(Struct, frozen=True):
    data: _Listing


def is_name(text: str) -> bool:
    """Whether this is the fullname of a comment or submission."""
    return bool(_NAME.fullmatch(text))


def read_page(answer: object, now: datetime) -> Page:
    """What an answer holds; things of other kinds are left out.

    Args:
        answer: the JSON.
        now: the present moment, for telling what can't be from what may.

    Raises:
        SourceError: it is no listing at all.
    """
    try:
        listing = msgspec.convert(answer, _Answer).data
    except msgspec.ValidationError as error:
        raise SourceError(f"Reddit's answer is no listing ({error}). Trying again.") from error
    things: list[Thing] = []
    broken: list[Broken] = []
    for child in listing.children:
        try:
            if child["kind"] in _KINDS:
                things.append(_thing(child["data"], now.timestamp()))
        except (msgspec.ValidationError, KeyError, TypeError, ValueError, OverflowError) as error:
            broken.append(_broken(child, f"Reddit sent what can't be read: {type(error).__name__}: {error}"))
    return Page(tuple(things), tuple(broken), listing.after or "")


def mentions_in(thing: Thing, matcher: Matcher, now: datetime, addressed: str = "") -> list[Mention]:
    """The mentions in a thing, one for each brand that it is about.

    Args:
        thing: the comment or submission.
        matcher: finds the brands.
        now: when it arrived; it is dated no later.
        addressed: the account that it was found in the inbox of: it speaks to that one, however it writes the name.
    """
    text = f"{thing.text}\n@{addressed}" if addressed else thing.text
    return [
        Mention(
            id=mention_id(SOURCE, thing.name, brand),
            brand=brand,
            source=SOURCE,
            network_id=thing.name,
            created_at=min(datetime.fromtimestamp(thing.created, UTC), now),
            ingested_at=now,
            text=thing.text[:MAX_TEXT].rstrip(),
            author=thing.author,
            conversation=thing.conversation,
            in_reply_to=thing.parent,
            url=thing.url,
            revision=int(thing.edited),
        )
        for brand in ([] if thing.gone else matcher.brands_of(text, thing.author))
    ]


def newest(things: Sequence[Thing]) -> float:
    """When the newest was posted; 0 where there is none."""
    return max((thing.created for thing in things), default=0.0)


def oldest(things: Sequence[Thing]) -> float:
    """When the oldest was posted; 0 where there is none."""
    return min((thing.created for thing in things), default=0.0)


def _thing(raw: object, now: float) -> Thing:
    data = msgspec.convert(raw, _Data)
    edited = float(data.edited) if data.edited and data.edited is not True else 0.0
    for moment in (data.created_utc, edited or _EARLIEST):
        if not _EARLIEST <= moment <= now + _AHEAD:
            raise msgspec.ValidationError(f"{moment} is no moment of a post")
    words = (data.body,) if data.name.startswith("t1") else (data.title, data.selftext)
    author = normalise_line(data.author or "", _LONGEST_NAME)
    path = urlsplit(data.permalink or data.context or "").path
    return Thing(
        name=data.name,
        created=data.created_utc,
        edited=edited,
        author=author,
        text=normalise("\n\n".join(each for each in words if each)),
        conversation=_conversation(data, path),
        parent=data.parent_id if is_name(data.parent_id or "") and data.parent_id else "",
        url=f"{WEBSITE}{quote(path, errors='replace')}" if path.startswith("/") else "",
        gone=author.lower() in {"", "[deleted]"} or bool(data.removed_by_category) or _is_taken_away(words),
    )


def _is_taken_away(words: tuple[str | None, ...]) -> bool:
    return any((each or "").strip().lower() in _TAKEN_AWAY for each in words)


def _conversation(data: _Data, path: str) -> str:
    """The submission that it belongs to; what comes by way of the inbox names it in its address only."""
    if data.name.startswith("t3"):
        return data.name
    if is_name(data.link_id or ""):
        return data.link_id or ""
    found = _SUBMISSION_IN_PATH.search(path)
    return f"t3_{found[1]}" if found else ""


def _broken(child: Any, reason: str) -> Broken:
    data = child.get("data") if isinstance(child, dict) else None
    name = data.get("name") if isinstance(data, dict) else None
    try:
        raw = json.dumps(child, ensure_ascii=False)
    except RecursionError:
        raw = ""  # nested without end
    return Broken(name if isinstance(name, str) and is_name(name) else "", raw, reason[:_SHOWN])
