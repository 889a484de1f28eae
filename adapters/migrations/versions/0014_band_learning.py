"""Whether a brand's usual level wasn't known yet when its band was kept."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("bands", sa.Column("learning", sa.Boolean(), nullable=False, server_default=sa.false()))
