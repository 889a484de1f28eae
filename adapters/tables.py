"""The tables of the store. `adapters/migrations` makes them; a test holds the two together.

Four column types carry the rules that make SQLite and PostgreSQL behave alike: `SafeText`, `Whole`, `Instant`, `Json`.
"""

import re
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)
from sqlalchemy.types import TypeDecorator

from adapters.instants import microseconds, moment

SCHEMA = "0001"
"""The migration that this program works with."""

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


class SafeText(TypeDecorator[str]):
    """Text, made `safe` on its way in, be it stored or compared with."""

    impl = Text
    cache_ok = True

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

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        """To the database."""
        return as_json(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002
        """From the database."""
        return None if value is None else msgspec.json.decode(value)


# PostgreSQL's INTEGER ends at two thousand million; SQLite numbers rows by itself only where the type is INTEGER.
_Number = BigInteger().with_variant(Integer(), "sqlite")

metadata = MetaData()


def _text(name: str) -> Column[str]:
    return Column(name, SafeText, nullable=False)


def _instant(name: str, *, nullable: bool = False) -> Column[datetime]:
    return Column(name, Instant, nullable=nullable)


def _float(name: str) -> Column[float]:
    return Column(name, Float(53), nullable=False)


def _count(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False)


def _json(name: str) -> Column[Any]:
    return Column(name, Json, nullable=False)


def _key(name: str) -> Column[str]:
    return Column(name, SafeText, primary_key=True)


mentions = Table(
    "mentions",
    metadata,
    _key("id"),
    _text("brand"),
    _text("source"),
    _text("network_id"),
    _instant("created_at"),
    _instant("ingested_at"),
    _text("text"),
    _text("author"),
    _text("conversation"),
    _text("in_reply_to"),
    _text("url"),
    _text("language_hint"),
    Column("followers", Whole),
    Column("revision", Whole, nullable=False),
    _text("origin"),
    _text("label"),
    _float("p_negative"),
    _float("p_neutral"),
    _float("p_positive"),
    _text("language"),
    _json("themes"),
    _json("sensitive"),
    _flag("is_sensitive"),
    _text("model"),
    _instant("scored_at"),
    _instant("alerted", nullable=True),
    _instant("seen", nullable=True),
    _instant("approved", nullable=True),
    _instant("sent", nullable=True),
    Index("mentions_newest", "created_at", "id"),
    Index("mentions_of_brand", "brand", "created_at", "id"),
    Index("mentions_of_label", "brand", "label", "created_at", "id"),
)

# Ids alone, so that a redelivery can't bring back what a person asked to have erased.
erased = Table("erased", metadata, _key("mention"))

counted = Table(
    "counted",
    metadata,
    _key("brand"),
    _key("mention"),
    _instant("minute"),
    _flag("negative"),
    _flag("sensitive"),
)

tallies = Table(
    "tallies",
    metadata,
    _key("brand"),
    Column("minute", Instant, primary_key=True),
    _count("total"),
    _count("negative"),
    _count("sensitive"),
)

series = Table("series", metadata, _key("brand"), _count("version"))

bands = Table(
    "bands",
    metadata,
    _key("brand"),
    Column("at", Instant, primary_key=True),
    _float("observed"),
    _float("total"),
    _float("expected"),
    _float("low"),
    _float("high"),
)

incidents = Table(
    "incidents",
    metadata,
    _key("id"),
    _text("brand"),
    _text("state"),
    Column("level", Integer, nullable=False),
    Column("peak", Integer, nullable=False),
    _text("rule"),
    _json("reason"),
    _float("observed"),
    _float("expected_low"),
    _float("expected_high"),
    _instant("opened_at"),
    _instant("updated_at"),
    _instant("quiet_since", nullable=True),
    _instant("closed_at", nullable=True),
    _text("acknowledged_by"),
    _instant("acknowledged_at", nullable=True),
    _json("themes"),
    Index("incidents_newest", "opened_at", "id"),
    Index("incidents_of_brand", "brand", "opened_at", "id"),
)

alerts = Table(
    "alerts",
    metadata,
    Column("number", _Number, primary_key=True),
    Column("id", SafeText, nullable=False, unique=True),
    _text("brand"),
    _text("incident"),
    _instant("at"),
    _text("event"),
    Column("level", Integer, nullable=False),
    _text("rule"),
    _json("reason"),
    _float("observed"),
    _float("expected_low"),
    _float("expected_high"),
    Index("alerts_of_incident", "incident", "at", "number"),
    Index("alerts_of_brand", "brand"),
)

cases = Table(
    "cases",
    metadata,
    _key("id"),
    _text("mention"),
    _text("brand"),
    _text("channel"),
    _text("language"),
    _text("grade"),
    # 0 is the gravest grade: what ``deadline`` sorts by first.
    Column("rank", Integer, nullable=False),
    _json("why_grade"),
    _json("themes"),
    _instant("opened_at"),
    _instant("golden_at"),
    _instant("limit_at"),
    _text("state"),
    _text("incident"),
    _text("claimed_by"),
    _instant("updated_at"),
    _instant("answered_at", nullable=True),
    _instant("resolved_at", nullable=True),
    _count("version"),
    Index("cases_by_deadline", "state", "rank", "limit_at", "golden_at", "id"),
    Index("cases_newest", "opened_at", "id"),
    Index("cases_of_brand", "brand", "state"),
    Index("cases_of_mention", "mention"),
)

drafts = Table(
    "drafts",
    metadata,
    Column("case_id", SafeText, ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    _text("text"),
    _text("approach"),
    _text("language"),
    _json("findings"),
)

deliveries = Table(
    "deliveries",
    metadata,
    _key("id"),
    _text("case_id"),
    _text("mention"),
    _text("brand"),
    _text("channel"),
    _text("text"),
    _text("approach"),
    _text("approved_by"),
    _instant("approved_at"),
    _instant("not_before"),
    _text("state"),
    _instant("finished_at", nullable=True),
    _text("detail"),
    _flag("would_be_sent"),
    Index("deliveries_newest", "approved_at", "id"),
    Index("deliveries_of_case", "case_id"),
    Index("deliveries_of_mention", "mention"),
    Index("deliveries_of_brand", "brand"),
    Index("deliveries_in_state", "state", "approved_at"),
)

cursors = Table("cursors", metadata, _key("name"), _text("value"))

outbox = Table(
    "outbox",
    metadata,
    Column("number", _Number, primary_key=True),
    _text("topic"),
    _text("key"),
    Column("value", LargeBinary, nullable=False),
    # Numbers are never used twice: `clear_outbox` repeated must not take out a younger event.
    sqlite_autoincrement=True,
)

# Raised inside every transaction that changes the subject: cheap to look at, and it never misses a change.
changes = Table("changes", metadata, _key("subject"), _count("number"))
