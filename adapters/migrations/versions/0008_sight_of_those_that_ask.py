"""When a source that asks by itself will ask again, and since when each is seen again."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("source_states", sa.Column("next_within", sa.Float(53), nullable=False, server_default="0"))
    op.add_column("source_states", sa.Column("seen_since", sa.BigInteger(), nullable=True))
