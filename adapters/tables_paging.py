"""Tables of paging: where it stands over each incident, what was tried, what people did, and changed policies."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, UniqueConstraint

from adapters.table_columns import instant, json, key, metadata, numbered, text

escalations = Table(
    "escalations",
    metadata,
    key("incident"),
    text("brand"),
    Column("version", BigInteger, nullable=False),
    instant("due", nullable=True),
    json("state"),
    Index("escalations_by_due", "due"),
    Index("escalations_of_brand", "brand"),
)

page_attempts = Table(
    "page_attempts",
    metadata,
    numbered("number"),
    text("incident"),
    text("page"),
    text("person"),
    text("channel"),
    text("kind"),
    Column("level", Integer, nullable=False),
    instant("at"),
    text("reason"),
    instant("alerted_at", nullable=True),
    instant("answered_at", nullable=True),
    UniqueConstraint("page", "channel", "at", name="page_attempts_once"),
    Index("page_attempts_of_incident", "incident", "at", "number"),
)

handlings = Table(
    "handlings",
    metadata,
    numbered("number"),
    text("id"),
    text("incident"),
    text("deed"),
    text("by"),
    text("to"),
    instant("at"),
    instant("until", nullable=True),
    Column("done", Boolean, nullable=False),
    UniqueConstraint("id", name="handlings_once"),
    Index("handlings_of_incident", "incident", "number"),
    Index("handlings_waiting", "done", "number"),
)

policy_changes = Table(
    "policy_changes",
    metadata,
    key("name"),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    instant("at"),
    text("by"),
    text("what"),
    json("policy"),
)
