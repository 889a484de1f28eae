"""The one directory that holds everything, and the lock that keeps a second program out of it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from filelock import FileLock, Timeout
from msgspec import Struct

from core.errors import InUseError, StorageError


class Running(Struct, frozen=True):
    """The process that works in a data directory; `address` is empty until its web page answers."""

    pid: int
    address: str


class DataDirectory:
    """Where one set-up keeps its files.

    Args:
        path: the directory; it is made, for its owner only, where it doesn't exist.

    Raises:
        StorageError: the directory can't be made.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock_file = path / "lock"
        self._note_file = path / "running.json"
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"the data directory {path} can't be made: {error.strerror}") from error

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Work in the directory alone. The lock ends with the process, however it ends.

        Raises:
            InUseError: another process holds the lock; the message names it.
            StorageError: the directory can't be written.
        """
        # A moment of patience, because `running` of another process holds the lock while it looks.
        lock = FileLock(self._lock_file, timeout=0.2)
        try:
            lock.acquire()
        except Timeout as error:
            raise InUseError(self._in_use()) from error
        except OSError as error:
            raise StorageError(f"the data directory {self.path} can't be written: {error.strerror}") from error
        try:
            self.note("")
            yield
        finally:
            self._note_file.unlink(missing_ok=True)
            lock.release()

    def note(self, address: str) -> None:
        """Tell other processes where this one answers; for the holder of the lock."""
        new = self._note_file.with_suffix(".new")
        try:
            new.write_bytes(msgspec.json.encode(Running(os.getpid(), address)))
            new.replace(self._note_file)
        except OSError as error:
            raise StorageError(f"the data directory {self.path} can't be written: {error.strerror}") from error

    def running(self) -> Running | None:
        """Who works in the directory; None if nobody holds the lock."""
        try:
            with FileLock(self._lock_file, timeout=0):
                return None
        except Timeout:
            return self._noted() or Running(0, "")

    def _noted(self) -> Running | None:
        try:
            return msgspec.json.decode(self._note_file.read_bytes(), type=Running)
        except (OSError, msgspec.DecodeError):
            return None

    def _in_use(self) -> str:
        noted = self._noted()
        who = f"process {noted.pid}" if noted else "another process"
        where = f" at {noted.address}" if noted and noted.address else ""
        return f"{who}{where} works in {self.path} already: stop it, or choose another data directory"
