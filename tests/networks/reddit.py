"""Reddit's API: tokens, comments and submissions of subreddits, search, mentions, and look-up by fullname.

From Reddit's API documentation and its wiki pages on OAuth 2 and on the rate limit; the paths, with and without a
slash at the end, are those that praw 8 calls. To bring praw here, give it the server's address as `oauth_url` and
`reddit_url`.
"""

import base64
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.routing import Route
from starlette.types import ASGIApp

from tests.networks.faults import Answer
from tests.networks.reddit_things import DELETED, REMOVED, Comment, Submission, finds, listing, take_away
from tests.networks.server import NetworkServer, json_answer

ACCESS_TOKEN = "/api/v1/access_token"
INFO = "/api/info/"
MENTIONS = "/message/mentions"
WINDOW_SECONDS = 300
TOKEN_SECONDS = 86_400
MOST_NAMES = 100

Answering = Callable[[Request], Awaitable[ASGIApp]]


def too_many_requests(retry_after: int | None = None) -> Answer:
    """429, with the seconds to wait where they are given."""
    headers = {} if retry_after is None else {"retry-after": str(retry_after)}
    return Answer(429, json.dumps({"message": "Too Many Requests", "error": 429}), headers)


class RedditServer(NetworkServer):
    """Reddit with what tests put into it.

    `things` are comments and submissions, the oldest first. `private` and `banned` are subreddits that can't be read.
    `remaining`, `used` and `reset` (in seconds) are what the rate limit's headers tell; each request uses one. A
    listing ends after `longest` things, a search after `most_found`.
    """

    def __init__(self) -> None:
        self.things: list[Comment | Submission] = []
        self.private: set[str] = set()
        self.banned: set[str] = set()
        self.client = ("client-id", "client-secret")
        self.users = {"acme": "password"}
        self.refresh_tokens = {"refresh": "acme"}
        self.remaining = 1000.0
        self.used = 0
        self.reset = WINDOW_SECONDS
        self.longest = 1000
        self.most_found = 250
        self._tokens: dict[str, str] = {}  # whose each is, empty for an application's own
        self._given = 0
        routes = {
            "/r/{subs}/comments/": self._comments,
            "/r/{subs}/new": self._new,
            "/r/{subs}/new/": self._new,
            "/r/{subs}/search/": self._search,
            MENTIONS: self._mentions,
            INFO: self._info,
        }
        super().__init__(
            [
                Route(ACCESS_TOKEN, self._access_token, methods=["POST"]),
                *(Route(path, self._authorised(answer)) for path, answer in routes.items()),
            ]
        )

    def delete(self, fullname: str) -> None:
        """Its author deletes it."""
        take_away(self.thing(fullname), DELETED)

    def remove(self, fullname: str) -> None:
        """A moderator removes it."""
        take_away(self.thing(fullname), REMOVED)

    def thing(self, fullname: str) -> Comment | Submission:
        """The one with this fullname."""
        return next(thing for thing in self.things if thing.fullname == fullname)

    def expire_tokens(self) -> None:
        """No token that was given is good any more."""
        self._tokens.clear()

    async def _access_token(self, request: Request) -> ASGIApp:
        wanted = base64.b64encode(":".join(self.client).encode()).decode()
        if request.headers.get("authorization") != f"Basic {wanted}":
            return json_answer({"message": "Unauthorized", "error": 401}, 401)
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        user = self._user_of(form)
        if user is None:
            return json_answer({"error": "invalid_grant"}, 400 if form["grant_type"] == "refresh_token" else 200)
        self._given += 1
        token = f"token-{self._given}"
        self._tokens[token] = user
        answer = {"access_token": token, "token_type": "bearer", "expires_in": TOKEN_SECONDS, "scope": "*"}
        return json_answer(answer)

    def _user_of(self, form: dict[str, str]) -> str | None:
        if form["grant_type"] == "password":
            name = form["username"]
            return name if self.users.get(name) == form["password"] else None
        if form["grant_type"] == "refresh_token":
            return self.refresh_tokens.get(form["refresh_token"])
        return ""

    def _authorised(self, answer: Answering) -> Answering:
        async def endpoint(request: Request) -> ASGIApp:
            if self._token(request) not in self._tokens:
                return self._answer_json({"message": "Unauthorized", "error": 401}, 401)
            return self._unreadable(request) or await answer(request)

        return endpoint

    def _token(self, request: Request) -> str:
        return request.headers.get("authorization", "").removeprefix("bearer ")

    def _unreadable(self, request: Request) -> ASGIApp | None:
        sub = request.path_params.get("subs", "")
        if sub in self.private:
            return self._answer_json({"reason": "private", "message": "Forbidden", "error": 403}, 403)
        if sub in self.banned:
            return self._answer_json({"reason": "banned", "message": "Not Found", "error": 404}, 404)
        return None

    def _answer_json(self, content: Any, status: int = 200) -> ASGIApp:
        self.remaining -= 1
        self.used += 1
        headers = {
            "x-ratelimit-remaining": f"{max(0.0, self.remaining):.1f}",
            "x-ratelimit-used": str(self.used),
            "x-ratelimit-reset": str(self.reset),
        }
        return json_answer(content, status, headers)

    def _newest(self, request: Request, kind: type[Comment | Submission]) -> list[Comment | Submission]:
        subs = request.path_params["subs"].lower().split("+")
        return [
            thing
            for thing in reversed(self.things)
            if isinstance(thing, kind) and thing.listed and (subs == ["all"] or thing.subreddit.lower() in subs)
        ]

    async def _comments(self, request: Request) -> ASGIApp:
        return self._answer_json(listing(self._newest(request, Comment)[: self.longest], request.query_params))

    async def _new(self, request: Request) -> ASGIApp:
        return self._answer_json(listing(self._newest(request, Submission)[: self.longest], request.query_params))

    async def _search(self, request: Request) -> ASGIApp:
        words = request.query_params.get("q", "")
        found = [thing for thing in self._newest(request, Submission) if finds(words, thing)]
        return self._answer_json(listing(found[: self.most_found], request.query_params))

    async def _mentions(self, request: Request) -> ASGIApp:
        user = self._tokens[self._token(request)]
        if not user:
            return self._answer_json({"message": "Forbidden", "error": 403}, 403)
        named = re.compile(rf"(?<!\w)/?u/{re.escape(user)}(?!\w)", re.IGNORECASE)
        found = [
            thing
            for thing in reversed(self.things)
            if isinstance(thing, Comment) and thing.listed and named.search(thing.body)
        ]
        page = listing(found, request.query_params)
        for child in page["data"]["children"]:
            del child["data"]["link_id"]
            child["data"] |= {
                "context": child["data"].pop("permalink") + "?context=3",
                "type": "username_mention",
                "subject": "username mention",
                "was_comment": True,
                "new": True,
            }
        return self._answer_json(page)

    async def _info(self, request: Request) -> ASGIApp:
        names = request.query_params.get("id", "").split(",")[:MOST_NAMES]
        by_name = {thing.fullname: thing for thing in self.things}
        found = [by_name[name] for name in names if name in by_name]
        page = listing(found, request.query_params)
        page["data"]["children"] = [{"kind": thing.kind, "data": thing.fields()} for thing in found]
        page["data"] |= {"after": None, "before": None, "dist": len(found)}
        return self._answer_json(page)
