"""Live updates: one watcher looks at the store for all listeners and tells each what has changed.

Only the latest state counts, so a listener that is slow gets the newest mark of each subject when it is ready, and
nothing piles up for it. One that takes nothing for a while is let go; browsers come back by themselves.
"""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import structlog
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from core.errors import SixminuteError
from core.ports.store import Store

HEALTH = "health"
_HEARTBEAT_SECONDS = 15
_SEND_SECONDS = 10.0


class _Listener:
    """What one client has not been told yet."""

    def __init__(self) -> None:
        self.pending: dict[str, Any] = {}
        self.wake = asyncio.Event()


class Watcher:
    """Looks at the store's change marks and the health while anybody listens, and tells what differs.

    Args:
        store: whose change marks are watched.
        health: as in `Parts`.
        interval: seconds between two looks.
    """

    def __init__(self, store: Store, health: Callable[[], Mapping[str, str]], interval: float) -> None:
        self._store = store
        self._health = health
        self._interval = interval
        self._listeners: set[_Listener] = set()
        self._wanted = asyncio.Event()
        self._ended = asyncio.Event()
        self._looking = asyncio.Lock()
        self._state: dict[str, Any] = {}

    @property
    def listeners(self) -> int:
        """How many listen."""
        return len(self._listeners)

    async def run(self) -> None:
        """Watch until `end`; without listeners nothing is asked of the store."""
        while not self._ended.is_set():
            await self._wanted.wait()
            await self._look()
            try:
                await asyncio.wait_for(self._ended.wait(), self._interval)
            except TimeoutError:
                continue

    def end(self) -> None:
        """Send every listener away, so that the server can stop."""
        self._ended.set()
        self._wanted.set()
        for listener in self._listeners:
            listener.wake.set()

    def response(self, last_event_id: str) -> EventSourceResponse:
        """The stream for a new listener; `last_event_id` is what it heard last, empty for the first time."""
        return EventSourceResponse(
            self._events(last_event_id),
            ping=_HEARTBEAT_SECONDS,
            ping_message_factory=lambda: ServerSentEvent(comment="still here"),
            send_timeout=_SEND_SECONDS,
        )

    async def _events(self, last_event_id: str) -> AsyncIterator[ServerSentEvent]:
        listener = _Listener()
        self._listeners.add(listener)
        self._wanted.set()
        try:
            await self._look()
            # The first event has the whole state: who has read something before compares it with that.
            listener.pending.clear()
            if last_event_id and last_event_id != self._id():
                listener.pending.update(self._state)
            yield self._event("ready", self._state, last=not listener.pending)
            while not self._ended.is_set():
                # Cleared before anything is told, so that whatever happens meanwhile wakes it again.
                listener.wake.clear()
                while listener.pending:
                    name, data = listener.pending.popitem()
                    yield self._event(name, data, last=not listener.pending)
                await listener.wake.wait()
        finally:
            self._listeners.discard(listener)
            if not self._listeners and not self._ended.is_set():
                self._wanted.clear()

    async def _look(self) -> None:
        async with self._looking:
            found = await run_in_threadpool(self._found)
            changed = {name: value for name, value in found.items() if self._state.get(name) != value}
            self._state.update(changed)
            for listener in self._listeners if changed else ():
                listener.pending.update(changed)
                listener.wake.set()

    def _found(self) -> dict[str, Any]:
        """The marks and the health now; what can't be read is as it was."""
        parts = dict(self._health())
        found: dict[str, Any] = {HEALTH: {"ready": all(value == "ok" for value in parts.values()), "parts": parts}}
        try:
            found.update(self._store.change_marks())
        except SixminuteError as error:
            structlog.get_logger(__name__).warning("change_marks_unreadable", reason=str(error))
        return found

    def _id(self) -> str:
        """An id for the whole state, the same in every process."""
        return hashlib.blake2b(_json(self._state).encode(), digest_size=8).hexdigest()

    def _event(self, name: str, data: Any, *, last: bool) -> ServerSentEvent:
        """An event; only the last of several has the id, for who has the id has heard everything."""
        return ServerSentEvent(_json(data), event=name, id=self._id() if last else None)


def _json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, sort_keys=True)
