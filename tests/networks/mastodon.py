"""A Mastodon instance: public and hashtag streams, their timelines, statuses, and who one is.

From Mastodon's API documentation (methods/streaming, methods/timelines, methods/statuses, methods/instance) and, for
the greeting and the heartbeat of a stream, the source of its streaming server.
"""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.routing import Route
from starlette.types import ASGIApp

from adapters.clock import SystemClock
from core.ports.clock import Clock
from tests.networks.faults import Answer
from tests.networks.mastodon_statuses import Account, Status, page, timestamp
from tests.networks.server import json_answer
from tests.networks.streams import StreamingServer, Streams

PUBLIC = "/api/v1/streaming/public"
HASHTAG = "/api/v1/streaming/hashtag"
INSTANCE = "/api/v2/instance/"
WINDOW = timedelta(minutes=5)
GREETING = b":)\n"
HEARTBEAT = b":thump\n"

Answering = Callable[[Request], Awaitable[ASGIApp]]


def too_many_requests(headers: Mapping[str, str] | None = None) -> Answer:
    """429 as Mastodon says it; the rate limit's headers only where they are given."""
    return Answer(429, json.dumps({"error": "Too many requests"}), headers)


class MastodonServer(StreamingServer):
    """An instance with what tests put into it.

    `statuses` by id and `accounts` by id; what is put in or taken out there is there or gone without a word in the
    streams. `publish`, `edit` and `delete` tell the streams. `limit` and `remaining` are the rate limit's; `streaming`
    is the address that clients are told for streams.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or SystemClock()
        self.accounts: dict[str, Account] = {}
        self.statuses: dict[str, Status] = {}
        self.me = ""  # the id of the account whose token it is
        self.token = "token"
        self.version = "4.5.0"
        self.limit = 300
        self.remaining = 300
        streams = [f"{base}{part}" for base in (PUBLIC, HASHTAG) for part in ("", "/local", "/remote")]
        super().__init__(
            [
                *(Route(path, self._instance) for path in (INSTANCE, INSTANCE.rstrip("/"))),
                *(Route(path, self._authorised(self._stream)) for path in streams),
                Route("/api/v1/timelines/public", self._authorised(self._public)),
                Route("/api/v1/timelines/tag/{tag}", self._authorised(self._tag)),
                Route("/api/v1/statuses/{id}", self._authorised(self._status)),
                Route("/api/v1/accounts/verify_credentials", self._authorised(self._verify_credentials)),
            ]
        )
        self.streaming = self.url.replace("http://", "ws://")
        self.streams = Streams(heartbeat=HEARTBEAT, heartbeat_seconds=15.0, changed=self.changed)

    def publish(self, *statuses: Status) -> None:
        """These are posted now, in this order."""
        for status in statuses:
            self.statuses[status.id] = status
            self._tell(status, "update", json.dumps(status.fields(self.accounts)))

    def edit(self, status: Status) -> None:
        """This is what the status with its id says now."""
        self.statuses[status.id] = status
        self._tell(status, "status.update", json.dumps(status.fields(self.accounts)))

    def delete(self, id_: str) -> None:
        """The status is deleted."""
        self._tell(self.statuses.pop(id_), "delete", id_)

    def _tell(self, status: Status, event: str, data: str) -> None:
        def tell() -> None:
            for stream in self.streams.open:
                if self._belongs(status, stream.request):
                    stream.say(f"event: {event}\ndata: {data}\n\n".encode())

        self.order(tell)

    def _belongs(self, status: Status, request: Request) -> bool:
        path = request.url.path
        local = "@" not in self.accounts[status.account_id].acct
        if status.visibility != "public" or (path.endswith("/local") and not local):
            return False
        if path.endswith("/remote") and local:
            return False
        return path.startswith(PUBLIC) or status.has_tag(request.query_params["tag"])

    def _authorised(self, answer: Answering) -> Answering:
        async def endpoint(request: Request) -> ASGIApp:
            said = request.headers.get("authorization", "")
            if said != f"Bearer {self.token}":
                error = "The access token is invalid" if said else "This method requires an authenticated user"
                return self._answer_json({"error": error}, 401)
            return await answer(request)

        return endpoint

    def _answer_json(self, content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> ASGIApp:
        self.remaining -= 1
        rate = {
            "x-ratelimit-limit": str(self.limit),
            "x-ratelimit-remaining": str(max(0, self.remaining)),
            "x-ratelimit-reset": timestamp(self.clock.now() + WINDOW),
        }
        if self.remaining < 0:
            return too_many_requests(rate).app()
        return json_answer(content, status, {**rate, **(headers or {})})

    async def _instance(self, request: Request) -> ASGIApp:
        public = {"local": "public", "remote": "public"}
        about = {
            "domain": "example.social",
            "title": "Example",
            "version": self.version,
            "source_url": "https://github.com/mastodon/mastodon",
            "description": "",
            "usage": {"users": {"active_month": 1}},
            "languages": ["en"],
            "configuration": {
                "urls": {"streaming": self.streaming},
                "accounts": {"max_featured_tags": 10},
                "statuses": {
                    "max_characters": 500,
                    "max_media_attachments": 4,
                    "characters_reserved_per_url": 23,
                },
                "timelines_access": {
                    "live_feeds": public,
                    "hashtag_feeds": public,
                    "trending_link_feeds": public,
                },
            },
            "api_versions": {"mastodon": 7},
            "rules": [],
        }
        return self._answer_json(about)

    async def _stream(self, request: Request) -> ASGIApp:
        if request.url.path.startswith(HASHTAG) and not request.query_params.get("tag"):
            return self._answer_json({"error": "Missing tag name parameter"}, 400)
        return self.streams.answer(request, "text/event-stream", {"cache-control": "no-store"}, first=GREETING)

    async def _public(self, request: Request) -> ASGIApp:
        return self._timeline(request, list(self.statuses.values()))

    async def _tag(self, request: Request) -> ASGIApp:
        tag = request.path_params["tag"]
        return self._timeline(request, [status for status in self.statuses.values() if status.has_tag(tag)])

    def _timeline(self, request: Request, statuses: Sequence[Status]) -> ASGIApp:
        found = [status for status in statuses if status.visibility == "public"]
        shown, links = page(found, request.query_params, f"{self.url}{request.url.path}")
        return self._answer_json([status.fields(self.accounts) for status in shown], headers=links)

    async def _status(self, request: Request) -> ASGIApp:
        status = self.statuses.get(request.path_params["id"])
        if not status or status.visibility not in ("public", "unlisted"):
            return self._answer_json({"error": "Record not found"}, 404)
        return self._answer_json(status.fields(self.accounts))

    async def _verify_credentials(self, request: Request) -> ASGIApp:
        return self._answer_json(self.accounts[self.me].fields())
