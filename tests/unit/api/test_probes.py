"""The probes that every process answers: in the application of a worker, and in that of the pages."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.parts import STARTING
from api.probes import create_probes
from tests.unit.api.conftest import World


@dataclass
class Process:
    """A process whose state the test decides, and the ways to ask for it."""

    client: TestClient
    state: dict[str, str] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)


@pytest.fixture(params=["worker", "pages"])
def process(request: pytest.FixtureRequest, world: World) -> Iterator[Process]:
    state, parts = {"alive": ""}, {"alerting": "ok", "heartbeat": "ok"}
    alive, ready, numbers = (lambda: state["alive"]), (lambda: parts), (lambda: b"sixminute_up 1\n")
    app = (
        create_probes("1.2.3", alive, ready, numbers)
        if request.param == "worker"
        else create_app(replace(world.parts, version="1.2.3", alive=alive, ready=ready, metrics=numbers))
    )
    with TestClient(app, base_url="http://localhost") as client:
        yield Process(client, state, parts)


def test_a_process_is_alive_until_only_a_restart_helps(process: Process) -> None:
    answer = process.client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "version": "1.2.3"})
    process.parts["alerting"] = "Kafka at host:9092 doesn't answer"
    assert process.client.get("/healthz").status_code == 200
    process.state["alive"] = "The thread of alerting has died."
    answer = process.client.get("/healthz")
    assert (answer.status_code, answer.json()["status"]) == (503, "The thread of alerting has died.")


@pytest.mark.parametrize("sentence", [STARTING, "Kafka at host:9092 doesn't answer"])
def test_a_process_is_ready_when_every_part_is_well(process: Process, sentence: str) -> None:
    answer = process.client.get("/readyz")
    assert (answer.status_code, answer.json()["ready"]) == (200, True)
    process.parts["alerting"] = sentence
    answer = process.client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "parts": {"alerting": sentence, "heartbeat": "ok"}}
    process.parts["alerting"] = "ok"
    assert process.client.get("/readyz").status_code == 200


def test_numbers_are_in_the_format_of_prometheus(process: Process) -> None:
    answer = process.client.get("/metrics")
    assert (answer.status_code, answer.text) == (200, "sixminute_up 1\n")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"


def test_a_worker_answers_nothing_else() -> None:
    app = create_probes("1.2.3", lambda: "", dict, lambda: b"")
    with TestClient(app) as client:
        for path in ("/", "/docs", "/openapi.json", "/api/v1/mentions"):
            assert client.get(path).status_code == 404
        assert client.post("/healthz").status_code == 405
