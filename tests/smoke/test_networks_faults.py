"""Each fault does what it says, at a server with two paths; httpx is the client."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import ASGIApp

from tests.networks.faults import Altered, Answer, Closed, Cut, Refuse, Slow, Stall, WrongJson, out_of_order, twice
from tests.networks.server import NetworkServer, json_answer
from tests.networks.streams import Stream, Streams

AT_ONCE = 0.2  # seconds: nothing comes within this where nothing must come
PAGE = {"page": {"items": [1, 2, 3]}, "more": "x" * 100}


class SmallServer(NetworkServer):
    """A page at `/page` and a stream of lines at `/stream`."""

    def __init__(self) -> None:
        super().__init__([Route("/page", page, methods=["GET", "POST"]), Route("/stream", self._stream)])
        self.streams = Streams(b"~\n", heartbeat_seconds=0.01, changed=self.changed)

    async def _stream(self, request: Request) -> ASGIApp:
        return self.streams.answer(request, "text/plain", {}, first=b"hello\n")


async def page(request: Request) -> ASGIApp:
    return json_answer(PAGE)


@pytest.fixture
def server() -> Iterator[SmallServer]:
    with SmallServer() as server:
        yield server


@pytest.fixture
def client(server: SmallServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=10) as client:
        yield client


def test_every_request_is_recorded_with_all_it_said(server: SmallServer, client: httpx.Client) -> None:
    client.post("/page?a=1&a=2", json={"asked": "this"}, headers={"X-Who": "me"})
    client.get("/nowhere")
    first, second = server.requests
    assert (first.method, first.path, first.query.getlist("a")) == ("POST", "/page", ["1", "2"])
    assert (first.json(), first.headers["x-who"]) == ({"asked": "this"}, "me")
    assert [request.path for request in server.asked("/nowhere")] == [second.path]


def test_it_listens_before_it_is_started_and_answers_then() -> None:
    server = SmallServer()
    with httpx.Client(timeout=10) as client, httpx.Client(timeout=AT_ONCE) as hasty:
        with pytest.raises(httpx.ReadTimeout):
            hasty.get(f"{server.url}/page")
        with server:
            assert client.get(f"{server.url}/page").json() == PAGE
        with pytest.raises(httpx.ConnectError):
            client.get(f"{server.url}/page")


def test_faults_are_taken_in_turn_those_of_the_path_first(server: SmallServer, client: httpx.Client) -> None:
    server.fail(Answer(500), Answer(502))
    server.fail(Answer(429, "slow down", {"retry-after": "7"}), path="/page")
    refused = client.get("/page")
    assert (refused.status_code, refused.text, refused.headers["retry-after"]) == (429, "slow down", "7")
    assert [client.get(path).status_code for path in ("/page", "/stream", "/page")] == [500, 502, 200]
    assert len(server.requests) == 4


def test_json_that_is_none(server: SmallServer, client: httpx.Client) -> None:
    server.fail(WrongJson())
    answer = client.get("/page")
    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_a_stall_is_taken_and_never_answered(server: SmallServer, client: httpx.Client) -> None:
    server.fail(Stall())
    with pytest.raises(httpx.ReadTimeout):
        client.get("/page", timeout=AT_ONCE)
    assert len(server.requests) == 1
    assert client.get("/page").json() == PAGE


def test_a_server_that_closes_while_it_stalls_says_nothing_then_either() -> None:
    with SmallServer() as server, httpx.Client(timeout=10) as client, ThreadPoolExecutor() as pool:
        server.fail(Stall())
        answer = pool.submit(client.get, f"{server.url}/page")
        server.wait_for_requests(1)
        server.close()
        with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
            answer.result()


def test_a_refused_connection_is_broken_before_a_word(server: SmallServer, client: httpx.Client) -> None:
    server.fail(Refuse())
    with pytest.raises(httpx.ReadError):
        client.get("/page")


def test_a_cut_ends_in_the_middle_of_the_body(server: SmallServer, client: httpx.Client) -> None:
    server.fail(Cut(after=20))
    heard = b""
    with client.stream("GET", "/page") as answer, pytest.raises(httpx.RemoteProtocolError):  # noqa: PT012
        assert answer.status_code == 200
        for piece in answer.iter_raw():
            heard += piece
    assert heard == json.dumps(PAGE).encode()[:20]


def test_closed_is_an_empty_answer_in_order(server: SmallServer, client: httpx.Client) -> None:
    server.fail(Closed())
    answer = client.get("/page")
    assert (answer.status_code, answer.content, answer.headers["connection"]) == (200, b"", "close")


def test_a_slow_answer_is_the_true_one_in_pieces(server: SmallServer, client: httpx.Client) -> None:
    server.fail(Slow(60), Slow(0.001, piece=50))
    with pytest.raises(httpx.ReadTimeout):
        client.get("/page", timeout=AT_ONCE)
    with client.stream("GET", "/page") as answer:
        pieces = list(answer.iter_raw())
    assert b"".join(pieces) == json.dumps(PAGE).encode()


def test_pages_come_doubled_turned_round_and_changed(server: SmallServer, client: httpx.Client) -> None:
    server.fail(twice("page", "items"), out_of_order("page", "items"), Altered(lambda answer: [answer["more"]]))
    assert client.get("/page").json()["page"]["items"] == [1, 1, 2, 2, 3, 3]
    assert client.get("/page").json()["page"]["items"] == [3, 2, 1]
    assert client.get("/page").json() == [PAGE["more"]]


def test_what_goes_wrong_in_the_server_itself_is_raised_at_its_end() -> None:
    with pytest.raises(KeyError, match="no such key"), SmallServer() as server:  # noqa: PT012
        server.fail(twice("no such key"))
        assert httpx.get(f"{server.url}/page", timeout=10).status_code == 500


def test_a_stream_says_what_it_is_told_and_its_heartbeat_meanwhile(server: SmallServer, client: httpx.Client) -> None:
    with client.stream("GET", "/stream") as answer:
        lines = answer.iter_lines()
        assert [next(lines), next(lines)] == ["hello", "~"]
        server.order(lambda: server.streams.open[0].say(b"news\n"))
        server.order(server.streams.open[0].end)
        assert [line for line in lines if line != "~"] == ["news"]
    server.wait(lambda server: len(server.streams) == 0)
    assert server.streams.opened == 1


def test_a_stream_is_silent_while_it_is_muted(server: SmallServer, client: httpx.Client) -> None:
    server.streams.mute = True
    with client.stream("GET", "/stream", timeout=AT_ONCE) as answer, pytest.raises(httpx.ReadTimeout):
        next(answer.iter_lines())


@pytest.mark.parametrize("break_off", [Stream.cut, None])
def test_a_stream_breaks_in_mid_answer(server: SmallServer, client: httpx.Client, break_off) -> None:
    with client.stream("GET", "/stream") as answer:
        lines = answer.iter_lines()
        assert next(lines) == "hello"
        if break_off:
            server.order(lambda: break_off(server.streams.open[0]))
        else:
            server.cut_all()
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            list(lines)
    server.wait(lambda server: len(server.streams) == 0)


def test_a_client_that_goes_is_noticed(server: SmallServer, client: httpx.Client) -> None:
    with client.stream("GET", "/stream"):
        server.wait(lambda server: len(server.streams) == 1)
    server.wait(lambda server: len(server.streams) == 0)
