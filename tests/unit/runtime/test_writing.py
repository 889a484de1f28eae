"""Files that commands write: whole or not at all, and never in the place of what is no file."""

import gzip
import os
import stat
from pathlib import Path

import pytest

from core.errors import InputError
from runtime.writing import check_ending, writing


def write(out: Path, text: str = "new", *read: Path) -> None:
    with writing(out, *read) as target:
        target.write(text)


def fail(out: Path) -> None:
    with writing(out) as target:
        target.write("half")
        raise InputError("the rest can't be read")


def test_what_was_there_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    out = tmp_path / "a.csv"
    write(out, "old")
    with pytest.raises(InputError):
        fail(out)
    assert out.read_text(encoding="utf-8") == "old"
    write(out)
    assert out.read_text(encoding="utf-8") == "new"
    assert [each.name for each in tmp_path.iterdir()] == ["a.csv"]
    write(tmp_path / "a.csv.gz", "packed \ud800")
    assert gzip.decompress((tmp_path / "a.csv.gz").read_bytes()) == b"packed ?"


@pytest.mark.parametrize("out", ["", ".", "/", "folder"])
def test_a_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str) -> None:
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    with pytest.raises(InputError, match="this is a folder"):
        write(Path(out))
    assert [each.name for each in tmp_path.iterdir()] == ["folder"]


def test_what_is_no_file_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write(pipe)
        assert os.read(reader, 100) == b"new"
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with pytest.raises(InputError):
            fail(pipe)
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_link_stays_one(tmp_path: Path) -> None:
    link = tmp_path / "latest.csv"
    link.symlink_to("first.csv")
    write(link)
    assert link.is_symlink()
    assert (tmp_path / "first.csv").read_text(encoding="utf-8") == "new"


def test_the_file_that_is_read_and_a_folder_that_is_not_there_are_refused(tmp_path: Path) -> None:
    own = tmp_path / "own.csv"
    own.write_text("old", encoding="utf-8")
    with pytest.raises(InputError, match="being read"):
        write(own, "new", own)
    with pytest.raises(InputError, match="can't be written"):
        write(tmp_path / "absent" / "a.csv")
    assert own.read_text(encoding="utf-8") == "old"


def test_a_name_says_what_is_written(tmp_path: Path) -> None:
    for name, ending in (("a.csv", ".csv"), ("a.jsonl.gz", ".jsonl"), ("a.csv.jsonl", ".jsonl"), ("-", "")):
        assert check_ending(Path(name), ".csv", ".jsonl") == ending
    assert check_ending(Path("/dev/null"), ".csv") == ""
    for name in ("a", "a.txt", "a.csv.txt", "a.gz", ".csv", str(tmp_path)):
        with pytest.raises(
            InputError, match=r"choose a name that ends in \.csv or \.jsonl, or in one of them and \.gz"
        ):
            check_ending(Path(name), ".csv", ".jsonl")
    with pytest.raises(InputError, match=r"ends in \.csv, or in that and \.gz"):
        check_ending(Path("a.xlsx"), ".csv")
