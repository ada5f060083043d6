"""The processes of the platform, each with its last sign of life."""

import sqlalchemy as sa
from alembic import op

from stores.migrations.kinds import TIME, WORDS

revision = "v0012"
down_revision = "v0011"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "processes",
        sa.Column("instance", WORDS, primary_key=True),
        *[sa.Column(name, WORDS, nullable=False) for name in ("roles", "version", "report")],
        *[sa.Column(name, TIME, nullable=False) for name in ("started_at", "seen_at")],
    )


def downgrade() -> None:
    """Forget it."""
    op.drop_table("processes")
