"""Clients that are slow, silent or many: they hold nobody else up, and are sent away."""

import json
import resource
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs

from api.connections import MOST, most_connections
from api.server import Server
from tests.programs import wait_until
from tests.smoke.test_api_server import served

HEAD = b"POST /api/v1/mentions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 500\r\n\r\n"
PATIENCE = 0.6
LIMIT = 12


@pytest.mark.parametrize(("files", "most"), [(1_024, 341), (2, 1), (1_000_000, MOST), (resource.RLIM_INFINITY, MOST)])
def test_there_are_fewer_connections_than_files_may_be_open(
    monkeypatch: pytest.MonkeyPatch, files: int, most: int
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (files, files))
    assert most_connections() == most


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, Server]]:
    with served(tmp_path, patience=PATIENCE, most=LIMIT) as (address, server, _):
        yield address, server


@pytest.fixture
def connect(server: tuple[str, Server]) -> Iterator[object]:
    host, _, port = server[0].removeprefix("http://").partition(":")
    with ExitStack() as open_ones:

        def opened(said: bytes = b"") -> socket.socket:
            made = open_ones.enter_context(socket.create_connection((host, int(port)), timeout=10))
            made.sendall(said)
            return made

        yield opened


def all_of(connection: socket.socket) -> bytes:
    """What comes until the other side closes."""
    pieces = []
    while piece := connection.recv(65_536):
        pieces.append(piece)
    return b"".join(pieces)


@pytest.mark.parametrize(
    "said",
    [HEAD + b"abc", HEAD, b"GET /healthz HTTP/1.1\r\nHost: 127", b"G"],
    ids=["body", "no body", "head", "first letter"],
)
def test_who_never_ends_a_request_is_told_so_and_sent_away(connect, said: bytes) -> None:
    answer = all_of(connect(said))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert b"connection: close" in head.lower()
    assert json.loads(body)["type"] == "/api/v1/problems/too-slow"


def test_bytes_now_and_then_are_no_reason_to_wait(connect) -> None:
    connection = connect(b"GET /healthz HTTP/1.1\r\n")
    connection.settimeout(0.05)

    def answer() -> bytes:
        connection.sendall(b"x: y\r\n")
        with suppress(TimeoutError):
            return connection.recv(1_000)
        return b""

    assert wait_until(answer, "the answer").startswith(b"HTTP/1.1 408 ")


def test_who_says_nothing_is_sent_away_without_a_word(connect) -> None:
    assert all_of(connect()) == b""


def test_the_rest_of_a_request_that_was_answered_is_waited_for_no_longer(connect) -> None:
    answer = all_of(connect(HEAD.replace(b"POST /api/v1/mentions", b"GET /healthz")))
    assert answer.count(b"HTTP/1.1") == 1


def test_who_does_not_take_its_answer_is_sent_away(server: tuple[str, Server], connect) -> None:
    connection = connect()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    for _ in range(60):
        connection.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    connections = server[1].server_state.connections
    wait_until(lambda: len(connections) == 1, "the connection")
    wait_until(lambda: not connections, "its end")


def test_a_stream_lives_on_while_slow_ones_come_in_crowds(server: tuple[str, Server], connect) -> None:
    address, running = server
    with httpx.stream("GET", f"{address}/api/v1/stream", timeout=30) as stream:
        lines = stream.iter_lines()
        slow = [connect(HEAD + b"abc" if number % 2 else b"") for number in range(4 * LIMIT)]
        for _ in range(3):
            assert httpx.get(f"{address}/readyz", timeout=10).status_code == 200
            assert len(running.server_state.connections) <= LIMIT
        wait_until(lambda: len(running.server_state.connections) == 1, "the end of the slow ones")
        assert httpx.get(f"{address}/readyz", timeout=10).status_code == 200
        assert len(slow) == 4 * LIMIT
        running.should_exit = True
        # It ends as a stream does, not as a connection that breaks.
        assert [line for line in lines if line.startswith("event")] == ["event: ready"]


def test_listeners_are_not_sent_away_for_others(server: tuple[str, Server], connect) -> None:
    ask = b"GET /api/v1/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    listeners = [connect(ask) for _ in range(LIMIT)]
    assert all(each.recv(1_000) for each in listeners)
    late = connect()
    late.settimeout(10)
    with suppress(ConnectionResetError):
        assert late.recv(1_000) == b""
    assert len(server[1].server_state.connections) == LIMIT


def test_a_listener_that_acknowledges_nothing_makes_room_for_others(server: tuple[str, Server], connect) -> None:
    running = server[1]
    dead = connect(b"GET /api/v1/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    assert dead.recv(1)
    dead.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    (connection,) = running.server_state.connections
    # As much as the system takes over, and the client doesn't: nothing of it waits in this process.
    connection.loop.call_soon_threadsafe(connection.transport.write, b": still here\n\n" * 10_000)
    wait_until(lambda: not running.server_state.connections, "its end")


def test_a_crowd_is_told_of_once(server: tuple[str, Server], connect) -> None:
    with capture_logs() as told:
        for _ in range(5 * LIMIT):
            connect()
        wait_until(lambda: told, "the line in the log", seconds=10)
        for _ in range(5 * LIMIT):
            connect()
        assert httpx.get(f"{server[0]}/readyz", timeout=10).status_code == 200
    assert [(each["event"], each["most"]) for each in told] == [("connections_dropped", LIMIT)]
