"""Why alerts fired, and when the next level was likely."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("alerts", sa.Column("why", _TEXT, nullable=False, server_default="null"))
    op.add_column("alerts", sa.Column("forecast", _TEXT, nullable=False, server_default="null"))
    op.create_table(
        "why_mentions",
        sa.Column("mention", _TEXT, nullable=False),
        sa.Column("alert", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("mention", "alert"),
    )
    op.create_index("why_mentions_of_alert", "why_mentions", ["alert"])
