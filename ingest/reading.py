"""Rows of recorded files, one after another, whatever state the file is in.

A row that can't be read is given back as a `BadRow` with its reason; the others aren't lost. Only what concerns the
whole file (it is missing, it is no table) is an error.
"""

import csv
import json
import zlib
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

from msgspec import Struct

from core.errors import InputError

ENDINGS = (".csv", ".csv.gz", ".jsonl", ".jsonl.gz")

ENDS_EARLY = "the compressed file ends in the middle"
"""What stands in the reason where the rest of a compressed file is missing, or not there yet."""

_CHUNK = 1 << 18
# Small, because damage costs the whole piece it stands in.
_COMPRESSED_CHUNK = 1 << 12
_LONGEST_LINE = 16 << 20
_LONGEST_FIELD = 1_000_000
_BAD_RAW = 2_000
_LOOK_AT = 1_000
_GZIP = 16 + zlib.MAX_WBITS
_OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs"}
_NOT_UTF8 = "not UTF-8; save the file as UTF-8"
_BOM = b"\xef\xbb\xbf"
_OTHER_ENCODINGS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


class Row(Struct, frozen=True):
    """A row: its number as a spreadsheet counts (the header of a CSV file is row 1), and its values by column."""

    number: int
    values: dict[str, str]


class BadRow(Struct, frozen=True):
    """A row that can't be read: its number, what could be made out of it (shortened), and why, in words."""

    number: int
    raw: str
    reason: str


class _BreaksOffError(Exception):
    """From here on a file can't be read: it stops before its end, is damaged, or is no table."""


def read_rows(path: Path) -> Iterator[Row | BadRow]:
    """The rows of a ``.csv``, ``.csv.gz``, ``.jsonl`` or ``.jsonl.gz`` file in UTF-8, with or without a BOM.

    The file is streamed: memory doesn't grow with it. In JSON, nested values have dotted names (``user.name``), and
    numbers and booleans become text. A file that breaks off or is damaged gives everything up to there and then a
    `BadRow` that says so.

    Raises:
        InputError: at once, where the file can't be opened, is empty or no such table.
    """
    kind = _kind(path)
    lines = _checked_lines(path)
    if kind == "jsonl":
        return _json_rows(lines)
    reader = csv.reader(lines.text())
    return _csv_rows(reader, _header(path, reader), lines.first_number)


def read_columns(path: Path) -> tuple[str, ...]:
    """The columns of a file: the header of a CSV file, or the names in the first thousand rows of a JSON one.

    Raises:
        InputError: as `read_rows`; or none of these rows of a JSON file can be read.
    """
    if _kind(path) == "csv":
        return tuple(_header(path, csv.reader(_checked_lines(path).text())))
    names: dict[str, None] = {}
    seen = list(islice(read_rows(path), _LOOK_AT))
    for row in seen:
        if isinstance(row, Row):
            names.update(dict.fromkeys(row.values))
    if not names and isinstance(seen[0], BadRow):
        raise InputError(f"{path}: no row can be read; row {seen[0].number}: {seen[0].reason}")
    return tuple(names)


def _kind(path: Path) -> str:
    name = path.name.lower()
    if not name.endswith(ENDINGS):
        raise InputError(f"{path}: the name must end in one of {', '.join(ENDINGS)}; convert or rename the file")
    if not path.exists():
        raise InputError(f"{path}: there is no such file; check the name")
    if path.is_dir():
        raise InputError(f"{path}: this is a folder; name a file in it")
    return "csv" if ".csv" in name[-7:] else "jsonl"


class _Lines:
    """The lines of a file as bytes, with the first one at hand; decompressed where the name says so."""

    def __init__(self, path: Path) -> None:
        self._rest = _split(_chunks(path))
        self.first = next(self._rest, b"").removeprefix(_BOM)
        self.first_number = 1
        while self.first.isspace():
            self.first = next(self._rest, b"")
            self.first_number += 1

    def __iter__(self) -> Iterator[bytes]:
        yield self.first
        yield from self._rest

    def text(self) -> Iterator[str]:
        # Broken bytes travel as lone surrogates, so that only the rows which hold them are refused.
        return (line.decode("utf-8", "surrogateescape") for line in self)


def _checked_lines(path: Path) -> _Lines:
    try:
        lines = _Lines(path)
    except _BreaksOffError as error:
        raise InputError(f"{path}: not one row can be read: {error}") from error
    for mark, encoding in _OTHER_ENCODINGS.items():
        if lines.first.startswith(mark):
            raise InputError(f"{path}: this is {encoding}; save it as UTF-8")
    if not lines.first:
        raise InputError(f"{path}: the file is empty")
    return lines


def _chunks(path: Path) -> Iterator[bytes]:
    """The content in pieces. zlib is driven here, because the gzip module drops what it had when a file breaks off."""
    compressed = path.name.lower().endswith(".gz")
    member = zlib.decompressobj(_GZIP)
    between_members = True
    try:
        with path.open("rb") as file:
            while piece := file.read(_COMPRESSED_CHUNK if compressed else _CHUNK):
                if not compressed:
                    yield piece
                    continue
                rest = piece
                # Tape drives and some copying programs fill up with zeros behind a member.
                while rest := rest.lstrip(b"\0") if between_members else rest:
                    yield member.decompress(rest)
                    rest, between_members = member.unused_data, member.eof
                    if between_members:
                        member = zlib.decompressobj(_GZIP)
    except OSError as error:
        raise InputError(f"{path}: can't be read: {error.strerror or error}; check the file and your rights") from error
    except zlib.error as error:
        raise _BreaksOffError(f"the compressed data is damaged from here on ({error}); fetch the file again") from error
    if not between_members:
        raise _BreaksOffError(f"{ENDS_EARLY}; fetch or export it again")


def _split(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Whole lines with their ends. What stands after the last line end is a line too, unless the file broke off."""
    pieces: list[bytes] = []
    waiting = 0
    for chunk in chunks:
        begin = 0
        while (end := chunk.find(b"\n", begin) + 1) > 0:
            pieces.append(chunk[begin:end])
            yield b"".join(pieces) if len(pieces) > 1 else pieces[0]
            pieces.clear()
            waiting, begin = 0, end
        if begin < len(chunk):
            pieces.append(chunk[begin:])
            waiting += len(chunk) - begin
        if waiting > _LONGEST_LINE:
            raise _BreaksOffError(f"a line is longer than {_LONGEST_LINE >> 20} MiB; nothing is read from here on")
    if pieces:
        yield b"".join(pieces)


def _header(path: Path, reader: Iterator[list[str]]) -> list[str]:
    _raise_field_limit()
    try:
        names = [name.strip() for name in next(reader, [])]
    except (csv.Error, _BreaksOffError) as error:
        raise InputError(f"{path}: the header can't be read: {error}") from error
    if any(_broken(name) for name in names):
        raise InputError(f"{path}: the header is not UTF-8; save the file as “CSV UTF-8”")
    for mark, what in _OTHER_SEPARATORS.items():
        if len(names) == 1 and mark in names[0]:
            raise InputError(f"{path}: the columns are separated by {what}: save it with commas")
    for position, name in enumerate(names):
        if name in names[:position]:
            names[position] = f"{name} ({position + 1})"
    return names


def _raise_field_limit() -> None:
    # The limit belongs to the process; it is finite, so that a quote which is never closed can't swallow a whole file.
    csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_FIELD))


def _csv_rows(reader: Iterator[list[str]], header: list[str], number: int) -> Iterator[Row | BadRow]:
    while True:
        number += 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield BadRow(number, "", f"not a CSV row: {error}")
            continue
        except _BreaksOffError as error:
            yield BadRow(number, "", str(error))
            return
        if cells is None:
            return
        if cells:
            yield _csv_row(number, cells, header)


def _csv_row(number: int, cells: list[str], header: list[str]) -> Row | BadRow:
    if len(cells) != len(header):
        few = "few" if len(cells) < len(header) else "many"
        reason = f"too {few} columns: {len(cells)} where the header has {len(header)}"
        # What is left of a file behind a quotation mark that isn't closed is one cell.
        unclosed = (
            "; its last cell has line breaks, as where a quotation mark is never closed" if "\n" in cells[-1] else ""
        )
        return BadRow(number, _shown(cells), reason + unclosed)
    if not all(map(str.isascii, cells)):
        for name, cell in zip(header, cells, strict=True):
            if _broken(cell):
                return BadRow(number, _shown(cells), f"broken encoding in the column {name}: {_NOT_UTF8}")
    return Row(number, dict(zip(header, cells, strict=True)))


def _broken(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def _shown(cells: list[str]) -> str:
    whole = ",".join(cells)[:_BAD_RAW]
    return whole.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _json_rows(lines: _Lines) -> Iterator[Row | BadRow]:
    number = lines.first_number - 1
    try:
        for line in lines:
            number += 1
            if not line.isspace():
                yield _json_row(number, line)
    except _BreaksOffError as error:
        yield BadRow(number + 1, "", str(error))


def _json_row(number: int, line: bytes) -> Row | BadRow:
    raw = line[:_BAD_RAW].decode("utf-8", "backslashreplace").strip()
    try:
        # Control characters and lone surrogates inside of strings are let through; the normaliser removes them.
        found = json.loads(line.decode("utf-8"), strict=False)
        if not isinstance(found, dict):
            return BadRow(number, raw, "not a JSON object")
        values = flatten(found)
    except UnicodeDecodeError:
        return BadRow(number, raw, f"broken encoding: {_NOT_UTF8}")
    except (ValueError, RecursionError) as error:
        return BadRow(number, raw, f"not JSON: {error}")
    return Row(number, values)


def flatten(found: Mapping[str, object]) -> dict[str, str]:
    """A JSON object as a row: nested values have dotted names, numbers, booleans and lists become text.

    Raises:
        RecursionError: it is nested too deeply.
    """
    values: dict[str, str] = {}
    _flatten("", found, values)
    return values


def _flatten(prefix: str, found: Mapping[str, object], values: dict[str, str]) -> None:
    for key, value in found.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            _flatten(f"{name}.", value, values)
        elif isinstance(value, str):
            values[name] = value
        else:
            values[name] = "" if value is None else json.dumps(value, ensure_ascii=False)
