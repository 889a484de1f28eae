"""A file becomes mentions in the order of time, each row accounted for."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.brand import Brand
from core.errors import InputError
from core.events import encode, received_event
from core.mention import Label
from ingest.recorded import Loaded, RecordedFile

FIXTURE = Path(__file__).parents[2] / "fixtures" / "mentions.csv"
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
NOT_CONFIGURED = "the brand Elsewhere isn't configured; add it under [[brands]] or leave it out"
NORTHFOLD = Brand(name="Northfold", aliases=("北折",), handles=("Northfold",))


def jsonl(folder: Path, *rows: dict[str, str]) -> Path:
    path = folder / "rows.jsonl"
    path.write_text("\n".join(json.dumps({"created_at": "2026-01-05T09:00:00Z"} | row) for row in rows))
    return path


def texts(loaded: Loaded) -> list[str]:
    return [each.mention.text for each in loaded.recorded]


def test_rows_come_in_order_and_bad_ones_keep_their_reason() -> None:
    loaded = RecordedFile(FIXTURE).load(NOW)
    assert [each.mention.network_id for each in loaded.recorded] == ["100", "101", "102", "103"]
    assert [each.label for each in loaded.recorded] == [Label.NEUTRAL, Label.POSITIVE, Label.NEGATIVE, None]
    assert loaded.recorded[2].mention.text == "My Northfold lamp flickers & hums.\nSecond line."
    assert [reason for _, reason in loaded.dead] == [
        "mentions.csv, row 6: created_at “not a day” is no time that can be read; write it like 2017-10-31T22:10:47Z",
        "mentions.csv, row 7: the text is empty (column text)",
    ]
    assert "half a row" in loaded.dead[0][0]
    assert loaded.skipped == 0


def test_conditions_and_own_posts_are_skipped_and_counted() -> None:
    loaded = RecordedFile(FIXTURE, where=["inbound=true"], brands=[NORTHFOLD]).load(NOW)
    assert (len(loaded.recorded), len(loaded.dead), loaded.skipped) == (3, 2, 1)
    assert RecordedFile(FIXTURE, brands=[NORTHFOLD]).load(NOW).skipped == 1


def test_bad_rows_of_the_file_itself_are_dead_too(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"created_at,text\n2026-01-05,fine\n2026-01-05\n")
    loaded = RecordedFile(path, brand="Acme").load(NOW)
    assert loaded.dead == (("2026-01-05", "a.csv, row 3: too few columns: 1 where the header has 2"),)
    assert texts(loaded) == ["fine"]


def test_a_row_of_the_future_is_dead_and_does_not_move_the_others(tmp_path: Path) -> None:
    path = jsonl(
        tmp_path,
        {"text": "long ago"},
        {"text": "just before", "created_at": "2026-03-02T09:00:00Z"},
        {"text": "not yet", "created_at": "2100-01-01T00:00:00Z"},
    )
    loaded = RecordedFile(path, brand="Acme").load(NOW, until=NOW)
    assert texts(loaded) == ["long ago", "just before"]
    assert [reason for _, reason in loaded.dead] == [
        "rows.jsonl, row 3: created_at 2100-01-01 00:00 UTC is still to come: correct the time"
    ]


def test_a_brand_comes_from_the_column_then_the_option_then_the_text(tmp_path: Path) -> None:
    path = jsonl(
        tmp_path,
        {"text": "one", "brand": "northfold"},
        {"text": "two", "brand": "北折"},
        {"text": "three, about Northfold"},
        {"text": "four, about nothing"},
        {"text": "five, about Northfold and Southfold"},
    )
    brands = [NORTHFOLD, Brand(name="Southfold")]
    found = RecordedFile(path, brands=brands).load(NOW)
    assert [(each.mention.text.split(",")[0], each.mention.brand) for each in found.recorded] == [
        ("one", "Northfold"),
        ("two", "Northfold"),
        ("three", "Northfold"),
        ("five", "Northfold"),
        ("five", "Southfold"),
    ]
    assert found.skipped == 1
    assert len({each.mention.id for each in found.recorded}) == 5
    given = RecordedFile(path, brands=brands, brand="SOUTHFOLD").load(NOW)
    assert [each.mention.brand for each in given.recorded] == ["Northfold"] * 2 + ["Southfold"] * 3


def test_posts_that_do_not_count_for_the_brand_of_their_column_are_skipped(tmp_path: Path) -> None:
    path = jsonl(
        tmp_path,
        {"text": "one", "brand": "Northfold"},
        {"text": "two", "brand": "Lamp 3"},
        {"text": "three", "brand": "Southfold", "author": "@south_bot"},
        {"text": "four", "brand": "Southfold", "author": "somebody"},
    )
    brands = [
        Brand(name="Northfold", products=("Lamp 3",), sources=("feed",)),
        Brand(name="Southfold", exclude_accounts=("South_Bot",)),
    ]
    for table, kept in (("feed", ["one", "two", "four"]), ("forum", ["four"]), ("", ["one", "two", "four"])):
        loaded = RecordedFile(path, brands=brands, table=table).load(NOW)
        assert (texts(loaded), loaded.skipped, loaded.dead) == (kept, 4 - len(kept), ())


def test_a_brand_that_is_not_configured_is_dead_where_brands_are(tmp_path: Path) -> None:
    path = jsonl(tmp_path, {"text": "one", "brand": "Elsewhere"})
    loaded = RecordedFile(path, brands=[NORTHFOLD]).load(NOW)
    assert loaded.dead[0][1] == f"{path.name}, row 1: {NOT_CONFIGURED}"
    assert RecordedFile(path).load(NOW).recorded[0].mention.brand == "Elsewhere"


def test_repeats_are_skipped_and_later_texts_are_edits(tmp_path: Path) -> None:
    path = jsonl(
        tmp_path,
        {"id": "1", "text": "second", "brand": "A", "created_at": "2026-01-05T09:05:00Z"},
        {"id": "1", "text": "first", "brand": "A"},
        {"id": "1", "text": "first", "brand": "A", "created_at": "2026-01-05T09:01:00Z"},
        {"id": "1", "text": "third", "brand": "A", "created_at": "2026-01-05T09:06:00Z"},
    )
    loaded = RecordedFile(path).load(NOW)
    assert [(each.mention.text, each.mention.revision) for each in loaded.recorded] == [
        ("first", 0),
        ("second", 1),
        ("third", 2),
    ]
    assert {each.mention.created_at for each in loaded.recorded} == {datetime(2026, 1, 5, 9, tzinfo=UTC)}
    assert [each.at.minute for each in loaded.recorded] == [0, 5, 6]
    assert loaded.skipped == 1


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["created_at", "text", "brand", "id", "author", "url", "user"]),
            st.text() | st.sampled_from(["2026-01-05", "\ud83d", "\0", "Northfold"]),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_every_row_of_any_file_is_accounted_for_and_can_be_sent(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, str]]
) -> None:
    path = jsonl(tmp_path_factory.mktemp("rows"), {"text": "Northfold", "brand": "", "id": "first"}, *rows)
    loaded = RecordedFile(path, brands=[NORTHFOLD]).load(NOW)
    assert len(loaded.recorded) + len(loaded.dead) + loaded.skipped == len(rows) + 1
    for each in loaded.recorded:
        encode(received_event(each.mention))
    for raw, reason in loaded.dead:
        assert (raw + reason).encode("utf-8")
        assert "\n" not in reason


def test_faults_show_before_anything_is_read(tmp_path: Path) -> None:
    path = jsonl(tmp_path, {"text": "one"})
    with pytest.raises(InputError, match="nothing says which brand"):
        RecordedFile(path)
    with pytest.raises(InputError, match=r"rows.jsonl: --where: the file has no column inbound"):
        RecordedFile(path, brand="A", where=["inbound=1"])
    with pytest.raises(InputError, match="the brand B isn't configured"):
        RecordedFile(path, brands=[NORTHFOLD], brand="B")


def test_a_file_with_too_many_mentions_is_refused() -> None:
    with pytest.raises(InputError, match="more than 2 mentions; split the file by time"):
        RecordedFile(FIXTURE).load(NOW, limit=2)


def test_the_fingerprint_follows_content_and_settings(tmp_path: Path) -> None:
    path = jsonl(tmp_path, {"text": "one"})
    before = RecordedFile(path, brand="A").fingerprint()
    assert RecordedFile(path, brand="A").fingerprint() == before
    assert RecordedFile(path, brand="B").fingerprint() != before
    assert RecordedFile(path, brand="A", brands=[Brand(name="A", exclude=("b",))]).fingerprint() != before
    file = RecordedFile(path, brand="A")
    jsonl(tmp_path, {"text": "two"})
    assert file.fingerprint() != before
    path.unlink()
    with pytest.raises(InputError, match="can't be read any more: No such file"):
        file.fingerprint()
