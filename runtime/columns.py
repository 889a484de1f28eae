"""The columns of a table that options of commands name."""

from collections.abc import Sequence
from pathlib import Path

from core.errors import InputError
from ingest.reading import read_columns

_SHOWN = 50


def check_column(file: Path, option: str, column: str) -> Sequence[str]:
    """The columns of a file, among them the one that an option names.

    Raises:
        InputError: it isn't there, or no row of the file can be read.
    """
    columns = read_columns(file)
    if not columns:
        raise InputError(f"{file}: no row has a column; every line must be a JSON object with values")
    if column not in columns:
        shown = ", ".join(columns[:_SHOWN]) + (" …" if len(columns) > _SHOWN else "")
        raise InputError(f"{file}: has no column {column!r}; {option} names one of: {shown}")
    return columns
