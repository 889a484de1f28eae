"""Posts as X's API v2 shows them, in its stream and in its answers, and the mentions in them (pure).

From X's data dictionary (https://docs.x.com/x-api/fundamentals/data-dictionary). An id holds the moment it was given:
milliseconds since November 2010 stand above its lowest 22 bits.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from core.mention import MAX_TEXT, Mention, mention_id
from core.ports.source import SourceItem
from ingest.match import Matcher
from ingest.normalise import normalise, normalise_language
from ingest.sources.common import Recent, put_aside
from ingest.sources.x_wire import Post, User, billed, each_id, parts_of, post_in
from ingest.times import parse_time

SOURCE = "x"
LONGEST_ID = 19
"""Digits of an id."""
FIELDS = {
    "expansions": ["author_id"],
    "tweet_fields": [
        "author_id", "conversation_id", "created_at", "edit_history_tweet_ids", "lang", "note_tweet",
        "referenced_tweets",
    ],
    "user_fields": ["public_metrics", "username"],
}  # fmt: skip
"""What is asked for. A reply or quote says the id of the other post; the post itself would have to be paid."""

_FIRST_MS = 1_288_834_974_657
_BELOW_MOMENT = 22
_EARLIEST = datetime(2010, 12, 1, tzinfo=UTC)
_REMEMBERED = 20_000
"""So many ids of the last posts are known: what the search brings again is passed over."""
_USERNAME = re.compile(r"[A-Za-z0-9_]{1,20}", re.ASCII)


class Reader:
    """Makes mentions of what X says; knows the posts it has had.

    A post is dated as X says, an edited one as its first version, but none later than now.

    Args:
        matcher: finds the brands in a text.
    """

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher
        self._seen: Recent[str, None] = Recent(_REMEMBERED)

    def item(self, answers: Iterable[bytes], now: datetime, resource: str = "post") -> SourceItem:
        """What stands in lines of the stream or in pages, without a cursor; its posts are billed as `resource`.

        Partial errors about what a post points at are harmless. What can't be read is dead where it names a brand.
        """
        mentions: list[Mention] = []
        dead: list[tuple[str, str]] = []
        read: dict[str, dict[str, None]] = {"post": {}, "user": {}}
        skipped = 0
        for raw in answers:
            try:
                posts, people, others = parts_of(raw)
            except ValueError as error:
                skipped += self._unreadable(raw, error, dead)
                continue
            users = {user.id: user for user in people}
            read["user"] |= dict.fromkeys(users)
            read["post"] |= dict.fromkeys((*each_id(posts), *others))
            for one in posts:
                try:
                    post = post_in(one)
                except ValueError as error:
                    skipped += self._unreadable(bytes(one), error, dead)
                    continue
                found = [] if self._repeats(post.id) else self._mentions(post, users.get(post.author_id), now)
                mentions += found
                skipped += not found
        paid = (*billed(resource, read["post"]), *billed("user", read["user"]))
        return SourceItem(tuple(mentions), tuple(dead), "", skipped, read=paid)

    def _unreadable(self, raw: bytes, error: Exception, dead: list[tuple[str, str]]) -> int:
        return put_aside(raw, f"X sent what can't be read: {error}", self._matcher, dead)

    def _repeats(self, id_: str) -> bool:
        known = id_ in self._seen
        self._seen[id_] = None
        return known

    def _mentions(self, post: Post, author: User | None, now: datetime) -> list[Mention]:
        others = {each.type: each.id for each in reversed(post.referenced_tweets or ())}
        if "retweeted" in others:  # says nothing of its own
            return []
        text = normalise(post.note_tweet.text if post.note_tweet and post.note_tweet.text else post.text)[:MAX_TEXT]
        username = author.username if author and _USERNAME.fullmatch(author.username) else ""
        brands = self._matcher.brands_of(text, username)
        versions = post.edit_history_tweet_ids
        first = versions[0] if post.id in versions else post.id
        return [
            Mention(
                id=mention_id(SOURCE, first, brand),
                brand=brand,
                source=SOURCE,
                network_id=first,
                created_at=_created_at(post, first, now),
                ingested_at=now,
                text=text,
                author=username,
                conversation=post.conversation_id or first,
                in_reply_to=others.get("replied_to") or others.get("quoted", ""),
                url=f"https://x.com/{username or 'i'}/status/{post.id}",
                language_hint=normalise_language(post.lang or ""),
                followers=author.public_metrics.followers_count if author and author.public_metrics else None,
                revision=versions.index(post.id) if post.id in versions else 0,
            )
            for brand in brands
        ]


def moment_of(id_: str) -> datetime:
    """When an id was given."""
    return datetime.fromtimestamp(((int(id_) >> _BELOW_MOMENT) + _FIRST_MS) / 1000, UTC)


def id_at(moment: datetime) -> str:
    """The lowest id that can have been given at a moment: `since_id` for what came from then on."""
    return str(max(0, int(moment.timestamp() * 1000) - _FIRST_MS) << _BELOW_MOMENT)


def _created_at(post: Post, first: str, now: datetime) -> datetime:
    given = moment_of(first)
    try:
        said = parse_time(post.created_at)
    except ValueError:
        said = given if given > _EARLIEST else now
    if first != post.id and given > _EARLIEST:
        said = min(said, given)
    return min(said, now)
