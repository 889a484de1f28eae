"""What people say about the labels of mentions."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("mentions", sa.Column("corrected", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "corrections",
        sa.Column("mention", _TEXT, nullable=False),
        sa.Column("brand", _TEXT, nullable=False),
        sa.Column("language", _TEXT, nullable=False),
        sa.Column("label", _TEXT, nullable=False),
        sa.Column("given", _TEXT, nullable=False),
        sa.Column("p_negative", sa.Float(53), nullable=False),
        sa.Column("p_neutral", sa.Float(53), nullable=False),
        sa.Column("p_positive", sa.Float(53), nullable=False),
        sa.Column("model", _TEXT, nullable=False),
        sa.Column("corrected_by", _TEXT, nullable=False),
        sa.Column("corrected_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("mention"),
    )
    op.create_index("corrections_newest", "corrections", ["corrected_at", "mention"])
    op.create_index("corrections_of_brand", "corrections", ["brand", "corrected_at", "mention"])
