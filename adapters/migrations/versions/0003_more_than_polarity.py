"""What is read out of a mention besides its polarity: emotion, complaint, urgency, irony."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("mentions", sa.Column("emotion", _TEXT, nullable=False, server_default=""))
    op.add_column("mentions", sa.Column("p_complaint", sa.Float(53), nullable=True))
    op.add_column("mentions", sa.Column("urgent", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("mentions", sa.Column("ironic", sa.Boolean(), nullable=False, server_default=sa.false()))
