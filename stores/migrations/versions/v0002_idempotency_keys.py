"""Keys that clients give to requests, so that a repeated request is the same one."""

import sqlalchemy as sa
from alembic import op

from stores.migrations.kinds import TIME, WORDS

revision = "v0002"
down_revision = "v0001"


def upgrade() -> None:
    """Create their table."""
    op.create_table(
        "idempotency_keys",
        sa.Column("client_id", WORDS, nullable=False),
        sa.Column("key", WORDS, nullable=False),
        sa.Column("fingerprint", WORDS, nullable=False),
        sa.Column("scan_id", WORDS, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("client_id", "key"),
    )
    op.create_index("idempotency_keys_by_age", "idempotency_keys", ["created_at"])


def downgrade() -> None:
    """Forget them."""
    op.drop_table("idempotency_keys")
