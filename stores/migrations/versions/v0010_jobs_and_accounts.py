"""Jobs beside scans; accounts, and their sealed secrets."""

import sqlalchemy as sa
from alembic import op

from stores.migrations.kinds import TIME, WORDS

revision = "v0010"
down_revision = "v0009"

OPEN = "finished_at IS NULL"


def upgrade() -> None:
    """Create their tables."""
    op.create_table(
        "jobs",
        sa.Column("job_id", WORDS, primary_key=True),
        *[sa.Column(name, WORDS, nullable=False) for name in ("client_id", "kind", "target", "spec", "status")],
        sa.Column("owner", WORDS),
        sa.Column("lease_until", TIME),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        *[sa.Column(name, TIME) for name in ("published_at", "started_at", "finished_at")],
        sa.Column("result", WORDS),
        sa.Column("error", WORDS),
    )
    op.create_index("jobs_by_client", "jobs", ["client_id", "created_at", "job_id"])
    op.create_index("jobs_by_target", "jobs", ["target", "kind", "created_at"])
    where = sa.text(OPEN)
    op.create_index("jobs_open", "jobs", ["created_at"], sqlite_where=where, postgresql_where=where)
    _accounts()


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("account_id", WORDS, primary_key=True),
        *[sa.Column(name, WORDS, nullable=False) for name in ("client_id", "provider")],
        sa.Column("native_id", WORDS),
        *[sa.Column(name, WORDS, nullable=False) for name in ("name", "connection", "tags")],
        sa.Column("account_group", WORDS),
        sa.Column("unit_path", WORDS),
        sa.Column("status", WORDS, nullable=False),
        *[sa.Column(name, TIME, nullable=False) for name in ("created_at", "updated_at")],
    )
    op.create_index("accounts_by_name", "accounts", ["client_id", "name", "account_id"])
    op.create_index("accounts_once", "accounts", ["client_id", "provider", "native_id"], unique=True)
    op.create_table(
        "account_secrets",
        sa.Column("account_id", WORDS, primary_key=True),
        *[sa.Column(name, WORDS, nullable=False) for name in ("client_id", "kek_id")],
        *[sa.Column(name, sa.LargeBinary(), nullable=False) for name in ("wrapped_key", "sealed")],
        sa.Column("sealed_at", TIME, nullable=False),
    )
    op.create_index("account_secrets_by_key", "account_secrets", ["kek_id", "account_id"])


def downgrade() -> None:
    """Forget them."""
    for table in ("account_secrets", "accounts", "jobs"):
        op.drop_table(table)
