"""Our own webhook: signed, described, and the same page the same id."""

import gzip
import json
from pathlib import Path

import jsonschema
import pytest

from alerting.channels.webhook import WebhookChannel, body_of
from core.errors import DeliveryError
from core.paging import PageKind
from core.signatures import is_ours, keys_of
from tests.fakes import FakeClock
from tests.networks.faults import Answer
from tests.servers.pager import SECRET, Pager
from tests.smoke.channels.paged import LONG, page

SCHEMA = json.loads((Path(__file__).parents[3] / "docs/page.schema.json").read_text(encoding="utf-8"))
OTHER = "whsec_YW5vdGhlciBzZWNyZXQsIGZvciBhIHdoaWxl"


def channel(pager: Pager, secrets: str = SECRET, clock: FakeClock | None = None) -> WebhookChannel:
    return WebhookChannel("hook", f"{pager.url}/hook", keys_of(secrets), clock or FakeClock(), seconds=LONG)


def test_the_same_page_again_has_the_same_id_and_a_signature_of_its_own(pager: Pager) -> None:
    clock = FakeClock()
    over = channel(pager, clock=clock)
    over.deliver(page())
    clock.forward(minutes=10)
    over.deliver(page())
    first, second = pager.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == "p-1"
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 600
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]
    assert first.headers["content-type"] == "application/json"
    assert list(pager.hooked) == ["p-1"]


def test_while_a_secret_is_exchanged_either_is_known(pager: Pager) -> None:
    channel(pager, f"{OTHER} {SECRET}").deliver(page())
    (request,) = pager.requests
    signed = [request.headers[f"webhook-{each}"] for each in ("id", "timestamp", "signature")]
    assert is_ours(keys_of(OTHER), *signed, request.body)
    assert list(pager.hooked) == ["p-1"]


def test_a_wrong_secret_is_refused_for_good(pager: Pager) -> None:
    with pytest.raises(DeliveryError, match="hook: answered 401") as raised:
        channel(pager, OTHER).deliver(page())
    assert raised.value.permanent


@pytest.mark.parametrize("kind", PageKind)
def test_the_body_is_as_the_schema_says(kind: PageKind) -> None:
    body = json.loads(body_of(page(kind)))
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    checks = jsonschema.Draft202012Validator.FORMAT_CHECKER
    jsonschema.Draft202012Validator(SCHEMA, format_checker=checks).validate(body)
    assert set(body["data"]) == set(SCHEMA["properties"]["data"]["properties"])
    assert body["type"] == f"page.{kind}"


def test_how_long_to_wait_is_passed_on(pager: Pager) -> None:
    later = {"retry-after": "Mon, 02 Mar 2026 09:05:00 GMT", "date": "Mon, 02 Mar 2026 09:00:00 GMT"}
    pager.fail(Answer(429, headers=later))
    with pytest.raises(DeliveryError) as raised:
        channel(pager).deliver(page())
    assert raised.value.retry_after == 300.0


def test_what_comes_compressed_is_not_unpacked(pager: Pager) -> None:
    packed = gzip.compress(b"x" * 1_000_000)
    pager.fail(Answer(500, packed, headers={"content-encoding": "gzip"}))
    with pytest.raises(DeliveryError, match=r"^hook: answered 500$"):
        channel(pager).deliver(page())
    assert pager.requests[0].headers["accept-encoding"] == "identity"
