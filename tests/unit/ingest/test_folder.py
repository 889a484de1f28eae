"""A folder that files are dropped into: when they are read, how often, and where they go."""

import errno
import gzip
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from core.brand import Brand
from core.errors import ConfigurationError, SourceError
from core.ports.source import Source, SourceItem
from ingest.settings import Networks, SourceSettings
from ingest.sources import folder as module
from ingest.sources.folder import UNFINISHED
from ingest.sources.folder_files import Files
from ingest.sources.registry import make_source
from tests.fakes import MONDAY, FakeClock
from tests.networks.driving import mentions, until

BRANDS = [Brand(name="Acme"), Brand(name="Zenith")]
HEADER = "created_at,text,id\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "incoming"
    place.mkdir()
    return place


def source(folder: Path, clock: FakeClock, **more: Any) -> Source:
    table = SourceSettings(name="exports", kind="folder", folder=folder, **more)
    return make_source(table, BRANDS, clock, Networks())


def rows(*numbers: int, text: str = "Acme is down") -> str:
    return "".join(f"2026-03-01T10:00:{number % 60:02},{text} {number},{number}\n" for number in numbers)


def drop(folder: Path, name: str, *numbers: int) -> Path:
    path = folder / name
    path.write_text(HEADER + rows(*numbers), encoding="utf-8")
    return path


def done(folder: Path, items: Iterator[SourceItem], *names: str, where: str = "done") -> list[SourceItem]:
    """What comes until these files are put away."""
    return until(items, lambda _: all((folder / where / name).exists() for name in names))


def numbers(seen: list[SourceItem]) -> list[int]:
    return [int(mention.network_id) for mention in mentions(seen)]


def lying(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}


def test_a_file_is_delivered_with_its_times_and_put_away(folder: Path, clock: FakeClock) -> None:
    items = source(folder, clock).items("")
    assert next(items).heard
    path = drop(folder, "one.csv", 1, 2)
    path.write_text(path.read_text("utf-8") + rows(3, text="nobody") + "2031-01-01,Zenith,4\nnever,Acme,5\n", "utf-8")
    seen = done(folder, items, "one.csv")
    assert numbers(seen) == [1, 2, 4]
    first, _, last = mentions(seen)
    assert (first.brand, first.source, first.origin) == ("Acme", "folder", "live")
    assert first.created_at == datetime(2026, 3, 1, 10, 0, 1, tzinfo=UTC)
    assert first.ingested_at >= MONDAY
    assert last.created_at == last.ingested_at
    assert sum(item.skipped for item in seen) == 1
    assert ["never" in raw for item in seen for raw, _ in item.dead] == [True]
    assert lying(folder) == {"done/one.csv"}


def test_files_of_every_ending_come_the_oldest_first(folder: Path, clock: FakeClock) -> None:
    row = '{"created_at": "2026-03-01T10:00:00Z", "text": "Zenith", "id": "%d"}\n'
    (folder / "a.jsonl").write_text(row % 1, "utf-8")
    (folder / "b.JSONL.gz").write_bytes(gzip.compress((row % 2).encode(), mtime=0))
    (folder / "c.csv.gz").write_bytes(gzip.compress((HEADER + rows(3)).encode(), mtime=0))
    drop(folder, "d.csv", 4)
    (folder / "e.txt").write_text(HEADER + rows(5), "utf-8")
    for age, name in enumerate(("c.csv.gz", "a.jsonl", "d.csv", "b.JSONL.gz")):
        os.utime(folder / name, (1_000_000 + age, 1_000_000 + age))
    seen = done(folder, source(folder, clock).items(""), "b.JSONL.gz")
    assert numbers(seen) == [3, 1, 4, 2]
    assert "e.txt" in lying(folder)


def test_settings_say_how_a_file_is_read(folder: Path, clock: FakeClock) -> None:
    text = "when,words,place\n2026-03-01 10:00,broke,shop\n2026-03-01 10:00,broke,home\n"
    (folder / "a.csv").write_text(text, "utf-8")
    options = {"map": "created_at=when,text=words", "where": ("place=shop",), "brand": "Zenith", "source": "reviews"}
    (mention,) = mentions(done(folder, source(folder, clock, **options).items(""), "a.csv"))
    assert (mention.brand, mention.source) == ("Zenith", "reviews")


def test_a_file_that_grows_is_not_read(folder: Path, clock: FakeClock) -> None:
    read = []

    def recorded(path: Path) -> module.RecordedFile:
        read.append(path)
        return module.RecordedFile(path, brands=BRANDS)

    items = module.Folder(folder, recorded, clock).items("")
    path = drop(folder, "one.csv", 1)
    for number in range(2, 6):
        begins = clock.now()
        until(items, lambda _, begins=begins: clock.now() - begins > timedelta(seconds=8))
        with path.open("a", encoding="utf-8") as file:
            file.write(rows(number))
    assert not read
    assert numbers(done(folder, items, "one.csv")) == [1, 2, 3, 4, 5]
    assert read == [path]


@pytest.mark.parametrize(
    ("name", "half", "rest"),
    [
        ("a.csv", (HEADER + "2026-03-01,Acme is do").encode(), b"wn,1\n"),
        ("a.csv", b"", (HEADER + rows(1)).encode()),
        ("a.csv.gz", b"", gzip.compress((HEADER + rows(1)).encode(), mtime=0)),
        (
            "a.csv.gz",
            gzip.compress((HEADER + rows(1)).encode(), mtime=0)[:20],
            gzip.compress((HEADER + rows(1)).encode(), mtime=0)[20:],
        ),
        (
            "a.csv.gz",
            gzip.compress((HEADER + rows(1)).encode(), mtime=0)[:-5],
            gzip.compress((HEADER + rows(1)).encode(), mtime=0)[-5:],
        ),
    ],
)
def test_half_a_file_is_not_read(folder: Path, clock: FakeClock, name: str, half: bytes, rest: bytes) -> None:
    path = folder / name
    path.write_bytes(half)
    items = source(folder, clock).items("")
    begins = clock.now()
    seen = until(items, lambda _: clock.now() - begins > timedelta(seconds=50))
    assert not mentions(seen)
    assert lying(folder) == {name}
    path.write_bytes(half + rest)
    seen = done(folder, items, name)
    assert numbers(seen) == [1]
    assert not any(item.dead for item in seen)


def test_what_stays_half_is_read_as_far_as_it_goes(folder: Path, clock: FakeClock) -> None:
    whole = gzip.compress((HEADER + rows(*range(2000))).encode())
    (folder / "a.csv.gz").write_bytes(whole[:-5])
    (folder / "b.csv").write_text(HEADER + rows(5000) + "2026-03-01T10:00:00,Acme,5001", "utf-8")
    seen = done(folder, source(folder, clock).items(""), "a.csv.gz", "b.csv")
    assert len(set(numbers(seen))) > 1000
    assert 5001 in numbers(seen)
    assert any("ends in the middle" in reason for item in seen for _, reason in item.dead)


def test_a_file_that_changes_while_it_is_read_is_read_again(
    folder: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = drop(folder, "one.csv", 1)
    grown = []

    class Growing(module.RecordedFile):
        def load(self, *arguments: Any) -> Any:
            found = super().load(*arguments)
            if not grown:
                grown.append(drop(folder, "one.csv", 1, 2))
            return found

    made = module.Folder(folder, lambda path: Growing(path, brands=BRANDS), clock)
    seen = done(folder, made.items(""), "one.csv")
    assert grown == [path]
    assert numbers(seen) == [1, 2]


def test_a_file_that_takes_the_place_of_one_being_delivered_is_read(
    folder: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 10)
    drop(folder, "one.csv", *range(30))
    items = source(folder, clock).items("")
    seen = until(items, lambda seen: len(mentions(seen)) == 20)
    drop(folder, "one.new", *range(50, 55)).rename(folder / "one.csv")
    seen += done(folder, items, "one.csv")
    assert numbers(seen) == [*range(30), *range(50, 55)]
    assert "Acme is down 50" in (folder / "done" / "one.csv").read_text("utf-8")


def test_a_file_that_is_taken_away_while_it_is_delivered_holds_nobody_up(folder: Path, clock: FakeClock) -> None:
    path = drop(folder, "one.csv", 1)
    drop(folder, "two.csv", 2)
    os.utime(path, (0, 0))
    items = source(folder, clock).items("")
    seen = until(items, mentions)
    path.unlink()
    assert numbers(seen + done(folder, items, "two.csv")) == [1, 2]
    assert lying(folder) == {"done/two.csv"}


def test_a_stop_in_the_middle_goes_on_there(folder: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 10)
    path = drop(folder, "one.csv", *range(30))
    path.write_text(path.read_text("utf-8") + "never,Acme,1\n" * 15, "utf-8")
    items = source(folder, clock).items("")
    seen = until(items, lambda seen: len(mentions(seen)) == 20)
    drop(folder, "earlier.csv", 100)
    os.utime(folder / "earlier.csv", (0, 0))
    rest = done(folder, source(folder, clock).items(seen[-1].cursor), "one.csv")
    assert numbers(seen + rest) == list(range(30))
    assert sum(len(item.dead) for item in seen) == 15
    assert not any(item.dead or item.skipped for item in rest)
    assert "earlier.csv" in lying(folder)


def test_a_stop_before_it_was_put_away_delivers_nothing_again(folder: Path, clock: FakeClock) -> None:
    drop(folder, "one.csv", 1)
    seen = until(source(folder, clock).items(""), mentions)
    assert lying(folder) == {"one.csv"}
    rest = done(folder, source(folder, clock).items(seen[-1].cursor), "one.csv")
    assert not mentions(rest)


def test_another_file_of_the_same_name_is_another(folder: Path, clock: FakeClock) -> None:
    items = source(folder, clock).items("")
    drop(folder, "one.csv", 1)
    seen = done(folder, items, "one.csv")
    drop(folder, "one.csv", 1, 2)
    assert numbers(done(folder, items, "2-one.csv")) == [1, 2]
    cursor = until(source(folder, clock).items(""), lambda seen: len(seen) > 1)[-1].cursor
    drop(folder, "one.csv", 3)
    assert numbers(done(folder, source(folder, clock).items(cursor), "3-one.csv")) == [3]
    assert numbers(seen) == [1]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.csv", b"", "the file is empty"),
        ("a.csv", b"one,two\n1,2\n", "no column is known to be created_at"),
        ("a.csv", "created_at,text\n".encode("utf-16"), "this is UTF-16"),
        ("a.csv.gz", b"created_at,text\n", "not one row can be read"),
        ("a.jsonl", b"\0" * 100 + b"\n", "no row can be read"),
    ],
)
def test_what_cant_be_read_is_put_aside_with_its_reason(
    folder: Path, clock: FakeClock, name: str, content: bytes, reason: str
) -> None:
    (folder / name).write_bytes(content)
    drop(folder, "good.csv", 1)
    seen = done(folder, source(folder, clock).items(""), "good.csv")
    assert numbers(seen) == [1]
    done(folder, source(folder, clock).items(""), name, where="failed")
    assert lying(folder) == {"done/good.csv", f"failed/{name}", f"failed/{name}.reason.txt"}
    assert reason in (folder / "failed" / f"{name}.reason.txt").read_text("utf-8")


def test_whatever_breaks_while_a_file_is_read_stops_no_other(folder: Path, clock: FakeClock) -> None:
    def broken(path: Path) -> module.RecordedFile:
        if path.name == "bad.csv":
            raise RecursionError
        return module.RecordedFile(path, brands=BRANDS)

    drop(folder, "bad.csv", 1)
    drop(folder, "good.csv", 2)
    seen = done(folder, module.Folder(folder, broken, clock).items(""), "good.csv")
    assert numbers(seen) == [2]
    assert (folder / "failed" / "bad.csv.reason.txt").read_text("utf-8").endswith("RecursionError\n")


ODD = b"a\xff\xfe\x1b[31m\n.csv"


def test_a_name_that_is_no_text_harms_nobody(folder: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 1)
    odd = Path(os.fsdecode(os.fsencode(folder) + b"/" + ODD))
    odd.write_text(HEADER + rows(1, 2), "utf-8")
    cursor = until(source(folder, clock).items(""), mentions)[-1].cursor
    assert cursor.isprintable()
    items = source(folder, clock).items(cursor)
    assert numbers(done(folder, items, odd.name)) == [2]
    odd.write_bytes(b"")
    drop(folder, "good.csv", 3)
    done(folder, items, odd.name, where="failed")
    assert numbers(done(folder, items, "good.csv")) in ([3], [])
    reason = (folder / "failed" / f"{odd.name}.reason.txt").read_text("utf-8")
    assert reason.removesuffix("\n").isprintable()
    assert "a\\udcff\\udcfe\\x1b[31m\\n.csv" in reason
    assert len(list((folder / "failed").iterdir())) == 2


@pytest.mark.parametrize("name", ["x" * 251 + ".csv", "艾" * 82 + ".jsonl", "x" * 245 + ".JSONL.gz"], ids=len)
def test_a_name_that_is_too_long_is_shortened(folder: Path, clock: FakeClock, name: str) -> None:
    (folder / name).write_bytes(b"")
    drop(folder, "good.csv", 1)
    items = source(folder, clock).items("")
    assert numbers(done(folder, items, "good.csv")) == [1]
    until(items, lambda _: not (folder / name).exists())
    (bad, reason) = sorted(path.name for path in (folder / "failed").iterdir())
    assert reason == f"{bad}.reason.txt"
    assert len(os.fsencode(reason)) in (253, 254, 255)
    assert bad.isprintable()
    assert bad[:50] == name[:50]
    assert bad.endswith(name[name.index(".") :])


def test_a_long_name_that_is_taken_is_shortened(folder: Path, clock: FakeClock) -> None:
    name = "x" * 251 + ".csv"
    items = source(folder, clock).items("")
    for number in (1, 2):
        drop(folder, name, number)
        assert numbers(until(items, lambda _: not (folder / name).exists())) == [number]
    assert {path.name for path in (folder / "done").iterdir()} == {name, f"2-{'x' * 249}.csv"}


class Stuck:
    """Some files can't be moved."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, error: int = errno.EPERM) -> None:
        self.names = {"stuck.csv", "bad.csv"}
        self.tried: list[str] = []
        rename = Path.rename

        def moved(path: Path, to: Path) -> Path:
            self.tried.append(path.name)
            if path.name in self.names:
                raise OSError(error, os.strerror(error))
            return rename(path, to)

        monkeypatch.setattr(Path, "rename", moved)

    def wait(self, items: Iterator[SourceItem], tries: int = 1) -> list[SourceItem]:
        """What comes until so many more were to be moved, and what they leave in the cursor."""
        wanted = len(self.tried) + tries
        seen = until(items, lambda _: len(self.tried) >= wanted)
        return [*seen, next(items)]


def test_a_file_that_cant_be_moved_keeps_no_other_from_being_read(
    folder: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck = Stuck(monkeypatch)
    drop(folder, "stuck.csv", 1)
    (folder / "bad.csv").write_text("", "utf-8")
    items = source(folder, clock).items("")
    with capture_logs() as logs:
        seen = stuck.wait(items, 2)
        drop(folder, "good.csv", 2)
        seen += stuck.wait(items)
        drop(folder, "good.csv", 3)
        seen += stuck.wait(items)
    assert numbers(seen) == [1, 2, 3]
    assert stuck.tried == ["stuck.csv", "bad.csv", "good.csv", "good.csv"]
    assert [(line["file"], line["where"]) for line in logs if line["event"] == "file_left"] == [
        ("stuck.csv", "done"),
        ("bad.csv", "failed"),
    ]
    assert not list((folder / "failed").iterdir())
    # After a stop it is only tried to move it.
    assert numbers(stuck.wait(source(folder, clock).items(seen[-1].cursor), 2)) == []
    stuck.names.clear()
    rest = stuck.wait(source(folder, clock).items(seen[-1].cursor), 2)
    assert numbers(rest) == []
    assert {"done/stuck.csv", "failed/bad.csv"} <= lying(folder)
    assert "stuck" not in rest[-1].cursor


def test_a_file_that_couldnt_be_moved_is_read_again_when_it_changes(
    folder: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck = Stuck(monkeypatch)
    drop(folder, "stuck.csv", 1)
    items = source(folder, clock).items("")
    stuck.wait(items)
    drop(folder, "stuck.csv", 1, 2)
    assert numbers(stuck.wait(items)) == [1, 2]


def test_where_no_file_can_be_moved_that_is_told(
    folder: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        stuck = Stuck(patch, errno.ENOSPC)
        drop(folder, "stuck.csv", 1)
        with pytest.raises(SourceError, match=r"stuck.csv can't be moved to done .*Trying again"):
            stuck.wait(source(folder, clock).items(""))
    monkeypatch.setattr(module, "MOST_LEFT", 0)
    stuck = Stuck(monkeypatch)
    with pytest.raises(SourceError, match=r"files that can't be moved to done. Trying again"):
        stuck.wait(source(folder, clock).items(""))


def test_links_pipes_folders_and_hidden_files_are_left_alone(folder: Path, clock: FakeClock, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    secret = drop(outside, "secret.csv", 1)
    (folder / "link.csv").symlink_to(secret)
    (folder / "away").symlink_to(outside)
    (folder / "folder.csv").mkdir()
    os.mkfifo(folder / "pipe.csv")
    drop(folder, ".hidden.csv", 2)
    drop(folder, "good.csv", 3)
    assert numbers(done(folder, source(folder, clock).items(""), "good.csv")) == [3]
    assert not Files(folder).waiting()
    assert secret.exists()
    assert (folder / "link.csv").is_symlink()


def test_a_link_that_takes_a_files_place_is_not_read(folder: Path, clock: FakeClock, tmp_path: Path) -> None:
    secret = drop(tmp_path, "secret.csv", 1)
    path = drop(folder, "one.csv", 2)

    def swapped(path: Path) -> module.RecordedFile:
        path.unlink()
        path.symlink_to(secret)
        return module.RecordedFile(path, brands=BRANDS)

    items = module.Folder(folder, swapped, clock).items("")
    begins = clock.now()
    seen = until(items, lambda _: path.is_symlink() and clock.now() - begins > timedelta(seconds=UNFINISHED))
    assert not mentions(seen)


def test_where_files_go_is_no_link_either(folder: Path, clock: FakeClock, tmp_path: Path) -> None:
    (folder / "done").symlink_to(tmp_path)
    with pytest.raises(ConfigurationError, match="done in it is a link"):
        source(folder, clock)
    (folder / "done").unlink()
    made = source(folder, clock)
    (folder / "done").rmdir()
    (folder / "done").symlink_to(tmp_path)
    drop(folder, "one.csv", 1)
    with pytest.raises(SourceError, match=r"one.csv can't be moved to done .*Trying again"):
        until(made.items(""), lambda _: False)
    assert not (tmp_path / "one.csv").exists()


def test_a_folder_that_goes_away_is_told(folder: Path, clock: FakeClock) -> None:
    items = source(folder, clock).items("")
    next(items)
    for place in ("done", "failed", ""):
        (folder / place).rmdir()
    with pytest.raises(SourceError, match=r"incoming can't be read \(No such file or directory\). Trying again"):
        until(items, lambda _: False)


def test_a_table_without_a_folder_is_refused(tmp_path: Path, clock: FakeClock) -> None:
    for path, says in ((Path(), "a folder needs `folder`"), (tmp_path / "gone", "No such file or directory; name a")):
        with pytest.raises(ConfigurationError, match=says):
            source(path, clock)
