"""Answers of libraries on requests are read up to a limit of bytes and of time."""

import contextlib
import gzip
import socket
import threading
from collections.abc import Callable, Iterator

import pytest
import requests
from starlette.routing import Route

from ingest.sources.bounded import Bounded, GivenUpError, TooLargeError, bound_lines
from tests.networks.faults import Answer, Stall, Unending
from tests.networks.server import NetworkServer, json_answer
from tests.servers.process import LOOPBACK

BEGINNINGS = [b"HTTP/1.1 200 OK\r\nx: ", b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n"]
"""Of an answer whose head has no end, and of one whose body has none."""


@pytest.fixture
def server() -> Iterator[NetworkServer]:
    async def answer(_request: object) -> object:
        return json_answer({"a": 1})

    with NetworkServer([Route("/", answer)]) as server:
        yield server


@contextlib.contextmanager
def bounded(**limits: float) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.mount("http://", Bounded(1 << 20, **limits))
        yield session


@contextlib.contextmanager
def dripping(beginning: bytes) -> Iterator[str]:
    """The address of a server that never comes to an end, but is never silent for long."""

    def drip() -> None:
        with contextlib.suppress(OSError):
            line, _ = listener.accept()
            with line:
                line.recv(65_536)
                line.sendall(beginning)
                while not over.wait(0.02):
                    line.sendall(b"x")

    over = threading.Event()
    with socket.create_server((LOOPBACK, 0)) as listener:
        thread = threading.Thread(target=drip)
        thread.start()
        try:
            yield f"http://{LOOPBACK}:{listener.getsockname()[1]}/"
        finally:
            over.set()
            thread.join()


def in_thread(call: Callable[[], object]) -> tuple[threading.Thread, list[Exception]]:
    """A call under way, and what it will have raised."""
    raised: list[Exception] = []

    def make() -> None:
        try:
            call()
        except requests.RequestException as error:
            raised.append(error)

    thread = threading.Thread(target=make)
    thread.start()
    return thread, raised


def test_an_answer_is_read_as_ever(server: NetworkServer) -> None:
    with bounded() as session:
        for _ in range(2):
            answer = session.get(server.url)
            assert (answer.json(), answer.content, answer.status_code) == ({"a": 1}, answer.text.encode(), 200)


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("status", [200, 302, 500])
@pytest.mark.parametrize("packed", [True, False])
def test_too_large_an_answer_is_given_up(server: NetworkServer, status: int, stream: bool, packed: bool) -> None:
    body = b"x" * (4 << 20)
    headers = {"location": "/"} | ({"content-encoding": "gzip"} if packed else {})
    server.fail(Answer(status, gzip.compress(body) if packed else body, headers))
    with bounded() as session:
        if stream and status == 200:
            with session.get(server.url, stream=True) as answer:
                assert next(answer.iter_content(10)) == b"x" * 10
            return
        with pytest.raises(TooLargeError, match="more than 1 MiB"):
            session.get(server.url, stream=stream)


@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_too_slow_an_answer_is_given_up(beginning: bytes) -> None:
    with (
        dripping(beginning) as url,
        bounded(seconds=0.2) as session,
        pytest.raises(GivenUpError, match="longer than 0 s"),
    ):
        session.get(url, timeout=10)


def test_after_one_that_was_given_up_the_next_answer_is_read(server: NetworkServer) -> None:
    with bounded(seconds=0.2) as session:
        session.get(server.url)
        server.fail(Unending(b" ", 0.01))
        with pytest.raises(GivenUpError):
            session.get(server.url)
        assert session.get(server.url).json() == {"a": 1}


def test_a_stream_that_has_begun_may_last(server: NetworkServer) -> None:
    server.fail(Unending(b"x", 0.05))
    with bounded(seconds=0.2) as session, session.get(server.url, stream=True) as answer:
        assert len(b"".join(piece for piece, _ in zip(answer.iter_content(1), range(8), strict=False))) == 8


@pytest.mark.parametrize("beginning", BEGINNINGS)
@pytest.mark.parametrize("stream", [True, False])
def test_whoever_closes_it_ends_what_is_under_way(beginning: bytes, stream: bool) -> None:
    with dripping(beginning) as url, bounded() as session:
        reading, raised = in_thread(lambda: session.get(url, stream=stream).content)
        reading.join(0.1)
        assert reading.is_alive()
        session.close()
        reading.join(5)
        assert not reading.is_alive()
        # A stream without a length has ended in order, as far as its reader knows.
        assert raised or stream


def test_what_is_closed_asks_nothing_any_more(server: NetworkServer) -> None:
    with bounded() as session:
        session.close()
        with pytest.raises(GivenUpError, match="nobody waits"):
            session.get(server.url)
    assert not server.requests


def test_what_waits_without_a_word_is_ended_too(server: NetworkServer) -> None:
    server.fail(Stall())
    with bounded() as session:
        asking, raised = in_thread(lambda: session.get(server.url, timeout=60))
        server.wait_for_requests(1)
        session.close()
        asking.join(5)
    assert [type(error) for error in raised] == [GivenUpError]


def test_a_line_of_a_stream_has_its_length(server: NetworkServer) -> None:
    server.fail(Unending(b"0123456\n" * 100), Unending(b"01234567"))
    with bounded() as session, session.get(server.url, stream=True) as answer:
        bound_lines(answer, 20)
        assert {line for line, _ in zip(answer.iter_lines(13), range(999), strict=False)} == {b"0123456"}
    with bounded() as session, session.get(server.url, stream=True) as answer:
        bound_lines(answer, 20_000)
        with pytest.raises(TooLargeError, match="a line of more than 19 KiB"):
            list(answer.iter_lines())
