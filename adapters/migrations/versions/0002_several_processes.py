"""What several processes at work on one database need; search by text in small letters that Python made."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_AT_ONCE = 500


def upgrade() -> None:
    op.add_column("outbox", sa.Column("trace", _TEXT, nullable=False, server_default=""))
    op.add_column("deliveries", sa.Column("claimed_at", sa.BigInteger(), nullable=True))
    op.create_table(
        "leases",
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("holder", _TEXT, nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("note", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    _count_changes_in_parts()
    op.add_column("mentions", sa.Column("lowered", _TEXT, nullable=False, server_default=""))
    _write_in_small_letters()


def _count_changes_in_parts() -> None:
    op.create_table(
        "marks",
        sa.Column("subject", _TEXT, nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "part"),
    )
    op.execute("INSERT INTO marks (subject, part, number) SELECT subject, 0, number FROM changes")
    op.drop_table("changes")


def _write_in_small_letters() -> None:
    connection = op.get_bind()
    mentions = sa.table("mentions", sa.column("id", _TEXT), sa.column("text", _TEXT), sa.column("lowered", _TEXT))
    portion = sa.select(mentions.c.id, mentions.c.text).order_by(mentions.c.id).limit(_AT_ONCE)
    lower = sa.update(mentions).where(mentions.c.id == sa.bindparam("of"))
    lower = lower.values(lowered=sa.bindparam("small"))
    last = ""
    while rows := connection.execute(portion.where(mentions.c.id > last)).all():
        connection.execute(lower, [{"of": row.id, "small": row.text.lower()} for row in rows])
        last = rows[-1].id
