"""When an incident opened last, and when its cause had ended before that."""

import sqlalchemy as sa
from alembic import op

from adapters.columns import Instant

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("incidents", sa.Column("reopened_at", Instant(), nullable=True))
    op.add_column("incidents", sa.Column("ended_before", Instant(), nullable=True))
