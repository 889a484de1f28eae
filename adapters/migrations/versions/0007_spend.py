"""What networks bill for what is read there."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "billed",
        sa.Column("day", sa.BigInteger(), nullable=False),
        sa.Column("id", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("day", "id"),
    )
    op.create_table(
        "spend",
        sa.Column("network", _TEXT, nullable=False),
        sa.Column("resource", _TEXT, nullable=False),
        sa.Column("day", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("network", "resource", "day"),
    )
    op.create_table(
        "budget_states",
        sa.Column("network", _TEXT, nullable=False),
        sa.Column("state", _TEXT, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("network"),
    )
