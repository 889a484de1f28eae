"""Live updates, heard straight from the application, without a network in between."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, Self

import pytest
from structlog.testing import capture_logs

from api.stream import Watcher
from core.errors import StorageError

from .conftest import World

_PATIENCE = 30.0


class Listening:
    """A browser that listens."""

    def __init__(self, app: Any, last_event_id: str = "") -> None:
        self.app = app
        self.headers = [(b"host", b"localhost"), (b"last-event-id", last_event_id.encode())]
        self.chunks: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.gone = asyncio.Event()
        self.status = 0
        self.content_type = b""
        self.buffer = ""

    async def __aenter__(self) -> Self:
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": "/api/v1/stream",
            "raw_path": b"/api/v1/stream",
            "query_string": b"",
            "headers": self.headers,
        }
        self.task = asyncio.create_task(self.app(scope, self.receive, self.send))
        return self

    async def __aexit__(self, *_: object) -> None:
        self.gone.set()
        await asyncio.wait_for(self.task, _PATIENCE)

    async def receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.content_type = dict(message["headers"])[b"content-type"]
        else:
            await self.chunks.put(message["body"])
            if not message.get("more_body"):
                await self.chunks.put(None)

    async def event(self) -> tuple[str, Any, str]:
        """The next event: name, data, id. Raises EOFError at the end."""
        while "\r\n\r\n" not in self.buffer:
            chunk = await asyncio.wait_for(self.chunks.get(), _PATIENCE)
            if chunk is None:
                raise EOFError
            self.buffer += chunk.decode()
        block, self.buffer = self.buffer.split("\r\n\r\n", 1)
        fields = dict(line.split(": ", 1) for line in block.split("\r\n"))
        return fields["event"], json.loads(fields["data"]), fields.get("id", "")


def hear(world: World, story: Callable[[], Awaitable[None]]) -> None:
    """Play a story while the application runs, as a server would run it."""

    async def play() -> None:
        async with world.app.router.lifespan_context(world.app):
            await story()

    asyncio.run(play())


def test_a_change_is_told_to_everybody_who_listens(world: World) -> None:
    async def story() -> None:
        async with Listening(world.app) as one, Listening(world.app) as two:
            for listener in (one, two):
                name, state, _ = await listener.event()
                assert name == "ready"
                assert sorted(state) == ["cases", "deliveries", "health", "incidents", "mentions"]
                assert state["health"] == {"ready": True, "parts": world.health}
            assert (one.status, one.content_type) == (200, b"text/event-stream; charset=utf-8")
            await asyncio.to_thread(world.mention)
            for listener in (one, two):
                name, mark, id_ = await listener.event()
                assert name == "mentions"
                assert mark == world.store.change_marks()["mentions"] != state["mentions"]
                assert id_

    hear(world, story)


def test_health_is_told_when_it_changes(world: World) -> None:
    async def story() -> None:
        async with Listening(world.app) as listener:
            await listener.event()
            world.health["model"] = "The model is loading."
            name, health, _ = await listener.event()
            assert name == "health"
            assert (health["ready"], health["parts"]["model"]) == (False, "The model is loading.")

    hear(world, story)


def test_who_comes_back_hears_of_everything_that_may_have_changed(world: World) -> None:
    async def story() -> None:
        async with Listening(world.app) as listener:
            _, state, first = await listener.event()
        await asyncio.to_thread(world.mention)
        async with Listening(world.app, last_event_id=first) as back:
            events = [await back.event() for _ in range(1 + len(state))]
            assert sorted(name for name, _, _ in events) == sorted(["ready", *state])
            ids = [id_ for _, _, id_ in events]
            assert ids[-1] not in {"", first}
            assert ids[:-1] == [""] * len(state)

    hear(world, story)


def test_who_has_missed_nothing_hears_nothing_twice(world: World) -> None:
    async def story() -> None:
        async with Listening(world.app) as listener:
            _, _, first = await listener.event()
        async with Listening(world.app, last_event_id=first) as back:
            assert (await back.event())[::2] == ("ready", first)
            await asyncio.to_thread(world.incident)
            assert (await back.event())[0] == "incidents"

    hear(world, story)


def test_listeners_are_sent_away_at_the_end_and_forgotten_when_they_go(world: World) -> None:
    watcher: Watcher = world.app.state.watcher

    async def story() -> None:
        async with Listening(world.app) as listener:
            await listener.event()
            async with Listening(world.app) as other:
                await other.event()
                assert watcher.listeners == 2
            assert watcher.listeners == 1
            watcher.end()
            with pytest.raises(EOFError):
                await listener.event()
        assert watcher.listeners == 0

    hear(world, story)


def test_who_is_slow_gets_only_the_latest_of_each(world: World) -> None:
    async def story() -> None:
        watcher = Watcher(world.store, lambda: world.health, 0.01)
        watching = asyncio.create_task(watcher.run())
        slow, quick = watcher._events(""), watcher._events("")
        await anext(slow)
        await anext(quick)
        for number in range(3):
            await asyncio.to_thread(world.mention, str(number))
            assert (await asyncio.wait_for(anext(quick), _PATIENCE)).event == "mentions"
        event = await asyncio.wait_for(anext(slow), _PATIENCE)
        assert json.loads(event.data) == world.store.change_marks()["mentions"]
        watcher.end()
        assert [each async for each in slow] == []
        await quick.aclose()
        await watching

    asyncio.run(story())


def test_a_store_that_cannot_be_read_ends_no_stream(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Any:
        raise StorageError("the disk is gone")

    async def story() -> None:
        async with Listening(world.app) as listener:
            await listener.event()
            with monkeypatch.context() as patch:
                patch.setattr(world.store, "change_marks", broken)
                world.health["store"] = "The disk is gone."
                assert (await listener.event())[0] == "health"
            await asyncio.to_thread(world.mention)
            assert (await listener.event())[0] == "mentions"

    with capture_logs() as logs:
        hear(world, story)
    assert {log["reason"] for log in logs} == {"the disk is gone"}


def test_nothing_is_asked_of_the_store_while_nobody_listens(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []
    real = world.store.change_marks

    def counted() -> Any:
        looks.append(1)
        return real()

    monkeypatch.setattr(world.store, "change_marks", counted)

    async def story() -> None:
        for _ in range(100):
            await asyncio.sleep(0)
        assert looks == []
        async with Listening(world.app) as listener:
            await listener.event()
        assert looks

    hear(world, story)
