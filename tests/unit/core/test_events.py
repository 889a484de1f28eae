"""What is read off the bus: an event, or a clear word that it is none."""

import msgspec
import pytest

from core.alert import Alert, AlertEvent, Level
from core.errors import InputError
from core.events import AlertFired, MentionReceived, MentionScored, decode, encode, received_event, scored_event
from tests.fakes import MONDAY
from tests.unit.alerting.timeline import mention

ONE = mention(MONDAY)
RECEIVED = received_event(ONE.mention)
SCORED = scored_event(RECEIVED, ONE.score)


def _dated(event: MentionReceived | MentionScored, field: str, written: str) -> bytes:
    plain = msgspec.to_builtins(event)
    plain["mention"][field] = written
    return msgspec.json.encode(plain)


def test_what_was_written_is_read_again() -> None:
    assert decode(encode(RECEIVED), MentionReceived) == RECEIVED
    assert decode(encode(SCORED), MentionScored) == SCORED


@pytest.mark.parametrize("event", [RECEIVED, SCORED])
@pytest.mark.parametrize("field", ["created_at", "ingested_at"])
@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("2026-03-02T09:00:00", "timezone"),
        ("0001-01-01T00:00:00Z", "year 1:"),
        ("1989-12-31T23:59:59Z", "1990 to 2100"),
        ("2101-01-01T00:00:00Z", "1990 to 2100"),
    ],
)
def test_a_mention_of_a_time_that_cant_be_is_no_input(
    event: MentionReceived | MentionScored, field: str, written: str, reason: str
) -> None:
    with pytest.raises(InputError, match=reason):
        decode(_dated(event, field, written), type(event))


@pytest.mark.parametrize("written", ["1990-01-01T00:00:00Z", "2100-12-31T23:59:59+08:00"])
def test_the_first_and_the_last_year_are_read(written: str) -> None:
    assert (
        decode(_dated(RECEIVED, "created_at", written), MentionReceived).mention.created_at.isoformat()[:4] in written
    )


@pytest.mark.parametrize(
    ("value", "reason"),
    [(b"\xff{", "not a AlertFired"), (b'{"v":1}', "not a AlertFired"), (encode(RECEIVED), "not a AlertFired")],
)
def test_what_is_no_event_is_no_input(value: bytes, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        decode(value, AlertFired)


def test_an_unknown_version_is_no_input() -> None:
    with pytest.raises(InputError, match="version 2"):
        decode(encode(msgspec.structs.replace(RECEIVED, v=2)), MentionReceived)


def test_an_alert_that_an_older_version_wrote_is_read_and_says_no_why() -> None:
    alert = Alert(
        id="a",
        brand="Kettle",
        incident="i",
        at=MONDAY,
        event=AlertEvent.OPENED,
        level=Level.BLUE,
        rule="baseline",
        reason={"en": "why", "zh-Hant": "為什麼", "zh-Hans": "为什么"},
        observed=7,
        expected_low=0,
        expected_high=3,
    )
    written = msgspec.json.decode(encode(AlertFired(id="f", incident="i", alert=alert)))
    del written["alert"]["why"], written["alert"]["forecast"]
    assert decode(msgspec.json.encode(written), AlertFired).alert == alert
