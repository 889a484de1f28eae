"""Types of columns that make SQLite and PostgreSQL behave alike, and keep them from choking on hostile text."""

import re
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Dialect, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

from adapters.instants import microseconds, moment

_LARGEST = 2**63 - 1
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def safe(text: str) -> str:
    """Text that every database and UTF-8 can hold: NUL and lone surrogates become U+FFFD, the replacement character."""
    return _UNSTORABLE.sub("\ufffd", text)


def as_json(value: object) -> bytes:
    """JSON in UTF-8 whose texts are `safe`."""
    try:
        written = msgspec.json.encode(value)
    except UnicodeEncodeError:
        written = b""
    # Rare, so everything else is spared the walk through its texts.
    if not written or b"\\u0000" in written:
        written = msgspec.json.encode(_safe_throughout(msgspec.to_builtins(value)))
    return written


def _safe_throughout(value: Any) -> Any:
    if isinstance(value, str):
        return safe(value)
    if isinstance(value, list | tuple):
        return [_safe_throughout(item) for item in value]
    if isinstance(value, dict):
        return {safe(key): _safe_throughout(item) for key, item in value.items()}
    return value


def plain_text(dialect: Dialect) -> TypeEngine[str]:
    """Text in the order of its bytes, as SQLite has it by itself: pages and cursors mean the same everywhere."""
    return Text(collation="C" if dialect.name == "postgresql" else None)


class SafeText(TypeDecorator[str]):
    """Text, made `safe` on its way in, be it stored or compared with."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        """As it is declared."""
        return plain_text(dialect)

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's
        """To the database."""
        return None if value is None else safe(value)


class Whole(TypeDecorator[int]):
    """A number that a network named: what doesn't fit into 64 bits becomes the largest or smallest that does."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """To the database."""
        return None if value is None else max(-_LARGEST, min(value, _LARGEST))


class Instant(TypeDecorator[datetime]):
    """An aware moment as microseconds since 1970-01-01 UTC."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """To the database."""
        return None if value is None else microseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """From the database."""
        return None if value is None else moment(value)


class Json(TypeDecorator[Any]):
    """A value as JSON text; it comes back as plain lists, dicts and strings."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        """As it is declared."""
        return plain_text(dialect)

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        """To the database."""
        return as_json(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002
        """From the database."""
        return None if value is None else msgspec.json.decode(value)
