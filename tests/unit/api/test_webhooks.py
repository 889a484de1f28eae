"""Webhooks: only signed and recent deliveries come in, each once, and whatever else comes is told what is wrong."""

import base64
import dataclasses
import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.idempotency import PLACES
from api.parts import Webhooks
from core.brand import Brand
from core.errors import BackPressureError, StorageError
from core.events import MENTIONS_RAW, DeadLetter, MentionReceived, decode
from core.signatures import keys_of
from ingest.webhooks.intake import WebhookIntake
from tests.unit.api.test_problems import problem

from .conftest import World

KEY, NEXT = b"a key of twenty-four byte", b"another one, for a while.."
WEBHOOK_SECRET = " ".join("whsec_" + base64.b64encode(key).decode() for key in (KEY, NEXT))
APP_SECRET, VERIFY_TOKEN, CHANNEL_SECRET = "app-Secret", "verify-Token", "channel-Secret"
OURS = ("mentions", "webhooks/email", "webhooks/form")
ROW = {"source": "forum", "id": "7", "text": "My Acme toaster smokes", "created_at": "2026-03-02T08:00:00Z"}
FEED = {"field": "feed", "value": {"item": "comment", "verb": "add", "comment_id": "1", "message": "It smokes"}}
META = {"object": "page", "entry": [{"id": "4455", "time": 1772442000, "changes": [FEED]}]}
EVENT = {"type": "message", "timestamp": 1772442000000, "message": {"type": "text", "id": "1", "text": "It smokes"}}
LINE = {"destination": "U1", "events": [EVENT]}


def raw(payload: Any) -> bytes:
    return payload if isinstance(payload, bytes) else json.dumps(payload).encode()


def signature(key: bytes, id_: str, at: int | str, body: bytes) -> str:
    signed = f"{id_}.{at}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


class Sender:
    """Signs and posts."""

    def __init__(self, world: World, client: TestClient) -> None:
        self.world, self.client = world, client

    def ours(
        self,
        payload: Any,
        id_: str = "msg_1",
        *,
        to: str = "mentions",
        late: float = 0,
        key: bytes = KEY,
        **headers: str,
    ) -> Any:
        body, at = raw(payload), int(self.world.clock.now().timestamp() - late)
        signed = {"webhook-id": id_, "webhook-timestamp": str(at), "webhook-signature": signature(key, id_, at, body)}
        return self.client.post(f"/api/v1/{to}", content=body, headers=signed | headers)

    def meta(self, payload: Any, secret: str = APP_SECRET) -> Any:
        signed = "sha256=" + hmac.new(secret.encode(), raw(payload), hashlib.sha256).hexdigest()
        return self.client.post("/api/v1/webhooks/meta", content=raw(payload), headers={"X-Hub-Signature-256": signed})

    def line(self, payload: Any, secret: str = CHANNEL_SECRET) -> Any:
        signed = base64.b64encode(hmac.new(secret.encode(), raw(payload), hashlib.sha256).digest()).decode()
        return self.client.post("/api/v1/webhooks/line", content=raw(payload), headers={"x-line-signature": signed})

    def on_the_bus(self) -> list[MentionReceived]:
        found = self.world.bus.browse(MENTIONS_RAW, newest_first=False)
        return [decode(each.value, MentionReceived) for each in found]

    def dead(self) -> list[DeadLetter]:
        found = self.world.bus.browse(f"{MENTIONS_RAW}.dead", newest_first=False)
        return [decode(each.value, DeadLetter) for each in found]


@pytest.fixture
def webhooks(world: World) -> Webhooks:
    return Webhooks(
        intake=WebhookIntake(world.bus, world.store, world.clock, (Brand(name="Acme"),)),
        keys=keys_of(WEBHOOK_SECRET),
        meta_app_secret=APP_SECRET,
        meta_verify_token=VERIFY_TOKEN,
        line_channel_secret=CHANNEL_SECRET,
    )


@pytest.fixture
def sender(world: World, webhooks: Webhooks) -> Iterator[Sender]:
    world.parts = dataclasses.replace(world.parts, webhooks=webhooks)
    with TestClient(create_app(world.parts)) as client:
        yield Sender(world, client)


def test_one_mention_and_a_list(sender: Sender) -> None:
    one = sender.ours(ROW)
    assert (one.status_code, one.headers["content-type"]) == (200, "application/json")
    assert one.json() == {"accepted": 1, "about_no_brand": 0, "ignored": 0, "removed": 0, "refused": []}
    several = sender.ours([ROW | {"id": "8"}, ROW | {"id": "9", "text": "Nobody"}, {"id": "10"}], "msg_2")
    assert several.json() == {
        "accepted": 1,
        "about_no_brand": 1,
        "ignored": 0,
        "removed": 0,
        "refused": [{"row": 3, "reason": "it has no text"}],
    }
    assert [event.mention.network_id for event in sender.on_the_bus()] == ["7", "8"]
    assert [(each.reason, each.stage, each.value) for each in sender.dead()] == [
        ("mentions, row 3: it has no text", "webhook", '{"id": "10"}')
    ]


@pytest.mark.parametrize("key", [KEY, NEXT])
@pytest.mark.parametrize("to", OURS)
def test_each_of_several_secrets_is_right_everywhere(sender: Sender, to: str, key: bytes) -> None:
    assert sender.ours(ROW | {"message": "It smokes"}, to=to, key=key).json()["accepted"] == 1


def test_a_repeated_delivery_is_answered_as_before_and_changes_nothing(sender: Sender) -> None:
    rows = [ROW, {"id": "8"}]
    first = sender.ours(rows)
    sender.world.clock.forward(minutes=4)
    again = sender.ours(rows)
    assert again.content == first.content
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert (len(sender.on_the_bus()), len(sender.dead())) == (1, 1)


def test_the_same_bytes_again_are_refused_once_they_are_old(sender: Sender) -> None:
    assert sender.ours(ROW).status_code == 200
    sender.world.clock.forward(minutes=6)
    again = sender.ours(ROW, late=360)
    problem(again, 400, "clocks-apart")
    assert len(sender.on_the_bus()) == 1


def test_a_repeated_delivery_whose_answer_is_forgotten_makes_the_same_events(sender: Sender) -> None:
    rows = [ROW, {"text": "Acme without time and id"}, {"id": "8"}]
    first = sender.ours(rows)
    with sender.world.store.unit() as unit:
        for number in range(PLACES):
            unit.save_cursor(f"webhook:{number}", "")
    sender.world.clock.forward(minutes=1)
    again = sender.ours(rows)
    assert again.json() == first.json()
    assert "idempotency-replayed" not in again.headers
    events = [event.id for event in sender.on_the_bus()]
    assert events[:2] == events[2:]
    assert len({letter.id for letter in sender.dead()}) == 1


def test_an_id_stands_for_one_delivery_of_one_kind(sender: Sender) -> None:
    assert sender.ours(ROW).status_code == 200
    problem(sender.ours(ROW | {"id": "8"}), 422, "key-reused")
    assert sender.ours({"message": "It smokes"}, to="webhooks/form").status_code == 200
    assert len(sender.on_the_bus()) == 2


def test_ids_of_deliveries_and_keys_of_people_have_places_of_their_own(sender: Sender) -> None:
    for number in range(50):
        assert sender.ours(ROW, f"msg_{number}").status_code == 200
    assert not [number for number in range(PLACES) if sender.world.store.cursor(f"idempotency:{number}")]


def test_an_idempotency_key_opens_no_way_around_the_signature(sender: Sender) -> None:
    assert sender.ours(ROW, **{"Idempotency-Key": "k"}).status_code == 200
    headers = {"Idempotency-Key": "k"}
    for path in ("mentions", "mentions/"):
        problem(sender.client.post(f"/api/v1/{path}", content=raw(ROW), headers=headers), 401, "wrong-signature")


@pytest.mark.parametrize("to", OURS)
def test_a_wrong_signature_is_refused(sender: Sender, to: str) -> None:
    for key, late in ((b"x" * 24, 0), (b"x" * 24, 3600)):
        refused = sender.ours(ROW, to=to, key=key, late=late)
        problem(refused, 401, "wrong-signature")
        assert refused.headers["www-authenticate"] == "Signature"
    body, at = raw(ROW), int(sender.world.clock.now().timestamp())
    right = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(at),
        "webhook-signature": signature(KEY, "msg_1", at, body),
    }
    changes: list[dict[str, str]] = [
        {"webhook-id": "msg_2"}, {"webhook-timestamp": str(at + 1)}, {"webhook-signature": "v1,AAAA"},
        {"webhook-signature": ""}, {"webhook-id": ""}, {"webhook-timestamp": ""},
    ]  # fmt: skip
    for change in changes:
        problem(sender.client.post(f"/api/v1/{to}", content=body, headers=right | change), 401, "wrong-signature")
    problem(sender.client.post(f"/api/v1/{to}", content=body + b" ", headers=right), 401, "wrong-signature")
    problem(sender.client.post(f"/api/v1/{to}", content=body), 401, "wrong-signature")
    assert not sender.on_the_bus()
    assert not sender.dead()


@pytest.mark.parametrize(("late", "status"), [(300, 200), (301, 400), (-300, 200), (-301, 400), (10**8, 400)])
def test_clocks_may_be_five_minutes_apart(sender: Sender, late: float, status: int) -> None:
    response = sender.ours(ROW, late=late)
    assert response.status_code == status
    if status == 400:
        body = problem(response, 400, "clocks-apart")
        assert f"{abs(late):.0f} s {'before' if late > 0 else 'after'}" in body["detail"]
        assert not sender.on_the_bus()


def signed(id_: bytes, at: bytes, body: bytes) -> list[tuple[bytes, bytes]]:
    """Headers as they come when somebody signs whatever it is."""
    digest = hmac.new(KEY, b"%b.%b.%b" % (id_, at, body), hashlib.sha256).digest()
    return [
        (b"webhook-id", id_),
        (b"webhook-timestamp", at),
        (b"webhook-signature", b"v1," + base64.b64encode(digest)),
    ]


@pytest.mark.parametrize("at", ["now", "1772442000.5", "-1", "9" * 12, "١٢٣"])
def test_a_moment_that_is_none(sender: Sender, at: str) -> None:
    headers = signed(b"msg_1", at.encode(), raw(ROW))
    problem(sender.client.post("/api/v1/mentions", content=raw(ROW), headers=headers), 400, "clocks-apart")
    assert not sender.on_the_bus()


@pytest.mark.parametrize("id_", ["x" * 201, "msgé"])
def test_an_id_that_is_none(sender: Sender, id_: str) -> None:
    headers = signed(id_.encode(), str(int(sender.world.clock.now().timestamp())).encode(), raw(ROW))
    problem(sender.client.post("/api/v1/mentions", content=raw(ROW), headers=headers), 400, "bad-request")
    assert not sender.on_the_bus()


@pytest.mark.parametrize("body", [b'{"text": "Acme"', b"\xff\xfe\x00", b"", b"[" * 50_000, b"7"])
def test_a_body_that_is_no_json_changes_nothing_and_may_be_put_right(sender: Sender, body: bytes) -> None:
    problem(sender.ours(body), 422, "invalid-request")
    assert not sender.on_the_bus()
    assert sender.ours(ROW).json()["accepted"] == 1


def test_a_huge_body_is_refused(sender: Sender) -> None:
    problem(sender.ours(ROW | {"text": "Acme " * 300_000}), 413, "too-large")
    problem(sender.meta(b"x" * 1_000_001), 413, "too-large")
    assert sender.ours(ROW | {"text": "Acme " * 190_000}).json()["accepted"] == 1


def test_meta_and_line_are_let_in_by_their_own_signatures_only(sender: Sender) -> None:
    assert sender.meta(META).json()["accepted"] == 1
    assert sender.line(LINE).json()["accepted"] == 1
    assert [event.mention.source for event in sender.on_the_bus()] == ["facebook", "line"]
    problem(sender.meta(META, CHANNEL_SECRET), 401, "wrong-signature")
    problem(sender.line(LINE, APP_SECRET), 401, "wrong-signature")
    for path, payload in (("meta", META), ("line", LINE)):
        problem(sender.client.post(f"/api/v1/webhooks/{path}", content=raw(payload)), 401, "wrong-signature")
        problem(sender.ours(payload, to=f"webhooks/{path}"), 401, "wrong-signature")
    assert len(sender.on_the_bus()) == 2


def test_an_old_delivery_of_meta_or_line_changes_nothing(sender: Sender) -> None:
    first = sender.meta(META), sender.line(LINE)
    sender.world.clock.forward(days=3)
    again = sender.meta(META), sender.line(LINE)
    assert [each.content for each in again] == [each.content for each in first]
    assert {each.headers["idempotency-replayed"] for each in again} == {"true"}
    assert len(sender.on_the_bus()) == 2


def test_the_handshake_of_meta(sender: Sender) -> None:
    asked = {"hub.mode": "subscribe", "hub.verify_token": VERIFY_TOKEN, "hub.challenge": "1158201444"}
    answer = sender.client.get("/api/v1/webhooks/meta", params=asked)
    assert (answer.status_code, answer.text) == (200, "1158201444")
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["x-content-type-options"] == "nosniff"
    for wrong in ({"hub.verify_token": "verify"}, {"hub.verify_token": ""}, {"hub.verify_token": "tökén"}):
        response = sender.client.get("/api/v1/webhooks/meta", params=asked | wrong)
        problem(response, 401, "wrong-signature")
        assert "1158201444" not in response.text
    problem(sender.client.get("/api/v1/webhooks/meta", params=asked | {"hub.mode": "leave"}), 400, "bad-request")
    hostile = asked | {"hub.challenge": "<script>alert(1)</script>"}
    response = sender.client.get("/api/v1/webhooks/meta", params=hostile)
    problem(response, 422, "invalid-request")
    assert "script" not in response.text
    problem(sender.client.get("/api/v1/webhooks/meta"), 401, "wrong-signature")


def test_a_post_that_is_gone_is_gone_here_even_before_it_is_stored(sender: Sender) -> None:
    gone = {"field": "feed", "value": {"item": "comment", "verb": "remove", "comment_id": "1"}}
    sender.meta(META)
    answer = sender.meta({"object": "page", "entry": [{"id": "4455", "time": 1, "changes": [gone]}]})
    assert answer.json()["removed"] == 1
    posted, deleted = sender.on_the_bus()
    assert (posted.kind, deleted.kind) == ("posted", "deleted")
    assert deleted.mention.id == posted.mention.id
    assert deleted.mention.text == ""


def test_without_a_secret_every_webhook_is_off_and_says_how_to_switch_it_on(world: World) -> None:
    with TestClient(world.app) as client:
        for method, path, variable in (
            *(("POST", path, "SIXMINUTE_WEBHOOK_SECRET") for path in OURS),
            ("POST", "webhooks/meta", "SIXMINUTE_META_APP_SECRET"),
            ("GET", "webhooks/meta", "SIXMINUTE_META_VERIFY_TOKEN"),
            ("POST", "webhooks/line", "SIXMINUTE_LINE_CHANNEL_SECRET"),
        ):
            response = client.request(method, f"/api/v1/{path}")
            body = problem(response, 503, "webhook-off")
            assert body["detail"] == f"This webhook is off: set {variable} and start anew to switch it on."
            empty = {"webhook-id": "1", "webhook-timestamp": "1", "webhook-signature": signature(b"", "1", 1, b"")}
            assert client.request(method, f"/api/v1/{path}", headers=empty).status_code == 503


@pytest.mark.parametrize("error", [BackPressureError("sentiment is 9 messages behind"), StorageError("no broker")])
def test_a_bus_that_takes_no_more(sender: Sender, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    publish = sender.world.bus.publish

    def refuse(*_: object) -> None:
        raise error

    monkeypatch.setattr(sender.world.bus, "publish", refuse)
    response = sender.ours(ROW)
    problem(response, 503, "unavailable")
    assert response.headers["retry-after"] == "5"
    monkeypatch.setattr(sender.world.bus, "publish", publish)
    again = sender.ours(ROW)
    assert again.json()["accepted"] == 1
    assert "idempotency-replayed" not in again.headers


def test_secrets_are_shown_nowhere(sender: Sender, webhooks: Webhooks, capsys: pytest.CaptureFixture[str]) -> None:
    answers = [
        sender.ours(ROW, key=b"x" * 24), sender.ours(b"{"), sender.meta(META, "x"), sender.line(LINE, "x"),
        sender.client.get("/api/v1/webhooks/meta", params={"hub.verify_token": "x"}),
        sender.client.get("/openapi.json"), sender.ours(ROW),
        sender.client.get("/"), sender.client.get("/api/v1/problems"),
    ]  # fmt: skip
    shown = "".join(each.text + str(each.headers) for each in answers) + repr(webhooks) + repr(sender.world.parts)
    shown += "".join(capsys.readouterr())
    for secret in (*WEBHOOK_SECRET.split(), KEY.decode(), APP_SECRET, VERIFY_TOKEN, CHANNEL_SECRET):
        assert secret.removeprefix("whsec_") not in shown


def test_an_answer_that_is_kept_holds_nothing_that_was_written(sender: Sender) -> None:
    rows = [
        {"text": "Acme", "created_at": "hear-hear"},
        {"text": "Acme", "brand": "hear-hear"},
        ROW,
        {"id": "hear-hear"},
    ]
    told = sender.ours(rows)
    assert len(told.json()["refused"]) == 3
    assert "hear-hear" not in told.text


def test_pages_of_others_and_strange_names_are_kept_out_of_webhooks_too(sender: Sender) -> None:
    problem(sender.ours(ROW, Origin="https://evil.example"), 403, "foreign-origin")
    problem(sender.ours(ROW, Host="evil.example"), 421, "wrong-host")
