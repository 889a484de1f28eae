"""What the tables of the store are made of: their columns by the kind of what stands in them."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Float, Integer, MetaData, false

from adapters.columns import Instant, Json, SafeText

metadata = MetaData()
"""Knows the tables of those modules that are imported; `adapters.tables` has them all."""

# PostgreSQL's INTEGER ends at two thousand million; SQLite numbers rows by itself only where the type is INTEGER.
_Number = BigInteger().with_variant(Integer(), "sqlite")


def key(name: str) -> Column[str]:
    """Text by which a row is known, alone or with others."""
    return Column(name, SafeText, primary_key=True)


def numbered(name: str) -> Column[int]:
    """The number of a row, which the database gives."""
    return Column(name, _Number, primary_key=True)


def text(name: str) -> Column[str]:
    """Text, which may be empty."""
    return Column(name, SafeText, nullable=False)


def later_text(name: str) -> Column[str]:
    """Text that was added to a table with rows."""
    return Column(name, SafeText, nullable=False, server_default="")


def instant(name: str, *, nullable: bool = False) -> Column[datetime]:
    """A moment, or none yet."""
    return Column(name, Instant, nullable=nullable)


def real(name: str) -> Column[float]:
    """A number with all the digits that Python has."""
    return Column(name, Float(53), nullable=False)


def later_real(name: str) -> Column[float]:
    """A number that was added to a table with rows."""
    return Column(name, Float(53), nullable=False, server_default="0")


def count(name: str) -> Column[int]:
    """How many."""
    return Column(name, BigInteger, nullable=False)


def later_count(name: str) -> Column[int]:
    """A number that was added to a table with rows."""
    return Column(name, BigInteger, nullable=False, server_default="0")


def flag(name: str) -> Column[bool]:
    """Whether."""
    return Column(name, Boolean, nullable=False)


def later_flag(name: str) -> Column[bool]:
    """A flag that was added to a table with rows: it was not set."""
    return Column(name, Boolean, nullable=False, server_default=false())


def json(name: str) -> Column[Any]:
    """Lists, dicts and strings."""
    return Column(name, Json, nullable=False)


def later_json(name: str) -> Column[Any]:
    """A value that was added to a table with rows: they have none."""
    return Column(name, Json, nullable=False, server_default="null")


def later_list(name: str) -> Column[Any]:
    """A list that was added to a table with rows: theirs is empty."""
    return Column(name, Json, nullable=False, server_default="[]")
