"""Our own form of a webhook: each row becomes a mention or is told of; the same row is always the same mention."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.brand import Brand
from core.errors import InputError
from core.events import encode, received_event
from core.mention import mention_id
from ingest.webhooks.finding import Finder
from ingest.webhooks.intake import read
from ingest.webhooks.said import Context
from tests.unit.ingest.posted import ACME, BOTH, LUMEN, NOW, SENT, reasons, taken

ROW = {"text": "My Acme toaster smokes", "id": "7", "created_at": "2026-03-02T08:00:00Z"}


def test_all_fields_of_a_mention() -> None:
    batch = taken(
        "mentions",
        ROW
        | {
            "source": "Forum", "author": "@anna", "url": "https://forum.example/7", "language_hint": "zh-TW",
            "conversation": "c", "in_reply_to": "6", "followers": 12, "revision": 3, "colour": "blue",
        },
    )  # fmt: skip
    (mention,) = batch.mentions
    assert mention.id == mention_id("forum", "7", "Acme")
    assert (mention.brand, mention.source, mention.network_id, mention.origin) == ("Acme", "forum", "7", "live")
    assert (mention.created_at, mention.ingested_at) == (datetime(2026, 3, 2, 8, tzinfo=UTC), NOW)
    assert (mention.author, mention.url, mention.language_hint) == ("anna", "https://forum.example/7", "zh-Hant")
    assert (mention.conversation, mention.in_reply_to, mention.followers, mention.revision) == ("c", "6", 12, 3)
    assert batch.taken.accepted == 1


def test_a_mention_as_it_is_given_out_comes_back_as_the_same_one() -> None:
    (mention,) = taken(
        "mentions", ROW | {"id": "m-0f1e2d3c4b5a69788796a5b4", "network_id": "7", "source": "x"}
    ).mentions
    assert mention.id == mention_id("x", "7", "Acme")


def test_names_that_recorded_files_use_are_known_and_nested_ones_too() -> None:
    (mention,) = taken(
        "mentions", {"full_text": "Acme!", "tweet_id": 9, "user": {"screen_name": "bo"}, "date": 1772438400}
    ).mentions
    assert (mention.text, mention.network_id, mention.author) == ("Acme!", "9", "bo")
    assert mention.created_at == datetime(2026, 3, 2, 8, tzinfo=UTC)


@pytest.mark.parametrize("source", ["", "no such name!", "a" * 41])
def test_the_source_is_webhook_where_none_is_named(source: str) -> None:
    assert taken("mentions", ROW | {"source": source}).mentions[0].source == "webhook"


def test_brands_are_named_or_found() -> None:
    rows = [
        ROW | {"id": "1", "brand": "acme toasters", "text": "no name here"},
        ROW | {"id": "2", "text": "Acme and Lumenbread"},
        ROW | {"id": "3", "text": "nobody"},
        ROW | {"id": "4", "author": "ACME"},
        ROW | {"id": "5", "brand": "Lumenbread", "author": "spammer"},
        ROW | {"id": "6", "brand": "Globex"},
    ]
    batch = taken("mentions", rows)
    assert [(each.network_id, each.brand) for each in batch.mentions] == [
        ("1", "Acme"),
        ("2", "Acme"),
        ("2", "Lumenbread"),
    ]
    assert (batch.taken.accepted, batch.taken.about_no_brand) == (2, 3)
    assert reasons(batch) == [(6, "the brand that it names isn't configured; add it under [[brands]] or leave it out")]


def test_without_configured_brands_any_that_is_named_is_taken() -> None:
    nobody = Finder(())
    body = json.dumps([ROW | {"brand": " Globex "}, ROW]).encode()
    batch = read("mentions", body, Context("k", SENT, NOW), nobody)
    assert [each.brand for each in batch.mentions] == ["Globex"]
    assert batch.taken.about_no_brand == 1
    form = read("form", b'{"message": "Hello"}', Context("k", SENT, NOW), nobody)
    assert reasons(form) == [(1, "no brand is configured that it could be about; add one under [[brands]]")]


def test_broken_rows_are_told_of_and_kept_and_the_others_come_through() -> None:
    rows: list[Any] = [
        "text", None, 5, [], {}, {"text": "  "}, ROW | {"created_at": "yesterday, said Anna"}, ROW,
        ROW | {"id": "7", "text": "Acme, other words"}, {"deleted": True},
    ]  # fmt: skip
    batch = taken("mentions", rows)
    assert [each.text for each in batch.mentions] == [ROW["text"]]
    assert reasons(batch) == [
        *((number, "it is no JSON object") for number in (1, 2, 3, 4)),
        (5, "it has no text"),
        (6, "it has no text"),
        (7, "created_at is no time that can be read; write it like 2017-10-31T22:10:47Z"),
        (9, "it has the id of an earlier row and another text; give an edit a higher `revision`"),
        (10, "it says that a post is deleted, but not which; name its id"),
    ]
    assert "yesterday" in batch.dead[6][0]
    assert batch.dead[6][1].startswith("mentions, row 7: created_at")
    assert not any("Anna" in reason for _, reason in reasons(batch))


def test_a_repeated_row_is_taken_once() -> None:
    batch = taken("mentions", [ROW, ROW, ROW | {"text": "My Acme toaster burns", "revision": 1}])
    assert [(each.text, each.revision) for each in batch.mentions] == [(ROW["text"], 0), ("My Acme toaster burns", 1)]
    assert batch.taken.accepted == 3


def test_a_post_that_is_gone() -> None:
    batch = taken("mentions", {"deleted": True, "source": "twitter", "id": 7})
    assert [(each.source, each.network_id) for each in batch.removed] == [("x", "7")]
    assert (batch.taken.removed, batch.taken.accepted) == (1, 0)


def test_nothing_is_posted_after_it_arrived() -> None:
    late, none = taken("mentions", [ROW | {"created_at": "2031-01-01T00:00:00Z"}, {"text": "Acme"}]).mentions
    assert (late.created_at, none.created_at) == (NOW, SENT)


def test_a_row_without_time_and_id_is_the_same_mention_at_every_attempt_and_another_in_another_delivery() -> None:
    row = {"text": "Acme", "id": "x" * 300}
    first, second = taken("mentions", [row, row]).mentions
    assert first.id != second.id
    assert [each.id for each in taken("mentions", [row, row]).mentions] == [first.id, second.id]
    assert taken("mentions", row, key="msg_2").mentions[0].id != first.id


def test_a_row_with_a_time_is_known_by_what_it_says() -> None:
    row = {"text": "Acme", "created_at": "2031-01-01T00:00:00Z"}
    assert taken("mentions", row).mentions[0].id == taken("mentions", row, key="msg_2").mentions[0].id


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b"", "no JSON at character 0"),
        (b'{"text": "Acme"', "no JSON at character 15"),
        (b"\xff\xfe", "not UTF-8"),
        (b"5", "neither a mention nor a list"),
        (b'"Acme"', "neither a mention nor a list"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"followers": ' + b"9" * 5_000 + b"}", "a number is too long"),
        (json.dumps([{}] * 1_001).encode(), "1,001 rows; send at most 1,000"),
    ],
)
def test_a_body_that_cannot_be_read_as_a_whole(body: bytes, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        taken("mentions", body)


def test_a_byte_order_mark_is_no_fault() -> None:
    assert taken("mentions", b"\xef\xbb\xbf" + json.dumps(ROW).encode()).taken.accepted == 1


def test_a_row_that_is_nested_too_deeply_costs_itself_only(monkeypatch: pytest.MonkeyPatch) -> None:
    deep: dict[str, Any] = {}
    for _ in range(100_000):
        deep = {"a": deep}
    # How deep the parser itself goes is different in each version of Python.
    monkeypatch.setattr("ingest.webhooks.intake._json", lambda _: [deep, ROW])
    batch = taken("mentions", b"")
    assert reasons(batch) == [(1, "it is nested too deeply")]
    assert batch.dead[0][0] == "nested too deeply to be shown"
    assert batch.taken.accepted == 1


def test_an_empty_list_is_an_empty_delivery() -> None:
    assert taken("mentions", []).taken.accepted == 0


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
_NAMES = (
    "text", "id", "created_at", "author", "source", "brand", "url", "followers", "revision", "deleted", "subject",
    "from", "to", "headers", "name", "email", "message", "date", "html",
)  # fmt: skip


@given(
    st.lists(st.dictionaries(st.sampled_from(_NAMES), _json, max_size=6) | _json, max_size=4),
    st.sampled_from(["mentions", "email", "form"]),
)
def test_whatever_is_posted_every_row_is_counted_once_and_what_comes_out_can_travel(rows: Any, kind: Any) -> None:
    batch = taken(kind, rows, ACME, LUMEN)
    told = batch.taken
    assert told.accepted + told.about_no_brand + told.ignored + told.removed + len(told.refused) == len(rows)
    for mention in batch.mentions:
        assert encode(received_event(mention))
        assert mention.brand in {brand.name for brand in BOTH}
        assert mention.created_at <= NOW
    for raw, reason in batch.dead:
        assert (raw + reason).encode()


def test_a_brand_that_is_the_only_one_gets_nothing_that_does_not_name_it() -> None:
    assert taken("mentions", ROW | {"text": "nobody"}, Brand(name="Acme")).taken.about_no_brand == 1
