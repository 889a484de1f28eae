"""Posts and users as X's API v2 shows them, with the fields that the request asks for.

From X's documentation of the data dictionary, fields and expansions: a post has `id`, `text` and
`edit_history_tweet_ids` unless more is asked for, a user `id`, `name` and `username`.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct, field
from starlette.datastructures import QueryParams

PROBLEM = "https://api.twitter.com/2/problems"
MOST_RESULTS = 100
TOKEN = "b26v"  # what a page's token begins with here; X's are opaque
ALWAYS = {"id", "text", "edit_history_tweet_ids", "name", "username"}


class User(Struct):
    """Somebody; `username` is the handle without @."""

    id: str
    username: str
    name: str = ""
    verified: bool = False
    followers: int = 0

    def all_fields(self) -> dict[str, Any]:
        """Everything that may be asked for."""
        return {
            "id": self.id,
            "name": self.name or self.username,
            "username": self.username,
            "verified": self.verified,
            "public_metrics": {
                "followers_count": self.followers,
                "following_count": 0,
                "tweet_count": 1,
                "listed_count": 0,
            },
        }


class Post(Struct):
    """A post. `referenced` says for `replied_to`, `quoted` or `retweeted` the id of the other post.

    An edit is a post of its own with a new id; `edit_of` are the ids of its earlier versions, the first one first.
    `long` is the whole of a text of which `text` is only the beginning.
    """

    id: str
    text: str
    author: str
    author_id: str
    created_at: datetime = datetime(2026, 11, 22, 1, tzinfo=UTC)
    lang: str = "en"
    conversation_id: str = ""
    referenced: dict[str, str] = field(default_factory=dict)
    edit_of: list[str] = field(default_factory=list)
    likes: int = 0
    reposts: int = 0
    replies: int = 0
    quotes: int = 0
    long: str = ""

    def all_fields(self) -> dict[str, Any]:
        """Everything that may be asked for."""
        fields: dict[str, Any] = {
            "id": self.id,
            "text": self.text,
            "edit_history_tweet_ids": [*self.edit_of, self.id],
            "author_id": self.author_id,
            "created_at": f"{self.created_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}."
            f"{self.created_at.microsecond // 1000:03d}Z",
            "lang": self.lang,
            "conversation_id": self.conversation_id or self.id,
            "public_metrics": {
                "retweet_count": self.reposts,
                "reply_count": self.replies,
                "like_count": self.likes,
                "quote_count": self.quotes,
            },
        }
        if self.long:
            fields["note_tweet"] = {"text": self.long}
        if self.referenced:
            fields["referenced_tweets"] = [{"type": kind, "id": id_} for kind, id_ in self.referenced.items()]
        return fields


def asked_fields(fields: Mapping[str, Any], asked: str) -> dict[str, Any]:
    """Those that always come, and those that were asked for."""
    wanted = ALWAYS | set(asked.split(","))
    return {name: value for name, value in fields.items() if name in wanted}


def shown(found: Sequence[Post], posts: Mapping[str, Post], users: Mapping[str, User], query: QueryParams) -> Any:
    """The `data` and `includes` of an answer; an expansion asks for its own field on the post as well.

    What an expansion points at and is gone stands under `errors`, beside the post.
    """
    expansions = set(query.get("expansions", "").split(","))
    post_fields = query.get("tweet.fields", "")
    user_fields = query.get("user.fields", "")
    own = {"author_id": "author_id", "referenced_tweets.id": "referenced_tweets"}
    for_data = ",".join([post_fields, *(name for expansion, name in own.items() if expansion in expansions)])
    includes: dict[str, list[Any]] = {}
    errors: list[Any] = []
    if "author_id" in expansions:
        ids = dict.fromkeys(post.author_id for post in found)
        includes["users"] = [asked_fields(users[each].all_fields(), user_fields) for each in ids if each in users]
    if "referenced_tweets.id" in expansions:
        ids = dict.fromkeys(each for post in found for each in post.referenced.values())
        includes["tweets"] = [asked_fields(posts[each].all_fields(), for_data) for each in ids if each in posts]
        errors = [not_found(each, "referenced_tweets.id") for each in ids if each not in posts]
    if not found:
        return {}
    answer = {"data": [asked_fields(post.all_fields(), for_data) for post in found]}
    if some := {kind: items for kind, items in includes.items() if items}:
        answer["includes"] = some
    if errors:
        answer["errors"] = errors
    return answer


class InvalidRequestError(Exception):
    """A parameter X does not take; carries its name, its value, and what X says."""

    def __init__(self, parameter: str, value: str, message: str) -> None:
        super().__init__(message)
        self.problem = {
            "errors": [{"parameters": {parameter: [value]}, "message": message}],
            "title": "Invalid Request",
            "detail": "One or more parameters to your request was invalid.",
            "type": f"{PROBLEM}/invalid-request",
        }


def page(found: Sequence[Post], query: QueryParams, token: str, fewest: int) -> tuple[list[Post], dict[str, Any]]:
    """The newest of these posts that the request has not had, and the `meta` that leads on.

    `since_id` and `until_id` leave themselves out; the parameter called `token` goes on where a page ended, whatever
    was posted since. From X's documentation of pagination: `max_results` is from `fewest` to 100, 10 if left out.

    Raises:
        InvalidRequestError: `max_results` is out of range, or the token is none that was given.
    """
    asked = query.get("max_results", "10")
    if not asked.isdigit() or not fewest <= int(asked) <= MOST_RESULTS:
        message = f"The `max_results` query parameter value [{asked}] is not between {fewest} and {MOST_RESULTS}"
        raise InvalidRequestError("max_results", asked, message)
    after = query.get(token, "")
    if after and not after.removeprefix(TOKEN).isdigit():
        raise InvalidRequestError(token, after, f"The `{token}` query parameter value [{after}] is not valid")
    before = [int(each) for each in (after.removeprefix(TOKEN), query.get("until_id")) if each]
    newest = sorted(
        (
            post
            for post in found
            if int(post.id) > int(query.get("since_id", "0")) and all(int(post.id) < each for each in before)
        ),
        key=lambda post: int(post.id),
        reverse=True,
    )
    shown_now = newest[: int(asked)]
    meta: dict[str, Any] = {"result_count": len(shown_now)}
    if shown_now:
        meta |= {"newest_id": shown_now[0].id, "oldest_id": shown_now[-1].id}
    if len(newest) > len(shown_now):
        meta["next_token"] = f"{TOKEN}{shown_now[-1].id}"
    return shown_now, meta


def not_found(id_: str, parameter: str = "ids", *, hidden: bool = False) -> dict[str, str]:
    """What stands under `errors` for a post that is gone or, if `hidden`, that may not be seen."""
    if hidden:
        title, what = "Authorization Error", "not-authorized-for-resource"
        detail = f"Sorry, you are not authorized to see the Tweet with {parameter}: [{id_}]."
    else:
        title, what = "Not Found Error", "resource-not-found"
        detail = f"Could not find tweet with {parameter}: [{id_}]."
    return {
        "value": id_,
        "detail": detail,
        "title": title,
        "resource_type": "tweet",
        "parameter": parameter,
        "resource_id": id_,
        "type": f"{PROBLEM}/{what}",
    }
