"""Call-backs: whom to tell that a scan has ended."""

import sqlalchemy as sa
from alembic import op

from stores.migrations.kinds import TIME, WORDS

revision = "v0003"
down_revision = "v0002"


def upgrade() -> None:
    """Create their table."""
    op.create_table(
        "callbacks",
        sa.Column("scan_id", WORDS, primary_key=True),
        sa.Column("client_id", WORDS, nullable=False),
        sa.Column("url", WORDS, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", TIME),
        sa.Column("delivered_at", TIME),
        sa.Column("gave_up_at", TIME),
        sa.Column("last_error", WORDS),
    )
    waiting = sa.text("next_attempt_at IS NOT NULL")
    op.create_index("callbacks_due", "callbacks", ["next_attempt_at"], sqlite_where=waiting, postgresql_where=waiting)


def downgrade() -> None:
    """Forget them."""
    op.drop_table("callbacks")
