"""Complete listings, and what really changed, until it is sent."""

import sqlalchemy as sa
from alembic import op

from stores.migrations.kinds import BIG_SERIAL, TIME, WORDS

revision = "v0007"
down_revision = "v0006"


def upgrade() -> None:
    """Create their tables."""
    op.create_table(
        "listings",
        *[sa.Column(name, WORDS, primary_key=True) for name in ("client_id", "account_id", "region", "service")],
        sa.Column("asof", TIME, nullable=False),
    )
    op.create_table(
        "changes",
        sa.Column("seq", BIG_SERIAL, primary_key=True),
        sa.Column("first_asof", TIME, nullable=False),
        sa.Column("last_asof", TIME, nullable=False),
        sa.Column("event_ids", WORDS, nullable=False),
        sa.Column("gone", WORDS, nullable=False),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    """Forget them."""
    op.drop_table("changes")
    op.drop_table("listings")
