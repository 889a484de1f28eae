"""One program at a time works in a data directory, and others can find it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.data_directory import DataDirectory, Running
from core.errors import InUseError, StorageError

ROOT = Path(__file__).parents[3]
HOLD = """
import sys
from pathlib import Path
from adapters.data_directory import DataDirectory
directory = DataDirectory(Path(sys.argv[1]))
with directory.lock():
    directory.note("http://127.0.0.1:8000")
    print("locked", flush=True)
    sys.stdin.read()
"""


def holder(path: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "locked\n"
    return process


def test_the_directory_is_made_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "a" / "data"
    DataDirectory(path)
    DataDirectory(path)
    assert path.stat().st_mode & 0o777 == 0o700


def test_nobody_works_in_a_new_directory_or_after_the_lock_is_released(tmp_path: Path) -> None:
    directory = DataDirectory(tmp_path)
    assert directory.running() is None
    with directory.lock():
        assert DataDirectory(tmp_path).running() == Running(os.getpid(), "")
        directory.note("http://127.0.0.1:9000")
        assert DataDirectory(tmp_path).running() == Running(os.getpid(), "http://127.0.0.1:9000")
    assert directory.running() is None
    with directory.lock():
        assert directory.running() == Running(os.getpid(), "")


def test_a_second_program_is_refused_and_told_of_the_first(tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        directory = DataDirectory(tmp_path)
        assert directory.running() == Running(process.pid, "http://127.0.0.1:8000")
        with pytest.raises(InUseError, match=rf"process {process.pid} at http://127\.0\.0\.1:8000 works in"):
            directory.lock().__enter__()
        process.communicate()
    with directory.lock():
        pass


def test_the_lock_of_a_killed_program_is_free_at_once(tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
    directory = DataDirectory(tmp_path)
    assert directory.running() is None
    with directory.lock():
        assert directory.running() == Running(os.getpid(), "")


@pytest.mark.parametrize("content", [b"", b"{", b'{"pid": "x"}', b"\xff"])
def test_a_note_that_cannot_be_read_does_not_hide_that_the_directory_is_in_use(tmp_path: Path, content: bytes) -> None:
    directory = DataDirectory(tmp_path)
    with directory.lock():
        (tmp_path / "running.json").write_bytes(content)
        assert directory.running() == Running(0, "")
        with pytest.raises(InUseError, match="another process works in"):
            DataDirectory(tmp_path).lock().__enter__()


def test_an_error_of_the_work_goes_through_and_frees_the_lock(tmp_path: Path) -> None:
    directory = DataDirectory(tmp_path)
    with pytest.raises(ZeroDivisionError), directory.lock():
        raise ZeroDivisionError
    assert directory.running() is None


def test_a_path_that_is_a_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    with pytest.raises(StorageError, match=r"file can't be made"):
        DataDirectory(path)


def test_a_lock_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "lock").mkdir()
    with pytest.raises(StorageError, match="can't be written"):
        DataDirectory(tmp_path).lock().__enter__()


def test_a_directory_that_vanished_is_named(tmp_path: Path) -> None:
    path = tmp_path / "data"
    directory = DataDirectory(path)
    path.rmdir()
    with pytest.raises(StorageError, match="data can't be written"):
        directory.note("")
