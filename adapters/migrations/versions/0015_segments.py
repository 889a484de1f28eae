"""Themes and sources are counted by themselves; followers reached; incidents about a part of a brand."""

import sqlalchemy as sa
from alembic import op

from adapters.columns import Instant, Json, SafeText

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("counted", sa.Column("reach", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("counted", sa.Column("segments", SafeText(), nullable=False, server_default=""))
    op.add_column("tallies", sa.Column("reach", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("incidents", sa.Column("segment", SafeText(), nullable=False, server_default=""))
    op.add_column("incidents", sa.Column("joined", Json(), nullable=False, server_default="[]"))
    op.add_column("alerts", sa.Column("segment", SafeText(), nullable=False, server_default=""))
    op.create_table(
        "segment_tallies",
        sa.Column("brand", SafeText(), primary_key=True),
        sa.Column("segment", SafeText(), primary_key=True),
        sa.Column("minute", Instant(), primary_key=True),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("negative", sa.BigInteger(), nullable=False),
        sa.Column("sensitive", sa.BigInteger(), nullable=False),
        sa.Column("reach", sa.BigInteger(), nullable=False),
    )
    op.create_index("segment_tallies_since", "segment_tallies", ["brand", "minute"])
    op.create_table(
        "segment_peaks",
        sa.Column("brand", SafeText(), primary_key=True),
        sa.Column("segment", SafeText(), primary_key=True),
        sa.Column("minutes", sa.Integer(), primary_key=True),
        sa.Column("block", sa.Integer(), primary_key=True),
        sa.Column("decades", sa.Float(53), nullable=False),
    )
