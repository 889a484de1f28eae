"""Finding what a network says is no longer there."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("mentions_of_post", "mentions", ["network_id"], postgresql_using="hash")
    op.create_index("mentions_of_author", "mentions", ["author"], postgresql_using="hash")
