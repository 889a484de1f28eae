"""Whether sources still see, and what they have missed."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("incidents", sa.Column("source", _TEXT, nullable=False, server_default=""))
    op.create_table(
        "source_states",
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("watched_since", sa.BigInteger(), nullable=False),
        sa.Column("heard_at", sa.BigInteger(), nullable=True),
        sa.Column("gap", sa.Float(53), nullable=False),
        sa.Column("brought_at", sa.BigInteger(), nullable=True),
        sa.Column("brought_gap", sa.Float(53), nullable=False),
        sa.Column("longest_gap", sa.Float(53), nullable=False),
        sa.Column("brought_times", sa.BigInteger(), nullable=False),
        sa.Column("reason", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "source_gaps",
        sa.Column("source", _TEXT, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("lost", sa.Boolean(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("reason", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("source", "since", "lost"),
    )
