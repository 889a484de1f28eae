"""What the alarm saw and expected of those themes and sources that an incident is about."""

import sqlalchemy as sa
from alembic import op

from adapters.columns import Instant, SafeText

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "segment_bands",
        sa.Column("brand", SafeText(), primary_key=True),
        sa.Column("segment", SafeText(), primary_key=True),
        sa.Column("at", Instant(), primary_key=True),
        sa.Column("observed", sa.Float(53), nullable=False),
        sa.Column("total", sa.Float(53), nullable=False),
        sa.Column("expected", sa.Float(53), nullable=False),
        sa.Column("low", sa.Float(53), nullable=False),
        sa.Column("high", sa.Float(53), nullable=False),
        sa.Column("learning", sa.Boolean(), nullable=False),
    )
