"""Comments and submissions as Reddit's API shows them, and the listings they come in.

From Reddit's API documentation ("fullnames", "listings") and its wiki page on JSON: kinds t1 and t3, `[deleted]` for
what an author and `[removed]` for what a moderator took away.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct
from starlette.datastructures import QueryParams

DELETED = "[deleted]"
REMOVED = "[removed]"
MOST = 100
FEWEST = 25


class Thing(Struct, kw_only=True):
    """What comments and submissions have in common; `id` is in base 36, without the kind.

    `author` is None once the author has deleted the thing or the account; `edited` is when it was, None if never.
    `listed` is False for what was deleted or removed: it is found by its fullname only. `removed_by` says by whom.
    """

    id: str
    author: str | None
    subreddit: str
    created: datetime = datetime(2026, 11, 22, 1, tzinfo=UTC)
    edited: datetime | None = None
    score: int = 1
    listed: bool = True
    removed_by: str | None = None
    kind = ""

    @property
    def fullname(self) -> str:
        """The id with its kind, as in t1_abc."""
        return f"{self.kind}_{self.id}"

    @property
    def words(self) -> str:
        """What a search and a mention look at."""
        raise NotImplementedError

    def common(self) -> dict[str, Any]:
        """The fields of both kinds."""
        return {
            "id": self.id,
            "name": self.fullname,
            "author": self.author or DELETED,
            **({"author_fullname": f"t2_{self.author}"} if self.author else {}),
            "subreddit": self.subreddit,
            "subreddit_name_prefixed": f"r/{self.subreddit}",
            "created_utc": self.created.timestamp(),
            "edited": self.edited.timestamp() if self.edited else False,
            "score": self.score,
            "ups": self.score,
        }


class Comment(Thing, kw_only=True):
    """A comment on the submission `link_id`, in answer to `parent_id` (the submission itself if left out)."""

    body: str
    link_id: str = "t3_link"
    parent_id: str = ""
    kind = "t1"

    @property
    def words(self) -> str:
        """Its body."""
        return self.body

    def fields(self) -> dict[str, Any]:
        """Everything that comes with it."""
        link = self.link_id.removeprefix("t3_")
        return {
            **self.common(),
            "body": self.body,
            "link_id": self.link_id,
            "parent_id": self.parent_id or self.link_id,
            "link_title": "A title",
            "permalink": f"/r/{self.subreddit}/comments/{link}/a_title/{self.id}/",
        }


class Submission(Thing, kw_only=True):
    """A submission with a text of its own, or with a link to `url`."""

    title: str
    selftext: str = ""
    url: str = ""
    comments: int = 0
    kind = "t3"

    @property
    def words(self) -> str:
        """Its title and its text."""
        return f"{self.title}\n{self.selftext}"

    def fields(self) -> dict[str, Any]:
        """Everything that comes with it."""
        permalink = f"/r/{self.subreddit}/comments/{self.id}/a_title/"
        return {
            **self.common(),
            "title": self.title,
            "selftext": self.selftext,
            "is_self": not self.url,
            "url": self.url or f"https://www.reddit.com{permalink}",
            "num_comments": self.comments,
            "over_18": False,
            "removed_by_category": self.removed_by,
            "permalink": permalink,
        }


def take_away(thing: Comment | Submission, mark: str) -> None:
    """Its text is gone and `mark` stands in its place; so does its author if the author did it."""
    thing.listed = False
    thing.removed_by = "deleted" if mark == DELETED else "moderator"
    if mark == DELETED:
        thing.author = None
    if isinstance(thing, Comment):
        thing.body = mark
    else:
        thing.selftext = mark


def listing(newest: Sequence[Comment | Submission], query: QueryParams) -> dict[str, Any]:
    """A page of these, the newest first.

    `after` goes on to older things. `before` gives the things newer than that one, those nearest to it first, and
    nothing at all if that one is no longer listed, and goes before `after`; `limit` is 25 if left out and 100 at most.
    """
    names = [thing.fullname for thing in newest]
    limit = max(1, min(int(query.get("limit", FEWEST)), MOST))
    begin = end = 0
    if before := query.get("before"):
        end = names.index(before) if before in names else 0
        begin = max(0, end - limit)
    else:
        after = query.get("after")
        begin = names.index(after) + 1 if after in names else 0
        end = min(begin + limit, len(names)) if not after or after in names else begin
    shown = newest[begin:end]
    children = [{"kind": thing.kind, "data": thing.fields()} for thing in shown]
    return {
        "kind": "Listing",
        "data": {
            "after": names[end - 1] if shown and end < len(names) else None,
            "before": names[begin] if shown and begin > 0 else None,
            "dist": len(children),
            "modhash": None,
            "geo_filter": "",
            "children": children,
        },
    }


def finds(query: str, thing: Comment | Submission) -> bool:
    """Whether a search finds it: words and "phrases", all of them, or those on either side of an OR."""
    return any(
        all(
            re.search(rf"(?<!\w){re.escape(words.strip(chr(34)))}(?!\w)", thing.words, re.IGNORECASE)
            for words in re.findall(r'"[^"]*"|[^\s"]+', side)
        )
        for side in query.replace("(", " ").replace(")", " ").split(" OR ")
        if side.strip()
    )
