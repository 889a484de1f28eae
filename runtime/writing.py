"""The file that a command writes, or standard output."""

import gzip
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from core.errors import InputError

STANDARD_OUTPUT = Path("-")
"""What people type instead of the name of a file."""


def check_ending(out: Path, *endings: str) -> str:
    """Which of the endings the name of a file has, before .gz if it is to be compressed.

    Nothing where it is standard output, a device or a pipe, whose names say nothing of what is written to them.

    Raises:
        InputError: it has none of them.
    """
    if out == STANDARD_OUTPUT or (out.exists() and not out.is_file() and not out.is_dir()):
        return ""
    ending = (out.with_suffix("") if out.suffix == ".gz" else out).suffix
    if ending not in endings:
        either = "in that" if len(endings) == 1 else "in one of them"
        raise InputError(f"--out {out}: choose a name that ends in {' or '.join(endings)}, or {either} and .gz")
    return ending


@contextmanager
def writing(out: Path, *read: Path) -> Iterator[IO[str]]:
    """A text file that is there, whole, once the block has ended well; else what was there before stays.

    It is compressed where its name ends in .gz; `-` is standard output. Lone surrogates become `?`. What is no file but
    a device or a pipe is written to as it is, and never replaced; a link stays one.

    Raises:
        InputError: the file can't be written, is a folder, or is one of those that are `read`.
    """
    if out == STANDARD_OUTPUT:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="replace")
        yield sys.stdout
        sys.stdout.flush()
        return
    if any(out.exists() and each.exists() and out.samefile(each) for each in read):
        raise InputError(f"--out {out}: that is the file being read; name another")
    if out.is_dir():
        raise InputError(f"--out {out}: this is a folder; name a file in it")
    whole = out if out.exists() and not out.is_file() else out.resolve()
    part = whole if whole is out else whole.with_name(whole.name + ".part")
    try:
        raw = part.open("wb")
    except OSError as error:
        raise InputError(f"--out {out}: can't be written: {error.strerror}") from None
    try:
        with raw:
            packed = gzip.GzipFile(fileobj=raw, mode="wb", filename="") if out.suffix == ".gz" else raw
            with io.TextIOWrapper(packed, encoding="utf-8", newline="", errors="replace") as target:
                yield target
        if part is not whole:
            part.replace(whole)
    except BaseException:
        if part is not whole:
            part.unlink(missing_ok=True)
        raise
