"""Webhooks through the whole program, on every bus and every store: each delivery counts once, whatever happens."""

import base64
import hashlib
import hmac
import json
import re
import shutil
import subprocess
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from core.brand import Brand
from core.mention import Mention
from core.ports.queries import MentionQuery
from runtime import settings as settings_module
from runtime import stages
from runtime.settings import Settings
from runtime.wiring import backends, web
from runtime.wiring.house import House, open_house
from tests.backends import BUSES
from tests.browser.seed import serving
from tests.fakes import FakeClock, WordClassifier
from tests.harness import NoDemonstration
from tests.programs import ROOT, environment
from tests.servers import missing

KEY = b"a key of twenty-four byte"
APP_SECRET = "app-Secret"
ROW = {"source": "forum", "id": "7", "text": "My Acme toaster is broken", "created_at": "2026-03-02T08:00:00Z"}


class Installation:
    """The web application and the scoring stage of one installation; both can be started anew."""

    def __init__(self, settings: Settings, clock: FakeClock, opened: ExitStack) -> None:
        self.settings, self.clock, self._opened = settings, clock, opened
        self.house, self.client = self.open()

    def open(self) -> tuple[House, TestClient]:
        """One more process of the web application."""
        house = open_house(self.settings, self.clock)
        self._opened.callback(house.close)
        client = TestClient(create_app(web.parts(house, NoDemonstration(), dict, lambda: b"")))
        client.base_url = "http://localhost"
        return house, client

    def post(self, payload: Any, id_: str = "msg_1", client: TestClient | None = None) -> Any:
        body, at = json.dumps(payload).encode(), int(self.clock.now().timestamp())
        digest = hmac.new(KEY, f"{id_}.{at}.".encode() + body, hashlib.sha256).digest()
        headers = {
            "webhook-id": id_,
            "webhook-timestamp": str(at),
            "webhook-signature": "v1," + base64.b64encode(digest).decode(),
        }
        return (client or self.client).post("/api/v1/mentions", content=body, headers=headers)

    def meta(self, **value: str) -> Any:
        change = {"field": "feed", "value": {"item": "comment", **value}}
        payload = {"object": "page", "entry": [{"id": "4455", "time": 1772442000, "changes": [change]}]}
        body = json.dumps(payload).encode()
        signature = "sha256=" + hmac.new(APP_SECRET.encode(), body, hashlib.sha256).hexdigest()
        return self.client.post("/api/v1/webhooks/meta", content=body, headers={"X-Hub-Signature-256": signature})

    def score(self) -> int:
        """Let everything that is on the bus be scored; say how many messages that were."""
        jobs = stages.jobs(self.settings, lambda: self.house, WordClassifier, stages=("sentiment",))
        (service,) = (job.make() for job in jobs)
        done = 0
        try:
            while self.house.bus.lag("sentiment", "mentions.raw"):
                done += service.step(0.2)
        finally:
            service.close()
        return done

    def stored(self) -> list[Mention]:
        return [each.mention for each in self.house.store.mentions(MentionQuery()).items]


@pytest.fixture(params=BUSES)
def start(
    request: pytest.FixtureRequest, tmp_path: Path, store_url: str, clock: FakeClock
) -> Iterator[Callable[..., Installation]]:
    with ExitStack() as opened:

        def make(**more: Any) -> Installation:
            if request.param == "kafka":
                more |= {
                    "bus": "kafka",
                    "kafka_bootstrap": request.getfixturevalue("kafka").bootstrap,
                    "kafka_prefix": f"webhooks-{uuid.uuid4().hex[:8]}.",
                    "kafka_partitions": 2,
                    "retention_days": 36_500.0,  # the messages are dated by the clock of the test
                }
            settings = Settings(
                data_dir=tmp_path / "data",
                database_url=store_url,
                brands=(Brand(name="Acme"),),
                webhook_secret="whsec_" + base64.b64encode(KEY).decode(),
                meta_app_secret=APP_SECRET,
                **more,
            )
            backends.prepare(settings)
            return Installation(settings, clock, opened)

        yield make


def test_what_is_posted_is_scored_and_a_repeated_delivery_changes_nothing(start: Callable[..., Installation]) -> None:
    here = start()
    rows = [ROW, ROW | {"id": "8", "text": "nobody"}, {"id": "9"}]
    first = here.post(rows)
    assert first.json() | {"refused": []} == {
        "accepted": 1, "about_no_brand": 1, "ignored": 0, "removed": 0, "refused": [],
    }  # fmt: skip
    assert here.score() == 1
    (mention,) = here.stored()
    assert (mention.text, mention.source, mention.brand) == (ROW["text"], "forum", "Acme")
    _, restarted = here.open()
    for client in (here.client, restarted):
        here.clock.forward(minutes=1)
        again = here.post(rows, client=client)
        assert again.json() == first.json()
        assert again.headers["idempotency-replayed"] == "true"
    assert here.score() == 0
    # Under another id they are the same mentions all the same.
    assert "idempotency-replayed" not in here.post(rows, "msg_2").headers
    assert here.score() == 1
    assert here.stored() == [mention]
    assert len(here.house.bus.browse("mentions.raw.dead")) >= 1


def test_an_edit_replaces_and_a_deletion_removes_for_good(start: Callable[..., Installation]) -> None:
    here = start()
    here.post([ROW, ROW | {"text": "My Acme toaster is fine again", "revision": 1}])
    here.score()
    assert [each.text for each in here.stored()] == ["My Acme toaster is fine again"]
    here.meta(verb="add", comment_id="1", message="It smokes")
    here.meta(verb="remove", comment_id="1")  # before the comment is in the store
    here.post({"deleted": True, "source": "forum", "id": "7"}, "msg_2")
    here.score()
    assert here.stored() == []
    here.post(ROW, "msg_3")
    here.score()
    assert here.stored() == []


def test_a_bus_that_is_behind_takes_nothing_until_it_has_caught_up(start: Callable[..., Installation]) -> None:
    here = start(max_backlog=2)
    rows = [ROW | {"id": str(number)} for number in range(5)]
    assert here.post(rows).status_code == 200
    refused = here.post(ROW, "msg_2")
    assert refused.status_code == 503
    assert refused.headers["content-type"] == "application/problem+json"
    assert "behind on mentions.raw" in refused.json()["detail"].replace(here.settings.kafka_prefix, "")
    assert refused.headers["retry-after"] == "5"
    assert here.score() == 5
    here.clock.forward(seconds=10)
    assert here.post(ROW, "msg_2").json()["accepted"] == 1


def test_a_secret_that_is_none_keeps_the_program_from_starting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(settings_module.ConfigurationError, match="SIXMINUTE_WEBHOOK_SECRET: secret 1 of 1") as raised:
        settings_module.load({"SIXMINUTE_WEBHOOK_SECRET": "hunter2hunter2!"})
    assert "hunter2" not in str(raised.value)


def test_each_of_several_secrets_is_blotted_out() -> None:
    one, two = ("whsec_" + base64.b64encode(each * 24).decode() for each in (b"a", b"b"))
    secrets = Settings(webhook_secret=f"{one} {two}").secrets()
    assert {one, two, one.removeprefix("whsec_"), two.removeprefix("whsec_")} <= set(secrets)


def test_the_example_of_the_documentation_works(tmp_path: Path) -> None:
    for tool in ("bash", "curl", "openssl", "od"):
        if shutil.which(tool) is None:
            missing(f"{tool} isn't there")
    page = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    (_, script) = re.findall(r"```sh\n(export SIXMINUTE_WEBHOOK_SECRET=.*?\n)(.*?)```", page, re.DOTALL)[0]
    secret = "whsec_" + base64.b64encode(KEY).decode()
    house = open_house(Settings(data_dir=tmp_path, brands=(Brand(name="Acme"),), webhook_secret=secret))
    try:
        with serving(web.parts(house, NoDemonstration(), dict, lambda: b"")) as address:
            variables = environment(webhook_secret=secret) | {"SIXMINUTE": address, "NO_PROXY": "127.0.0.1"}
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", script], env=variables, capture_output=True, text=True, check=True
            )
        assert json.loads(done.stdout)["accepted"] == 1, done
        (message,) = house.bus.browse("mentions.raw")
        assert b"The toaster smokes." in message.value
    finally:
        house.close()
