"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# SQLite orders text by its bytes by itself.
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "alerts",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("brand", _TEXT, nullable=False),
        sa.Column("incident", _TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("event", _TEXT, nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("rule", _TEXT, nullable=False),
        sa.Column("reason", _TEXT, nullable=False),
        sa.Column("observed", sa.Float(53), nullable=False),
        sa.Column("expected_low", sa.Float(53), nullable=False),
        sa.Column("expected_high", sa.Float(53), nullable=False),
        sa.UniqueConstraint("id"),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("alerts_of_brand", "alerts", ["brand"])
    op.create_index("alerts_of_incident", "alerts", ["incident", "at", "number"])
    op.create_table(
        "bands",
        sa.Column("brand", _TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("observed", sa.Float(53), nullable=False),
        sa.Column("total", sa.Float(53), nullable=False),
        sa.Column("expected", sa.Float(53), nullable=False),
        sa.Column("low", sa.Float(53), nullable=False),
        sa.Column("high", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("brand", "at"),
    )
    op.create_table(
        "cases",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("mention", _TEXT, nullable=False),
        sa.Column("brand", _TEXT, nullable=False),
        sa.Column("channel", _TEXT, nullable=False),
        sa.Column("language", _TEXT, nullable=False),
        sa.Column("grade", _TEXT, nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("why_grade", _TEXT, nullable=False),
        sa.Column("themes", _TEXT, nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("golden_at", sa.BigInteger(), nullable=False),
        sa.Column("limit_at", sa.BigInteger(), nullable=False),
        sa.Column("state", _TEXT, nullable=False),
        sa.Column("incident", _TEXT, nullable=False),
        sa.Column("claimed_by", _TEXT, nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("resolved_at", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("cases_by_deadline", "cases", ["state", "rank", "limit_at", "golden_at", "id"])
    op.create_index("cases_newest", "cases", ["opened_at", "id"])
    op.create_index("cases_of_brand", "cases", ["brand", "state"])
    op.create_index("cases_of_mention", "cases", ["mention"])
    op.create_table(
        "changes",
        sa.Column("subject", _TEXT, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject"),
    )
    op.create_table(
        "counted",
        sa.Column("brand", _TEXT, nullable=False),
        sa.Column("mention", _TEXT, nullable=False),
        sa.Column("minute", sa.BigInteger(), nullable=False),
        sa.Column("negative", sa.Boolean(), nullable=False),
        sa.Column("sensitive", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("brand", "mention"),
    )
    op.create_table(
        "cursors",
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("value", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("case_id", _TEXT, nullable=False),
        sa.Column("mention", _TEXT, nullable=False),
        sa.Column("brand", _TEXT, nullable=False),
        sa.Column("channel", _TEXT, nullable=False),
        sa.Column("text", _TEXT, nullable=False),
        sa.Column("approach", _TEXT, nullable=False),
        sa.Column("approved_by", _TEXT, nullable=False),
        sa.Column("approved_at", sa.BigInteger(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("state", _TEXT, nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("detail", _TEXT, nullable=False),
        sa.Column("would_be_sent", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("deliveries_in_state", "deliveries", ["state", "approved_at"])
    op.create_index("deliveries_newest", "deliveries", ["approved_at", "id"])
    op.create_index("deliveries_of_brand", "deliveries", ["brand"])
    op.create_index("deliveries_of_case", "deliveries", ["case_id"])
    op.create_index("deliveries_of_mention", "deliveries", ["mention"])
    op.create_table(
        "erased",
        sa.Column("mention", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("mention"),
    )
    op.create_table(
        "incidents",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("brand", _TEXT, nullable=False),
        sa.Column("state", _TEXT, nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("peak", sa.Integer(), nullable=False),
        sa.Column("rule", _TEXT, nullable=False),
        sa.Column("reason", _TEXT, nullable=False),
        sa.Column("observed", sa.Float(53), nullable=False),
        sa.Column("expected_low", sa.Float(53), nullable=False),
        sa.Column("expected_high", sa.Float(53), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("quiet_since", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("acknowledged_by", _TEXT, nullable=False),
        sa.Column("acknowledged_at", sa.BigInteger(), nullable=True),
        sa.Column("themes", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("incidents_newest", "incidents", ["opened_at", "id"])
    op.create_index("incidents_of_brand", "incidents", ["brand", "opened_at", "id"])
    op.create_table(
        "mentions",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("brand", _TEXT, nullable=False),
        sa.Column("source", _TEXT, nullable=False),
        sa.Column("network_id", _TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("ingested_at", sa.BigInteger(), nullable=False),
        sa.Column("text", _TEXT, nullable=False),
        sa.Column("author", _TEXT, nullable=False),
        sa.Column("conversation", _TEXT, nullable=False),
        sa.Column("in_reply_to", _TEXT, nullable=False),
        sa.Column("url", _TEXT, nullable=False),
        sa.Column("language_hint", _TEXT, nullable=False),
        sa.Column("followers", sa.BigInteger(), nullable=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("origin", _TEXT, nullable=False),
        sa.Column("label", _TEXT, nullable=False),
        sa.Column("p_negative", sa.Float(53), nullable=False),
        sa.Column("p_neutral", sa.Float(53), nullable=False),
        sa.Column("p_positive", sa.Float(53), nullable=False),
        sa.Column("language", _TEXT, nullable=False),
        sa.Column("themes", _TEXT, nullable=False),
        sa.Column("sensitive", _TEXT, nullable=False),
        sa.Column("is_sensitive", sa.Boolean(), nullable=False),
        sa.Column("model", _TEXT, nullable=False),
        sa.Column("scored_at", sa.BigInteger(), nullable=False),
        sa.Column("alerted", sa.BigInteger(), nullable=True),
        sa.Column("seen", sa.BigInteger(), nullable=True),
        sa.Column("approved", sa.BigInteger(), nullable=True),
        sa.Column("sent", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("mentions_newest", "mentions", ["created_at", "id"])
    op.create_index("mentions_of_brand", "mentions", ["brand", "created_at", "id"])
    op.create_index("mentions_of_label", "mentions", ["brand", "label", "created_at", "id"])
    op.create_table(
        "outbox",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("topic", _TEXT, nullable=False),
        sa.Column("key", _TEXT, nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "series",
        sa.Column("brand", _TEXT, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("brand"),
    )
    op.create_table(
        "tallies",
        sa.Column("brand", _TEXT, nullable=False),
        sa.Column("minute", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("negative", sa.BigInteger(), nullable=False),
        sa.Column("sensitive", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("brand", "minute"),
    )
    op.create_table(
        "drafts",
        sa.Column("case_id", _TEXT, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", _TEXT, nullable=False),
        sa.Column("approach", _TEXT, nullable=False),
        sa.Column("language", _TEXT, nullable=False),
        sa.Column("findings", _TEXT, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("case_id", "position"),
    )
