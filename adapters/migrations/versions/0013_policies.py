"""What people changed of escalation policies."""

import sqlalchemy as sa
from alembic import op

from adapters.columns import Json, SafeText

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "policy_changes",
        sa.Column("name", SafeText(), primary_key=True),
        sa.Column("version", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", SafeText(), nullable=False),
        sa.Column("what", SafeText(), nullable=False),
        sa.Column("policy", Json(), nullable=False),
    )
