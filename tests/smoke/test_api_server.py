"""The application behind a real server on loopback."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from api.app import create_app
from api.server import Server
from runtime.settings import Settings
from runtime.wiring import web
from runtime.wiring.house import open_house
from tests.harness import NoDemonstration


@contextmanager
def served(folder: Path, **limits: Any) -> Iterator[tuple[str, Server, threading.Thread]]:
    settings = Settings(data_dir=folder)
    house = open_house(settings)
    parts = web.parts(house, NoDemonstration(), lambda: {"store": "ok"}, lambda: b"")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        # No grace: a stream that doesn't end by itself would keep the server from stopping, and fail the test.
        config = uvicorn.Config(create_app(parts), log_config=None, timeout_graceful_shutdown=None)
        server = Server(config, **limits)
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", server, thread
        finally:
            server.should_exit = True
            thread.join(30)
            house.close()


def test_the_server_stops_while_streams_are_open(tmp_path: Path) -> None:
    with served(tmp_path) as (address, server, thread):
        with httpx.stream("GET", f"{address}/api/v1/stream", timeout=30) as stream:
            lines = stream.iter_lines()
            event = dict(line.split(": ", 1) for line in (next(lines) for _ in range(3)))
            assert event["event"] == "ready"
            assert json.loads(event["data"])["health"] == {"ready": True, "parts": {"store": "ok"}}
            server.should_exit = True
            assert [line for line in lines if line and not line.startswith(":")] == []
        thread.join(30)
        assert not thread.is_alive()


def test_the_server_answers_probes_and_refuses_foreign_names(tmp_path: Path) -> None:
    with served(tmp_path) as (address, _, _):
        assert httpx.get(f"{address}/healthz").json()["status"] == "ok"
        assert httpx.get(f"{address}/readyz").status_code == 200
        response = httpx.get(f"{address}/api/v1/brands", headers={"Host": "evil.example"})
        assert (response.status_code, response.headers["content-type"]) == (421, "application/problem+json")
        assert httpx.get(f"{address}/api/v1/brands").json()["next"] is None
