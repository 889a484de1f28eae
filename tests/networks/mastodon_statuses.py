"""Statuses and accounts as Mastodon's API shows them, and the pages that timelines come in.

From Mastodon's API documentation: entities/Status, entities/Account, and the guidelines on pagination.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from msgspec import Struct
from starlette.datastructures import QueryParams

USUAL = 20
MOST = 40
CREATED = datetime(2026, 11, 22, 1, tzinfo=UTC)


def timestamp(moment: datetime) -> str:
    """As Mastodon writes it: UTC, with milliseconds."""
    moment = moment.astimezone(UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


class Account(Struct):
    """Somebody; `acct` is the name alone here, and name@domain on another instance."""

    id: str
    acct: str
    display_name: str = ""
    followers: int = 0
    bot: bool = False

    def fields(self) -> dict[str, Any]:
        """Everything that comes with it."""
        username, _, domain = self.acct.partition("@")
        return {
            "id": self.id,
            "username": username,
            "acct": self.acct,
            "display_name": self.display_name or username,
            "url": f"https://{domain or 'example.social'}/@{username}",
            "note": "",
            "bot": self.bot,
            "locked": False,
            "created_at": timestamp(CREATED),
            "followers_count": self.followers,
            "following_count": 0,
            "statuses_count": 1,
            "emojis": [],
            "fields": [],
        }


class Status(Struct):
    """A status; `content` is HTML, and its tags are the #words in it."""

    id: str
    account_id: str
    content: str
    created_at: datetime = CREATED
    edited_at: datetime | None = None
    in_reply_to_id: str | None = None
    language: str | None = "en"
    visibility: Literal["public", "unlisted", "private", "direct"] = "public"
    spoiler_text: str = ""
    favourites: int = 0
    reblogs: int = 0
    replies: int = 0

    @property
    def tags(self) -> list[str]:
        """Its hashtags, without the #, in small letters."""
        return [tag.lower() for tag in re.findall(r"#(\w+)", re.sub(r"<[^>]*>", "", self.content))]

    def has_tag(self, tag: str) -> bool:
        """Whether it has this hashtag; the case of letters doesn't matter."""
        return tag.lower() in self.tags

    def fields(self, accounts: Mapping[str, Account]) -> dict[str, Any]:
        """Everything that comes with it."""
        account = accounts[self.account_id].fields()
        return {
            "id": self.id,
            "uri": f"{account['url']}/statuses/{self.id}",
            "url": f"{account['url']}/{self.id}",
            "created_at": timestamp(self.created_at),
            "edited_at": timestamp(self.edited_at) if self.edited_at else None,
            "account": account,
            "content": self.content,
            "visibility": self.visibility,
            "sensitive": bool(self.spoiler_text),
            "spoiler_text": self.spoiler_text,
            "language": self.language,
            "in_reply_to_id": self.in_reply_to_id,
            "in_reply_to_account_id": None,
            "favourites_count": self.favourites,
            "reblogs_count": self.reblogs,
            "replies_count": self.replies,
            "tags": [{"name": tag, "url": f"https://example.social/tags/{tag}"} for tag in self.tags],
            "media_attachments": [],
            "mentions": [],
            "emojis": [],
            "reblog": None,
            "poll": None,
            "card": None,
        }


def page(found: Sequence[Status], query: QueryParams, address: str) -> tuple[list[Status], dict[str, str]]:
    """A page of these, the newest first, and the Link header that leads to the next and the previous one.

    `max_id` gives older ones, `since_id` the newest that are newer, `min_id` those that are newer and nearest to it;
    `limit` is 20 if left out and 40 at most.
    """
    limit = min(int(query.get("limit", USUAL)), MOST)
    newer = int(query.get("min_id") or query.get("since_id") or -1)
    older = int(query["max_id"]) if "max_id" in query else None
    newest = sorted(
        (status for status in found if int(status.id) > newer and (older is None or int(status.id) < older)),
        key=lambda status: int(status.id),
        reverse=True,
    )
    shown = newest[-limit:] if "min_id" in query else newest[:limit]
    if not shown:
        return [], {}
    links = [f'<{address}?max_id={shown[-1].id}>; rel="next"', f'<{address}?min_id={shown[0].id}>; rel="prev"']
    return shown, {"link": ", ".join(links)}
