"""The files of a folder: which ones wait there, and where they go. Links are never followed."""

import os
import stat
from pathlib import Path

from msgspec import Struct

from ingest.reading import ENDINGS

DONE, FAILED = "done", "failed"
_REASON = ".reason.txt"


class File(Struct, frozen=True):
    """A file by its name, as it was when it was looked at; one that changes isn't the same any more."""

    name: str
    number: int
    """That of the file system (inode)."""
    size: int
    changed_ns: int


class Files:
    """The files that lie in a folder itself, with the endings of recordings. Raises OSError where it can't be used."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def check(self) -> None:
        """Make the places where files are put away, and see whether they are ours to write."""
        with os.scandir(self.path):
            pass
        for name in (DONE, FAILED):
            self._place(name)
        if not os.access(self.path, os.R_OK | os.W_OK | os.X_OK):
            raise PermissionError("it can't be read and written")

    def waiting(self) -> list[File]:
        """What lies there, without hidden files: programs that copy write into these first."""
        with os.scandir(self.path) as entries:
            names = [
                entry.name
                for entry in entries
                if entry.name.lower().endswith(ENDINGS) and not entry.name.startswith(".")
            ]
        return [file for name in names if (file := self._now(name))]

    def is_still(self, file: File) -> bool:
        """Whether nothing has happened to it."""
        return self._now(file.name) == file

    def ends_a_line(self, file: File) -> bool:
        """Whether its last byte is a line end. A compressed file shows only when it is read whether it is whole."""
        if file.name.lower().endswith(".gz"):
            return file.size > 0
        try:
            # Not through a link that has come in its place, and without waiting for a pipe.
            number = os.open(self.path / file.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(number, "rb") as opened:
                opened.seek(max(file.size - 1, 0))
                return opened.read(1) in (b"\n", b"\r")
        except OSError:
            return False

    def put_away(self, file: File, where: str, reason: str = "") -> None:
        """Move a file to one of the two places, the reason beside it, under another name if its own is taken."""
        place = self._place(where)
        name, number = file.name, 1
        while os.path.lexists(place / name) or os.path.lexists(place / f"{name}{_REASON}"):
            number += 1
            name = f"{number}-{file.name}"
        if reason:
            with (place / f"{name}{_REASON}").open("x", encoding="utf-8") as beside:
                beside.write(f"{reason}\n")
        (self.path / file.name).rename(place / name)

    def _place(self, name: str) -> Path:
        place = self.path / name
        place.mkdir(exist_ok=True)
        if not stat.S_ISDIR(place.lstat().st_mode):
            raise NotADirectoryError(f"{name} in it is a link; make it a folder")
        return place

    def _now(self, name: str) -> File | None:
        try:
            found = (self.path / name).lstat()
        except OSError:
            return None  # somebody has taken it away
        if not stat.S_ISREG(found.st_mode):
            return None
        return File(name, found.st_ino, found.st_size, found.st_mtime_ns)
