"""Columns of other people's exports become mentions."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError, RowError
from core.mention import MAX_TEXT, Label, Mention
from ingest.mapping import KNOWN_NAMES, make_mention, map_columns, parse_where, read_label

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def mention(values: dict[str, str], mapping: str = "") -> Mention:
    columns = map_columns(mapping, list(values))
    return make_mention(values, columns, brand="Acme", source="forum", ingested_at=NOW, origin="replay")


ROW = {"created_at": "2026-01-05T09:00:00Z", "text": "hello"}


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (["Date", "Body"], {"created_at": "Date", "text": "Body"}),
        (["发布时间", "内容", "用户名"], {"created_at": "发布时间", "text": "内容", "author": "用户名"}),
        (["時間", "內容", "airline"], {"created_at": "時間", "text": "內容"}),
        (
            ["created_at", "text", "user.screen_name", "user.followers_count", "id_str", "lang"],
            {
                "created_at": "created_at",
                "text": "text",
                "id": "id_str",
                "author": "user.screen_name",
                "language": "lang",
                "followers": "user.followers_count",
            },
        ),
        (["Posted At", "message", "TEXT"], {"created_at": "Posted At", "text": "TEXT"}),
    ],
)
def test_common_names_are_recognised(columns: list[str], expected: dict[str, str]) -> None:
    assert map_columns("", columns).columns == expected


def test_what_is_said_goes_before_what_is_recognised() -> None:
    found = map_columns(" text = a=b , brand=airline,", ["created_at", "text", "a=b", "airline"])
    assert found.columns == {"created_at": "created_at", "text": "a=b", "brand": "airline"}


@pytest.mark.parametrize(
    ("mapping", "columns", "words"),
    [
        ("", ["when", "text"], "no column is known to be created_at.*--map created_at=COLUMN.*when, text"),
        ("", ["date"], "no column is known to be text.*its columns are date"),
        ("colour=text", ["date", "text"], "no field colour; fields are created_at, text, brand"),
        ("text=body", ["date", "text"], "no column body; its columns are date, text"),
        ("text", ["date", "text"], "can't read “text”"),
        ("text=", ["date", "text"], "can't read “text=”"),
        ("=text", ["date", "text"], "can't read “=text”"),
    ],
)
def test_wrong_mappings_say_what_there_is(mapping: str, columns: list[str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        map_columns(mapping, columns)


def test_conditions_compare_without_capitals_and_all_must_hold() -> None:
    inbound, empty = parse_where(["inbound=TRUE", "note="], ["inbound", "note"])
    assert inbound.accepts({"inbound": " True "})
    assert not inbound.accepts({"inbound": "false"})
    assert not inbound.accepts({})
    assert empty.accepts({"note": ""})


@pytest.mark.parametrize(("condition", "words"), [("inbound", "can't read"), ("outbound=1", "no column outbound")])
def test_wrong_conditions(condition: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        parse_where([condition], ["inbound"])


def test_every_field_is_taken_over() -> None:
    found = mention(
        ROW
        | {
            "text": " Fish &amp; chips\u200b ",
            "id": "42",
            "author": "@ana\n",
            "source": "Twitter",
            "url": "https://x.example/42",
            "lang": "zh-TW",
            "conversation": "40",
            "in_reply_to": "41",
            "followers": "1,234",
        }
    )
    assert (found.text, found.network_id, found.author, found.source) == ("Fish & chips", "42", "ana", "x")
    assert (found.url, found.language_hint, found.followers) == ("https://x.example/42", "zh-Hant", 1234)
    assert (found.conversation, found.in_reply_to, found.origin, found.brand) == ("40", "41", "replay", "Acme")
    assert (found.created_at, found.ingested_at) == (datetime(2026, 1, 5, 9, tzinfo=UTC), NOW)


@pytest.mark.parametrize(
    ("column", "value", "field", "expected"),
    [
        ("url", "javascript:alert(1)", "url", ""),
        ("followers", "many", "followers", None),
        ("followers", "-3", "followers", None),
        ("followers", "12.0", "followers", 12),
        ("followers", "9" * 400, "followers", None),
        ("source", "Some App for iPhone", "source", "forum"),
        ("source", "Weibo", "source", "weibo"),
        ("author", "a" * 500, "author", "a" * 200),
    ],
)
def test_odd_values_are_left_out_and_cost_no_row(column: str, value: str, field: str, expected: object) -> None:
    assert getattr(mention(ROW | {column: value}), field) == expected


def test_without_an_id_the_post_is_known_by_what_it_is() -> None:
    first, again = mention(ROW | {"author": "ana"}), mention(ROW | {"author": "ana", "other": "column"})
    assert first.id == again.id
    assert mention(ROW | {"author": "ana", "created_at": "2026-01-05 10:00:00+01:00"}).id == first.id
    assert len({first.id, mention(ROW).id, mention(ROW | {"text": "hello!", "author": "ana"}).id}) == 3


def test_ids_that_are_none_are_replaced() -> None:
    long = mention(ROW | {"id": "x" * 5_000})
    assert len(long.network_id) < 50
    assert mention(ROW | {"id": "a\x00b"}).network_id != mention(ROW | {"id": "a\x00c"}).network_id


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (ROW | {"created_at": "2026-02-30"}, "created_at “2026-02-30” is no moment of the calendar"),
        (ROW | {"created_at": "soon\n" * 90}, "^created_at “soon soon .{50}” is no time"),
        (ROW | {"text": " \u200b&nbsp; "}, "the text is empty \\(column text\\)"),
    ],
)
def test_rows_without_time_or_text_are_refused(values: dict[str, str], words: str) -> None:
    with pytest.raises(RowError, match=words):
        mention(values)


def test_long_texts_are_cut() -> None:
    assert len(mention(ROW | {"text": "好" * 100_000}).text) == MAX_TEXT


@pytest.mark.parametrize(
    ("written", "label"), [("Negative", Label.NEGATIVE), ("", None), ("unknown", None), ("angry", None)]
)
def test_labels(written: str, label: Label | None) -> None:
    values = ROW | {"label": written}
    assert read_label(values, map_columns("", list(values))) == label


@given(st.dictionaries(st.sampled_from(sorted(KNOWN_NAMES)), st.text(), max_size=8))
def test_no_values_make_anything_but_a_mention_or_a_row_error(values: dict[str, str]) -> None:
    try:
        found = mention(ROW | values)
    except RowError:
        return
    assert found.text
    for text in (found.text, found.author, found.network_id, found.url, found.conversation):
        text.encode("utf-8")
