"""The files of a folder: which ones wait there, and where they go. Links are never followed."""

import contextlib
import errno
import os
import stat
from pathlib import Path

from msgspec import Struct

from ingest.reading import ENDINGS

DONE, FAILED = "done", "failed"
_REASON = ".reason.txt"
_LONGEST_NAME = 255
"""Bytes that the name of a file may have, on nearly every file system."""
_THE_FOLDERS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})
"""What ails the folder as a whole, and not one file."""


class File(Struct, frozen=True):
    """A file by its name, as it was when it was looked at; one that changes isn't the same any more."""

    name: str
    number: int
    """That of the file system (inode)."""
    size: int
    changed_ns: int

    @property
    def shown(self) -> str:
        """Its name as it may be written down."""
        return plain(self.name)


class StuckError(Exception):
    """A file can't be moved, and why; others can."""


def plain(text: str) -> str:
    """On one line, with all that isn't printable escaped: names of files are any bytes, terminal codes too."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


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
        """Move a file to one of the two places, the reason beside it, under another name if its own is taken or long.

        Raises:
            StuckError: it can't be moved, and what hinders it is its own.
        """
        place = self._place(where)
        room = _LONGEST_NAME - (len(_REASON) if reason else 0)
        name, number = _shortened(file.name, room), 1
        while os.path.lexists(place / name) or os.path.lexists(place / f"{name}{_REASON}"):
            number += 1
            name = f"{number}-{_shortened(file.name, room - len(f'{number}-'))}"
        with contextlib.ExitStack() as undone:
            try:
                if reason:
                    beside = place / f"{name}{_REASON}"
                    with beside.open("x", encoding="utf-8") as opened:
                        undone.callback(beside.unlink)
                        opened.write(f"{reason}\n")
                (self.path / file.name).rename(place / name)
            except OSError as error:
                if error.errno in _THE_FOLDERS:
                    raise
                raise StuckError(error.strerror or str(error)) from error
            undone.pop_all()

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


def _shortened(name: str, room: int) -> str:
    """A name of so many bytes at most, with its ending."""
    written = os.fsencode(name)
    if len(written) <= room:
        return name
    ending = max((each for each in ENDINGS if name.lower().endswith(each)), key=len)
    cut = room - len(ending)
    while written[cut] & 0xC0 == 0x80:  # never within a character
        cut -= 1
    return os.fsdecode(written[:cut] + written[-len(ending) :])
