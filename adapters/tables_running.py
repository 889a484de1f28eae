"""Tables by which the house runs: places, what is still to be published, sources, spending, turns, what has changed."""

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, Table

from adapters.columns import Instant
from adapters.table_columns import count, instant, key, later_real, later_text, metadata, numbered, real, text

cursors = Table("cursors", metadata, key("name"), text("value"))

outbox = Table(
    "outbox",
    metadata,
    numbered("number"),
    text("topic"),
    text("key"),
    Column("value", LargeBinary, nullable=False),
    later_text("trace"),
    # Numbers are never used twice: what one caller has published must not take out a younger event.
    sqlite_autoincrement=True,
)

source_states = Table(
    "source_states",
    metadata,
    key("name"),
    instant("watched_since"),
    instant("heard_at", nullable=True),
    real("gap"),
    later_real("next_within"),
    instant("seen_since", nullable=True),
    instant("brought_at", nullable=True),
    real("brought_gap"),
    real("longest_gap"),
    count("brought_times"),
    text("reason"),
)

source_gaps = Table(
    "source_gaps",
    metadata,
    key("source"),
    Column("since", Instant, primary_key=True),
    Column("lost", Boolean, primary_key=True),
    instant("until"),
    text("reason"),
)

# Ids alone, hashed, of what was billed on a day: they are forgotten after two days.
billed = Table("billed", metadata, Column("day", Instant, primary_key=True), key("id"))

spend = Table(
    "spend",
    metadata,
    key("network"),
    key("resource"),
    Column("day", Instant, primary_key=True),
    count("number"),
)

budget_states = Table("budget_states", metadata, key("network"), text("state"), instant("since"))

silences = Table(
    "silences",
    metadata,
    key("id"),
    text("owner"),
    text("reason"),
    instant("since"),
    instant("until"),
    text("brand"),
    text("source"),
    Column("level", Integer, nullable=False),
    instant("made_at"),
    instant("ended_at", nullable=True),
    text("ended_by"),
    Index("silences_newest", "made_at", "id"),
    Index("silences_by_end", "until"),
)

silence_changes = Table(
    "silence_changes",
    metadata,
    numbered("number"),
    text("silence"),
    instant("at"),
    text("by"),
    text("what"),
    instant("until"),
    Index("silence_changes_of", "silence", "number"),
)

leases = Table("leases", metadata, key("name"), text("holder"), instant("until"), text("note"))

# Raised inside every transaction that changes the subject: cheap to look at, and it never misses a change. Counted in
# parts, so that those who change a subject at once don't all wait for one row.
marks = Table("marks", metadata, key("subject"), Column("part", Integer, primary_key=True), count("number"))
