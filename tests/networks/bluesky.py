"""Bluesky's Jetstream, version 1: the websocket at `/subscribe` with everything that happens on the network.

From the documentation of bluesky-social/jetstream: options are `wantedCollections` (again for each; `.*` at the end
takes all below), `wantedDids`, `maxMessageSizeBytes` (0: no limit) and `cursor`; commits come for what is wanted,
identity and account events always, and nothing that is longer.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.responses import PlainTextResponse
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from tests.networks.server import NetworkServer

SUBSCRIBE = "/subscribe"
POSTS = "app.bsky.feed.post"
FIRST_TIME_US = 1_795_309_200_000_000  # 22 November 2026, 01:00 UTC
STEP_US = 1_000
MOST_COLLECTIONS = 100
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Event = dict[str, Any]


class Subscriber:
    """One client's connection. Use it in the server's thread only (`NetworkServer.order`)."""

    def __init__(self, websocket: WebSocket) -> None:
        self.collections = websocket.query_params.getlist("wantedCollections")
        self.dids = websocket.query_params.getlist("wantedDids")
        self.longest = int(websocket.query_params.get("maxMessageSizeBytes", "0"))
        self.line = websocket.scope["line"]
        self._websocket = websocket
        self._waiting: asyncio.Queue[str | int] = asyncio.Queue()

    def wants(self, event: Event) -> bool:
        """Whether it asked for this; identity and account events are not asked for."""
        if self.longest and len(json.dumps(event)) > self.longest:
            return False
        if self.dids and event["did"] not in self.dids:
            return False
        if event["kind"] != "commit" or not self.collections:
            return True
        collection = event["commit"]["collection"]
        return any(
            collection.startswith(wanted[:-1]) if wanted.endswith(".*") else collection == wanted
            for wanted in self.collections
        )

    def say(self, words: str) -> None:
        """Send this next, whatever it is."""
        self._waiting.put_nowait(words)

    def close(self, code: int) -> None:
        """Close in order with this code, after what was said before."""
        self._waiting.put_nowait(code)

    async def talk(self) -> None:
        """Send what is said, until the close."""
        while isinstance(words := await self._waiting.get(), str):
            await self._websocket.send_text(words)
        await self._websocket.close(words)

    async def listen(self) -> None:
        """Until the client has gone; what it says is left aside."""
        while (await self._websocket.receive())["type"] != "websocket.disconnect":
            pass


class JetstreamServer(NetworkServer):
    """Jetstream with what tests put into it.

    `events` are all that can be had by a cursor, the oldest first; take some out and the look-back no longer has them.
    `posted`, `edited`, `deleted`, `identity` and `account` keep an event and send it to those who want it, each a
    millisecond after the one before unless `time_us` is set. While `mute` is set nothing is sent, and what happens can
    be had by a cursor only.
    """

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.time_us = FIRST_TIME_US
        self.mute = False
        self.opened = 0  # subscribers since the beginning
        self.subscribers: list[Subscriber] = []
        super().__init__([WebSocketRoute(SUBSCRIBE, self._subscribe)])
        self.address = self.url.replace("http://", "ws://") + SUBSCRIBE

    def posted(self, did: str, rkey: str, text: str, **record: Any) -> Event:
        """Somebody posts; `record` is what else the post has, as `langs` and `reply`."""
        return self._commit(did, rkey, "create", {"text": text, **record})

    def edited(self, did: str, rkey: str, text: str, **record: Any) -> Event:
        """A post is put again under its key."""
        return self._commit(did, rkey, "update", {"text": text, **record})

    def deleted(self, did: str, rkey: str) -> Event:
        """A post is deleted."""
        return self._commit(did, rkey, "delete", None)

    def identity(self, did: str, handle: str) -> Event:
        """Somebody has another handle."""
        return self._happens(did, "identity", {"did": did, "handle": handle, **self._sequence()})

    def account(self, did: str, status: str = "") -> Event:
        """An account is active, or what `status` says: deactivated, deleted, suspended or takendown."""
        about = {"active": not status, "did": did, **self._sequence()} | ({"status": status} if status else {})
        return self._happens(did, "account", about)

    def other(self, did: str, collection: str, rkey: str, record: Mapping[str, Any]) -> Event:
        """A record of another collection is made, as a like."""
        return self._commit(did, rkey, "create", {"$type": collection, **record}, collection)

    def deliver(self, *events: Event) -> None:
        """Send these to those who want them, in this order: again, or out of order; they are not kept."""
        self.order(lambda: [self._tell(event) for event in events])

    def say(self, words: str) -> None:
        """Send this to every subscriber, whatever it is."""
        self._each(lambda subscriber: subscriber.say(words))

    def close_all(self, code: int = 1001) -> None:
        """Close every connection in order, with this code."""
        self._each(lambda subscriber: subscriber.close(code))

    def wait_for_subscriber(self, opened: int = 1) -> None:
        """Until so many have subscribed since the beginning, and one is there."""
        self.wait(lambda _: self.opened >= opened and len(self.subscribers))

    def _each(self, do: Callable[[Subscriber], None]) -> None:
        self.order(lambda: [do(subscriber) for subscriber in self.subscribers])

    def _sequence(self) -> dict[str, Any]:
        return {"seq": len(self.events) + 1, "time": self._iso()}

    def _iso(self) -> str:
        moment = EPOCH + timedelta(microseconds=self.time_us)
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"

    def _commit(
        self, did: str, rkey: str, operation: str, record: dict[str, Any] | None, collection: str = POSTS
    ) -> Event:
        commit: dict[str, Any] = {
            "rev": f"rev{self.time_us}",
            "operation": operation,
            "collection": collection,
            "rkey": rkey,
        }
        if record is not None:
            commit["record"] = {"$type": collection, "createdAt": self._iso(), **record}
            commit["cid"] = f"bafy{self.time_us}"
        return self._happens(did, "commit", commit)

    def _happens(self, did: str, kind: str, about: Mapping[str, Any]) -> Event:
        event = {"did": did, "time_us": self.time_us, "kind": kind, kind: about}
        self.time_us += STEP_US

        def keep() -> None:
            self.events.append(event)
            self._tell(event)

        self.order(keep)
        return event

    def _tell(self, event: Event) -> None:
        for subscriber in self.subscribers:
            if not self.mute and subscriber.wants(event):
                subscriber.say(json.dumps(event))

    async def _subscribe(self, websocket: WebSocket) -> None:
        cursor = websocket.query_params.get("cursor", "")
        subscriber = Subscriber(websocket)
        if problem := _problem(subscriber, cursor):
            await websocket.send_denial_response(PlainTextResponse(problem, 400))
            return
        await websocket.accept()
        for event in self.events if cursor and int(cursor) < self.time_us else []:
            if event["time_us"] >= int(cursor) and subscriber.wants(event):
                subscriber.say(json.dumps(event))
        self.subscribers.append(subscriber)
        self.opened += 1
        self.changed()
        both = [asyncio.ensure_future(subscriber.talk()), asyncio.ensure_future(subscriber.listen())]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.subscribers.remove(subscriber)
            self.changed()
            for task in both:
                task.cancel()
            await asyncio.gather(*both, return_exceptions=True)


def _problem(subscriber: Subscriber, cursor: str) -> str:
    """What Jetstream says against a subscription; empty where it takes it."""
    if cursor and not cursor.isdigit():
        return f"invalid cursor: {cursor}"
    if len(subscriber.collections) > MOST_COLLECTIONS:
        return f"too many wanted collections: {len(subscriber.collections)} > {MOST_COLLECTIONS}"
    for wanted in subscriber.collections:
        if wanted.count(".") < 2:
            return f"invalid collection: {wanted}"
    return ""
