"""The tables of the store. `adapters/migrations` makes them; a test holds the two together."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    false,
)

from adapters.columns import Instant, Json, SafeText, Whole

SCHEMA = "0007"
"""The migration that this program works with."""

# PostgreSQL's INTEGER ends at two thousand million; SQLite numbers rows by itself only where the type is INTEGER.
_Number = BigInteger().with_variant(Integer(), "sqlite")

metadata = MetaData()


def _text(name: str) -> Column[str]:
    return Column(name, SafeText, nullable=False)


def _later_text(name: str) -> Column[str]:
    """Text that was added to a table with rows."""
    return Column(name, SafeText, nullable=False, server_default="")


def _instant(name: str, *, nullable: bool = False) -> Column[datetime]:
    return Column(name, Instant, nullable=nullable)


def _float(name: str) -> Column[float]:
    return Column(name, Float(53), nullable=False)


def _count(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False)


def _later_flag(name: str) -> Column[bool]:
    """A flag that was added to a table with rows: it was not set."""
    return Column(name, Boolean, nullable=False, server_default=false())


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
    # The text in small letters as Python makes them: which letters a database knows depends on how it was set up.
    _later_text("lowered"),
    _later_text("emotion"),
    Column("p_complaint", Float(53)),
    _later_flag("urgent"),
    _later_flag("ironic"),
    # Whether `label` is what a person said: then `corrections` has what the model said.
    _later_flag("corrected"),
    Index("mentions_newest", "created_at", "id"),
    Index("mentions_of_brand", "brand", "created_at", "id"),
    Index("mentions_of_label", "brand", "label", "created_at", "id"),
    # By hash: whatever a network calls its posts and authors, it can't be too long for that.
    Index("mentions_of_post", "network_id", postgresql_using="hash"),
    Index("mentions_of_author", "author", postgresql_using="hash"),
)

# Ids alone, so that a redelivery can't bring back what a person asked to have erased.
erased = Table("erased", metadata, _key("mention"))

corrections = Table(
    "corrections",
    metadata,
    _key("mention"),
    _text("brand"),
    _text("language"),
    _text("label"),
    _text("given"),
    _float("p_negative"),
    _float("p_neutral"),
    _float("p_positive"),
    _text("model"),
    _text("corrected_by"),
    _instant("corrected_at"),
    Index("corrections_newest", "corrected_at", "mention"),
    Index("corrections_of_brand", "brand", "corrected_at", "mention"),
)

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
    _later_text("source"),
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
    _instant("claimed_at", nullable=True),
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
    _later_text("trace"),
    # Numbers are never used twice: what one caller has published must not take out a younger event.
    sqlite_autoincrement=True,
)

source_states = Table(
    "source_states",
    metadata,
    _key("name"),
    _instant("watched_since"),
    _instant("heard_at", nullable=True),
    _float("gap"),
    _instant("brought_at", nullable=True),
    _float("brought_gap"),
    _float("longest_gap"),
    _count("brought_times"),
    _text("reason"),
)

source_gaps = Table(
    "source_gaps",
    metadata,
    _key("source"),
    Column("since", Instant, primary_key=True),
    Column("lost", Boolean, primary_key=True),
    _instant("until"),
    _text("reason"),
)

# Ids alone, hashed, of what was billed on a day: they are forgotten after two days.
billed = Table("billed", metadata, Column("day", Instant, primary_key=True), _key("id"))

spend = Table(
    "spend",
    metadata,
    _key("network"),
    _key("resource"),
    Column("day", Instant, primary_key=True),
    _count("number"),
)

budget_states = Table("budget_states", metadata, _key("network"), _text("state"), _instant("since"))

leases = Table("leases", metadata, _key("name"), _text("holder"), _instant("until"), _text("note"))

# Raised inside every transaction that changes the subject: cheap to look at, and it never misses a change. Counted in
# parts, so that those who change a subject at once don't all wait for one row.
marks = Table("marks", metadata, _key("subject"), Column("part", Integer, primary_key=True), _count("number"))
