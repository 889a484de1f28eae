"""Rows come out of files in every state that files are found in."""

import csv
import gzip
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from ingest.reading import BadRow, Row, read_columns, read_rows

FIXTURE = Path(__file__).parents[2] / "fixtures" / "mentions.csv"


def write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


def rows(path: Path) -> list[Row | BadRow]:
    return list(read_rows(path))


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "A.CSV"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_csv_plain_and_compressed_with_and_without_bom(tmp_path: Path, name: str, mark: bytes) -> None:
    path = write(tmp_path, name, mark + 'id,text\r\n1,壞了\r\n\r\n2,"two\r\nlines"\r\n'.encode())
    assert rows(path) == [Row(2, {"id": "1", "text": "壞了"}), Row(4, {"id": "2", "text": "two\r\nlines"})]
    assert read_columns(path) == ("id", "text")


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_json_lines_have_dotted_names_and_only_texts(tmp_path: Path, name: str) -> None:
    line = {
        "text": "hi",
        "user": {"name": "ana", "followers": {"count": 12}},
        "ok": True,
        "none": None,
        "tags": ["a", 1],
    }
    path = write(
        tmp_path, name, b"\n" + json.dumps(line).encode() + b"\n \n" + b'{"n": 1.50, "big": 12345678901234567890}'
    )
    first, second = rows(path)
    assert first == Row(
        2,
        {"text": "hi", "user.name": "ana", "user.followers.count": "12", "ok": "true", "none": "", "tags": '["a", 1]'},
    )
    assert second == Row(4, {"n": "1.5", "big": "12345678901234567890"})
    assert read_columns(path)[:2] == ("text", "user.name")


def test_bad_json_lines_are_reported_and_the_others_kept(tmp_path: Path) -> None:
    lines = [b'{"text": "one"}', b"[1]", b"{broken", b'{"text": "\xff"}', b"[" * 100_000, b'{"text": "last"}']
    found = rows(write(tmp_path, "a.jsonl", b"\n".join(lines)))
    assert [row.number for row in found] == [1, 2, 3, 4, 5, 6]
    reasons = [row.reason.split(":")[0] for row in found if isinstance(row, BadRow)]
    assert reasons == ["not a JSON object", "not JSON", "broken encoding", "not JSON"]
    assert all(len(row.raw) <= 2_000 for row in found if isinstance(row, BadRow))
    assert read_columns(tmp_path / "a.jsonl") == ("text",)


def test_numbers_too_long_for_python_are_a_bad_row(tmp_path: Path) -> None:
    (found,) = rows(write(tmp_path, "a.jsonl", b'{"n": ' + b"9" * 5_000 + b"}"))
    assert isinstance(found, BadRow)


def test_json_keeps_control_characters_and_lone_surrogates_for_the_normaliser(tmp_path: Path) -> None:
    (found,) = rows(write(tmp_path, "a.jsonl", b'{"text": "a\\ud83d\x01b"}'))
    assert isinstance(found, Row)
    assert found.values["text"] == "a\ud83d\x01b"


def test_broken_encoding_costs_only_its_own_row(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", b"id,text\n1,good\n2,b\xe9d\n3,\xe5\xa5\xbd\n")
    one, bad, three = rows(path)
    assert (one, three) == (Row(2, {"id": "1", "text": "good"}), Row(4, {"id": "3", "text": "好"}))
    assert bad == BadRow(3, "2,b\\xe9d", "broken encoding in the column text: not UTF-8; save the file as UTF-8")


@pytest.mark.parametrize(("mark", "what"), [(";", "semicolons"), ("\t", "tabs")])
def test_columns_that_are_separated_by_something_else_are_named(tmp_path: Path, mark: str, what: str) -> None:
    path = write(tmp_path, "a.csv", f'"id"{mark}text\n1{mark}late, and broken\n'.encode())
    for read in (read_rows, read_columns):
        with pytest.raises(InputError, match=f"the columns are separated by {what}: save it with commas"):
            read(path)
    assert read_columns(write(tmp_path, "b.csv", f"id,a{mark}b\n".encode())) == ("id", f"a{mark}b")


def test_a_json_file_of_which_nothing_can_be_read_says_why(tmp_path: Path) -> None:
    path = write(tmp_path, "a.jsonl", '{"text": "服务很差"}\n'.encode("gbk"))
    with pytest.raises(InputError, match="no row can be read; row 1: broken encoding: not UTF-8; save the file as UTF"):
        read_columns(path)
    assert read_columns(write(tmp_path, "b.jsonl", b"{}\n")) == ()


def test_too_few_and_too_many_columns(tmp_path: Path) -> None:
    few, many, right = rows(write(tmp_path, "a.csv", b"a,b\n1\n1,2,3\n1,2\n"))
    assert few == BadRow(2, "1", "too few columns: 1 where the header has 2")
    assert many == BadRow(3, "1,2,3", "too many columns: 3 where the header has 2")
    assert isinstance(right, Row)
    (rest,) = rows(write(tmp_path, "b.csv", b'a,b\n"1,2\n3,4\n'))
    reason = (
        "too few columns: 1 where the header has 2; its last cell has line breaks, as where a quotation mark is never"
    )
    assert rest == BadRow(2, "1,2\n3,4\n", f"{reason} closed")


def test_nul_bytes_and_very_long_texts_are_read(tmp_path: Path) -> None:
    long = "x" * 400_000
    nul, longest = rows(write(tmp_path, "a.csv", f"a,b\n1,x\0y\n2,{long}\n".encode()))
    assert isinstance(nul, Row)
    assert nul.values["b"] == "x\0y"
    assert isinstance(longest, Row)
    assert longest.values["b"] == long


def test_a_quote_that_is_never_closed_swallows_no_whole_file(tmp_path: Path) -> None:
    lines = [b'1,"never closed', *[b"2,fine"] * 300_000]
    found = rows(write(tmp_path, "a.csv", b"a,b\n" + b"\n".join(lines)))
    assert isinstance(found[0], BadRow)
    assert "not a CSV row" in found[0].reason
    assert len([row for row in found if isinstance(row, Row)]) > 100_000


def test_repeated_column_names_stay_apart(tmp_path: Path) -> None:
    assert read_columns(write(tmp_path, "a.csv", b"text,id,text\n1,2,3\n")) == ("text", "id", "text (3)")


def test_a_header_without_rows_is_no_error(tmp_path: Path) -> None:
    assert rows(write(tmp_path, "a.csv", b"text,created_at\n")) == []


def numbered(count: int) -> bytes:
    return b"id,text\n" + b"".join(f"{n},text number {n} {os.urandom(9).hex()}\n".encode() for n in range(count))


def test_a_half_written_gz_gives_everything_up_to_the_break(tmp_path: Path) -> None:
    whole = gzip.compress(numbered(20_000))
    path = tmp_path / "a.csv.gz"
    path.write_bytes(whole[: len(whole) // 2])
    *good, last = rows(path)
    assert len(good) > 8_000
    assert [row.values["id"] for row in good if isinstance(row, Row)] == [str(n) for n in range(len(good))]
    assert isinstance(last, BadRow)
    assert last.number == len(good) + 2
    assert "ends in the middle" in last.reason


def test_a_half_written_json_gz_and_a_damaged_one(tmp_path: Path) -> None:
    whole = gzip.compress(
        b"".join(b'{"id": "%d", "x": "%s"}\n' % (n, os.urandom(9).hex().encode()) for n in range(9_000))
    )
    cut = tmp_path / "cut.jsonl.gz"
    cut.write_bytes(whole[: len(whole) // 2])
    *good, last = rows(cut)
    assert len(good) > 3_000
    assert isinstance(last, BadRow)
    assert "ends in the middle" in last.reason

    damaged = tmp_path / "damaged.jsonl.gz"
    damaged.write_bytes(whole[: len(whole) // 2] + b"\xff" * 2_000 + whole[len(whole) // 2 :])
    assert any(isinstance(row, BadRow) and "damaged" in row.reason for row in rows(damaged))


def test_a_file_of_several_gz_members_is_one_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"a\n1\n") + gzip.compress(b"2\n") + b"\0" * 9_000)
    assert [row.values["a"] for row in rows(path) if isinstance(row, Row)] == ["1", "2"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("missing.csv", None, "no such file"),
        ("a.xlsx", b"x", "must end in one of"),
        ("empty.csv", b"", "empty"),
        ("blank.jsonl", b"\n \n", "empty"),
        ("a.csv", "text\n".encode("utf-16"), "UTF-16"),
        ("gbk.csv", "时间,内容\n".encode("gbk"), "not UTF-8"),
        ("no.csv.gz", None, "no such file"),
        ("long.csv", b"x" * (17 << 20), "longer than"),
        ("header.csv", b'"' + b"x" * 1_100_000 + b'"', "header can't be read"),
    ],
)
def test_files_that_are_no_table_are_one_clear_line(
    tmp_path: Path, name: str, content: bytes | None, words: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    for read in (read_rows, read_columns):
        with pytest.raises(InputError, match=words) as caught:
            read(path)
        assert "\n" not in str(caught.value)
        assert str(path) in str(caught.value)


def test_an_endless_line_costs_nothing_that_stands_before_it(tmp_path: Path) -> None:
    *good, last = rows(write(tmp_path, "a.jsonl.gz", b'{"a": 1}\n{"a": 2}\n' + b"x" * (17 << 20)))
    assert len(good) == 2
    assert isinstance(last, BadRow)
    assert "longer than 16 MiB" in last.reason


def test_a_gz_that_is_none_or_breaks_off_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(b"plain text")
    with pytest.raises(InputError, match="damaged"):
        read_rows(path)
    path.write_bytes(gzip.compress(b"text\n")[:5])
    with pytest.raises(InputError, match="ends in the middle"):
        read_rows(path)
    path.write_bytes(gzip.compress(b"a,b\n" + os.urandom(2_000).hex().encode())[:900])
    assert [type(row) for row in rows(path)] == [BadRow]


def test_a_header_that_breaks_off(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b'"a\n' + os.urandom(2_000).hex().encode() + b"\n")[:1_000])
    with pytest.raises(InputError, match="header"):
        read_rows(path)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(InputError, match="folder"):
        read_rows(tmp_path / "a.csv")


def test_a_file_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, "a.csv", b"a\n1\n")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InputError, match="Permission denied"):
        read_rows(path)


def test_the_fixture_has_a_text_of_two_lines() -> None:
    found = rows(FIXTURE)
    assert len(found) == 6
    assert isinstance(found[1], Row)
    assert found[1].values["text"].endswith("\nSecond line.")


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=("Cs",))), min_size=2, max_size=2), max_size=8))
def test_what_a_csv_writer_wrote_is_read_back(tmp_path_factory: pytest.TempPathFactory, table: list[list[str]]) -> None:
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerows([["a", "b"], *table])
    assert [list(row.values.values()) for row in rows(path) if isinstance(row, Row)] == table


@given(st.binary(max_size=300))
def test_no_content_makes_anything_but_rows_and_input_errors(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    folder = tmp_path_factory.mktemp("any")
    for name in ("a.csv", "a.jsonl", "a.csv.gz"):
        path = folder / name
        path.write_bytes(content)
        try:
            found = rows(path)
        except InputError:
            continue
        assert all(isinstance(row, Row | BadRow) for row in found)
