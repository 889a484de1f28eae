"""Answers of libraries on requests are read up to a limit."""

import gzip
from collections.abc import Iterator

import pytest
import requests
from starlette.routing import Route

from ingest.sources import bounded
from ingest.sources.bounded import Bounded, TooLargeError
from tests.networks.faults import Answer
from tests.networks.server import NetworkServer, json_answer


@pytest.fixture
def server() -> Iterator[NetworkServer]:
    async def answer(_request: object) -> object:
        return json_answer({"a": 1})

    with NetworkServer([Route("/", answer)]) as server:
        yield server


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[requests.Session]:
    monkeypatch.setattr(bounded, "LARGEST", 1 << 20)
    with requests.Session() as session:
        session.mount("http://", Bounded())
        yield session


def test_an_answer_is_read_as_ever(server: NetworkServer, session: requests.Session) -> None:
    answer = session.get(server.url)
    assert (answer.json(), answer.content, answer.status_code) == ({"a": 1}, answer.text.encode(), 200)


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("status", [200, 302, 500])
@pytest.mark.parametrize("packed", [True, False])
def test_too_large_an_answer_is_given_up(
    server: NetworkServer, session: requests.Session, status: int, stream: bool, packed: bool
) -> None:
    body = b"x" * (4 << 20)
    headers = {"location": "/"} | ({"content-encoding": "gzip"} if packed else {})
    server.fail(Answer(status, gzip.compress(body) if packed else body, headers))
    if stream and status != 302:
        with session.get(server.url, stream=True) as answer:
            assert next(answer.iter_content(10)) == b"x" * 10
        return
    with pytest.raises(TooLargeError, match="more than 1 MiB"):
        session.get(server.url, stream=stream)
