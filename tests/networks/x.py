"""X, API v2: the filtered stream with its rules, recent search, mentions, look-up of posts and users, who one is.

From X's documentation of these endpoints; hosts and paths are those that tweepy 4.17 calls. To bring tweepy here, mount
`Redirect(server)` on its session.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import ASGIApp

from adapters.clock import SystemClock
from core.ports.clock import Clock
from tests.networks.faults import Answer
from tests.networks.server import json_answer
from tests.networks.streams import StreamingServer, Streams
from tests.networks.x_posts import PROBLEM, InvalidRequestError, Post, User, asked_fields, not_found, page, shown
from tests.networks.x_rules import InvalidRuleError, RuleBook, parse

API = "https://api.twitter.com/"
STREAM = "/2/tweets/search/stream"
RULES = f"{STREAM}/rules"
RECENT = "/2/tweets/search/recent"
LOOKUP = "/2/tweets"
ME = "/2/users/me"
USERS_BY = "/2/users/by"
WINDOW_SECONDS = 900
LIMITS = {STREAM: 50, RULES: 450, RECENT: 450, LOOKUP: 300, ME: 75, USERS_BY: 300}
MENTIONS_LIMIT = 300
MOST_IDS = 100
LEAVING_SECONDS = 0.5  # in which a client that reconnects may still be seen on its connection of before

Answering = Callable[[Request, dict[str, str]], Awaitable[ASGIApp]]


class Redirect(HTTPAdapter):
    """Sends to a server here what tweepy would send to X: `session.mount(API, Redirect(server))`."""

    def __init__(self, server: "XServer") -> None:
        super().__init__()
        self._url = server.url

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Send it there."""
        assert request.url
        request.url = request.url.replace(API.rstrip("/"), self._url, 1)
        return super().send(request, *args, **kwargs)


def too_many_requests(reset: int | None = None, limit: int = 450) -> Answer:
    """429 as X says it; with the rate limit's headers where the `reset`, in epoch seconds, is given."""
    body = {"title": "Too Many Requests", "detail": "Too Many Requests", "type": "about:blank", "status": 429}
    headers = {} if reset is None else rate_headers(limit, 0, reset)
    return Answer(429, json.dumps(body), headers)


def unauthorized() -> Answer:
    """401 as X says it for a wrong token."""
    body = {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"}
    return Answer(401, json.dumps(body))


def rate_headers(limit: int, remaining: int, reset: int) -> dict[str, str]:
    """How X tells what is left of a window; `reset` is its end in epoch seconds."""
    return {
        "x-rate-limit-limit": str(limit),
        "x-rate-limit-remaining": str(remaining),
        "x-rate-limit-reset": str(reset),
    }


class XServer(StreamingServer):
    """X with what tests put into it.

    `posts` and `users` by id: what is taken out is deleted there; `hidden` are ids that may not be seen. `publish`
    keeps a post and sends it into the stream if a rule matches. `limits` are the requests that each endpoint takes in
    a window; `new_window` begins the next. `app_token` is good for all but what is somebody's own; `user_token`, and
    whatever is signed by OAuth 1, is that of the user whose id is `me`.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or SystemClock()
        self.posts: dict[str, Post] = {}
        self.users: dict[str, User] = {}
        self.hidden: set[str] = set()
        self.book = RuleBook(most=1000)
        self.me = ""
        self.app_token = "app-token"
        self.user_token = "user-token"
        self.most_connections = 1
        self.limits = dict(LIMITS)
        self._used: Counter[str] = Counter()
        super().__init__(
            [
                Route(STREAM, self._limited(self._stream)),
                Route(RULES, self._limited(self._get_rules)),
                Route(RULES, self._limited(self._post_rules), methods=["POST"]),
                Route(RECENT, self._limited(self._recent)),
                Route(LOOKUP, self._limited(self._lookup)),
                Route(ME, self._limited(self._get_me)),
                Route(USERS_BY, self._limited(self._users_by)),
                Route("/2/users/{id}/mentions", self._limited(self._mentions)),
            ]
        )
        self.streams = Streams(heartbeat=b"\r\n", heartbeat_seconds=20.0, changed=self.changed)

    def publish(self, *posts: Post) -> None:
        """These are posted now: kept, and sent to every client whose rules match, in this order."""
        for post in posts:
            self.posts[post.id] = post
        self.order(lambda: [self._deliver(post) for post in posts])

    def say_error(
        self, title: str = "operational-disconnect", detail: str = "This stream has been disconnected."
    ) -> None:
        """What X says in a stream before it ends it for reasons of its own."""
        error = {
            "title": title,
            "disconnect_type": "UpstreamOperationalDisconnect",
            "detail": detail,
            "type": f"{PROBLEM}/{title}",
        }
        self.say(json.dumps({"errors": [error]}).encode() + b"\r\n")

    def new_window(self) -> None:
        """Nothing of the rate limits is used any more."""
        self._used.clear()

    def line_of(self, post: Post, query: QueryParams) -> dict[str, Any] | None:
        """A post as the stream carries it, with the rules that matched; None if none did."""
        matching = self.book.matching(post)
        if not matching:
            return None
        answer = shown([post], self.posts, self.users, query)
        return {**answer, "data": answer["data"][0], "matching_rules": matching}

    def _deliver(self, post: Post) -> None:
        for stream in self.streams.open:
            if line := self.line_of(post, stream.request.query_params):
                stream.say(json.dumps(line).encode() + b"\r\n")

    def _limited(self, answer: Answering) -> Callable[[Request], Awaitable[ASGIApp]]:
        async def endpoint(request: Request) -> ASGIApp:
            known = self._is_user(request)
            if not known and request.headers.get("authorization") != f"Bearer {self.app_token}":
                return unauthorized().app()
            limit = self.limits.get(request.url.path, MENTIONS_LIMIT)
            reset = int(self.clock.now().timestamp()) + WINDOW_SECONDS
            self._used[request.url.path] += 1
            left = limit - self._used[request.url.path]
            if left < 0:
                return too_many_requests(reset, limit).app()
            return await answer(request, rate_headers(limit, left, reset))

        return endpoint

    async def _stream(self, request: Request, headers: dict[str, str]) -> ASGIApp:
        if not self.book.rules:
            return self._connection_issue(409, "RuleConfigurationIssue", "No rules have been added to this stream.")
        if not await self._has_room():
            return self._connection_issue(
                429, "TooManyConnections", "This stream is currently at the maximum allowed connection limit."
            )
        return self.streams.answer(request, "application/json; charset=utf-8", headers)

    async def _has_room(self) -> bool:
        try:
            async with asyncio.timeout(LEAVING_SECONDS):
                while len(self.streams) >= self.most_connections:
                    await self.streams.one_leaves()
        except TimeoutError:
            return False
        return True

    def _connection_issue(self, status: int, issue: str, detail: str) -> ASGIApp:
        problem = {
            "title": "ConnectionException",
            "detail": detail,
            "connection_issue": issue,
            "type": f"{PROBLEM}/streaming-connection",
        }
        return json_answer(problem, status)

    async def _get_rules(self, request: Request, headers: dict[str, str]) -> ASGIApp:
        ids = request.query_params.get("ids", "")
        found = [rule for id_, rule in self.book.rules.items() if not ids or id_ in ids.split(",")]
        meta = {"sent": self._now(), "result_count": len(found)}
        return json_answer({"data": found, "meta": meta} if found else {"meta": meta}, headers=headers)

    async def _post_rules(self, request: Request, headers: dict[str, str]) -> ASGIApp:
        asked = await request.json()
        answer = self.book.add(asked["add"]) if "add" in asked else self.book.delete(asked["delete"]["ids"])
        answer["meta"]["sent"] = self._now()
        return json_answer(answer, 201 if "add" in asked else 200, headers)

    async def _recent(self, request: Request, headers: dict[str, str]) -> ASGIApp:
        query = request.query_params
        try:
            matches = parse(query.get("query", ""))
        except InvalidRuleError as error:
            return json_answer(InvalidRequestError("query", query.get("query", ""), str(error)).problem, 400, headers)
        found = [post for post in self.posts.values() if matches(post) and post.id not in self.hidden]
        return self._page(found, query, headers, "next_token", 10)

    async def _mentions(self, request: Request, headers: dict[str, str]) -> ASGIApp:
        user = self.users.get(request.path_params["id"])
        mentions = parse(f"@{user.username}") if user else None
        found = [post for post in self.posts.values() if mentions and mentions(post)]
        return self._page(found, request.query_params, headers, "pagination_token", 5)

    def _page(self, found: list[Post], query: QueryParams, headers: dict[str, str], token: str, fewest: int) -> ASGIApp:
        try:
            posts, meta = page(found, query, token, fewest)
        except InvalidRequestError as error:
            return json_answer(error.problem, 400, headers)
        return json_answer({**shown(posts, self.posts, self.users, query), "meta": meta}, headers=headers)

    async def _lookup(self, request: Request, headers: dict[str, str]) -> ASGIApp:
        ids = request.query_params.get("ids", "").split(",")
        if len(ids) > MOST_IDS:
            message = f"The number of values in the `ids` query parameter list [{len(ids)}] is not between 1 and 100"
            return json_answer(InvalidRequestError("ids", ",".join(ids), message).problem, 400, headers)
        seen = [id_ for id_ in ids if id_ in self.posts and id_ not in self.hidden]
        answer = shown([self.posts[id_] for id_ in seen], self.posts, self.users, request.query_params)
        if missing := [not_found(id_, hidden=id_ in self.hidden) for id_ in ids if id_ not in seen]:
            answer["errors"] = [*answer.get("errors", []), *missing]
        return json_answer(answer, headers=headers)

    async def _get_me(self, request: Request, headers: dict[str, str]) -> ASGIApp:
        if not self._is_user(request):
            problem = {
                "title": "Unsupported Authentication",
                "detail": "Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint.",
                "type": f"{PROBLEM}/unsupported-authentication",
                "status": 403,
            }
            return json_answer(problem, 403, headers)
        fields = self.users[self.me].all_fields()
        return json_answer({"data": asked_fields(fields, request.query_params.get("user.fields", ""))}, headers=headers)

    async def _users_by(self, request: Request, headers: dict[str, str]) -> ASGIApp:
        wanted = request.query_params.get("usernames", "").split(",")
        by_name = {user.username.lower(): user for user in self.users.values()}
        fields = request.query_params.get("user.fields", "")
        answer: dict[str, Any] = {}
        if found := [by_name[each.lower()] for each in wanted if each.lower() in by_name]:
            answer["data"] = [asked_fields(user.all_fields(), fields) for user in found]
        if missing := [each for each in wanted if each.lower() not in by_name]:
            answer["errors"] = [not_found(each, "usernames") | {"resource_type": "user"} for each in missing]
        return json_answer(answer, headers=headers)

    def _is_user(self, request: Request) -> bool:
        authorization = request.headers.get("authorization", "")
        return authorization == f"Bearer {self.user_token}" or authorization.startswith("OAuth ")

    def _now(self) -> str:
        return f"{self.clock.now():%Y-%m-%dT%H:%M:%S}.000Z"
