"""Who is paged over an incident, what was tried, and what people did about it."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "escalations",
        sa.Column("incident", _TEXT, nullable=False),
        sa.Column("brand", _TEXT, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=True),
        sa.Column("state", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("incident"),
    )
    op.create_index("escalations_by_due", "escalations", ["due"])
    op.create_index("escalations_of_brand", "escalations", ["brand"])
    op.create_table(
        "page_attempts",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("incident", _TEXT, nullable=False),
        sa.Column("page", _TEXT, nullable=False),
        sa.Column("person", _TEXT, nullable=False),
        sa.Column("channel", _TEXT, nullable=False),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reason", _TEXT, nullable=False),
        sa.Column("alerted_at", sa.BigInteger(), nullable=True),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("page", "channel", "at", name="page_attempts_once"),
    )
    op.create_index("page_attempts_of_incident", "page_attempts", ["incident", "at", "number"])
    op.create_table(
        "handlings",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("incident", _TEXT, nullable=False),
        sa.Column("deed", _TEXT, nullable=False),
        sa.Column("by", _TEXT, nullable=False),
        sa.Column("to", _TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id", name="handlings_once"),
    )
    op.create_index("handlings_of_incident", "handlings", ["incident", "number"])
    op.create_index("handlings_waiting", "handlings", ["done", "number"])
