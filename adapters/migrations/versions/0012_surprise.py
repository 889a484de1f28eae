"""How surprising each half-day of a brand was."""

import sqlalchemy as sa
from alembic import op

from adapters.columns import SafeText

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "peaks",
        sa.Column("brand", SafeText(), primary_key=True),
        sa.Column("minutes", sa.Integer(), primary_key=True),
        sa.Column("block", sa.Integer(), primary_key=True),
        sa.Column("decades", sa.Float(53), nullable=False),
    )
