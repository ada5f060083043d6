"""Dead letters, kept until somebody replays or drops them."""

import sqlalchemy as sa
from alembic import op

from stores.migrations.kinds import TIME, WORDS

revision = "v0004"
down_revision = "v0003"

TO_PUBLISH = "published_at IS NULL AND status = 'replayed'"


def upgrade() -> None:
    """Create their table."""
    op.create_table(
        "dead_letters",
        sa.Column("id", WORDS, primary_key=True),
        sa.Column("client_id", WORDS),
        sa.Column("topic", WORDS, nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("log_offset", sa.BigInteger(), nullable=False),
        sa.Column("key", WORDS, nullable=False),
        sa.Column("reason", WORDS, nullable=False),
        sa.Column("headers", WORDS, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("truncated", sa.Boolean(), nullable=False),
        sa.Column("replay_of", WORDS),
        sa.Column("at", TIME, nullable=False),
        sa.Column("status", WORDS, nullable=False),
        sa.Column("replays", sa.Integer(), nullable=False),
        sa.Column("decided_at", TIME),
        sa.Column("published_at", TIME),
    )
    op.create_index("dead_letters_by_time", "dead_letters", ["at", "id"])
    where = sa.text(TO_PUBLISH)
    op.create_index(
        "dead_letters_to_publish", "dead_letters", ["decided_at"], sqlite_where=where, postgresql_where=where
    )


def downgrade() -> None:
    """Forget them."""
    op.drop_table("dead_letters")
