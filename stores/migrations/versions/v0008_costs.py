"""Bills that came in, and the daily costs that they tell."""

import sqlalchemy as sa
from alembic import op

from stores.migrations.kinds import COST, TIME, WORDS

revision = "v0008"
down_revision = "v0007"

_ACTIVE = sa.text("status = 'complete'")


def upgrade() -> None:
    """Create their tables."""
    op.create_table(
        "ingestions",
        sa.Column("id", WORDS, primary_key=True),
        *_words("client_id", "source", "provider", "billing_account_id", "billing_period", "status", "accounts", "raw"),
        sa.Column("rows_read", sa.BigInteger, nullable=False),
        sa.Column("rows_kept", sa.BigInteger, nullable=False),
        sa.Column("gold_rows", sa.BigInteger),
        *_words("first_day", "last_day", "totals"),
        sa.Column("replaces", WORDS),
        sa.Column("asof", TIME, nullable=False),
        sa.Column("finished_at", TIME),
        sa.Column("error", WORDS),
        sa.Column("demo", sa.Boolean, nullable=False),
    )
    op.create_index("ingestions_by_time", "ingestions", ["client_id", "asof", "id"])
    of_slice = ["client_id", "provider", "billing_account_id", "billing_period"]
    op.create_index(
        "ingestions_active", "ingestions", of_slice, unique=True, sqlite_where=_ACTIVE, postgresql_where=_ACTIVE
    )
    op.create_table(
        "daily_costs",
        sa.Column("id", WORDS, primary_key=True),
        *_words("client_id", "ingestion_id", "day", "billing_period", "provider", "billing_account_id", "account_id"),
        sa.Column("account_name", WORDS),
        *_words("service", "service_name", "service_category", "region", "operation", "charge_category", "tags"),
        *_words("currency"),
        *[sa.Column(name, COST, nullable=False) for name in ("billed", "effective", "list", "contracted")],
        sa.Column("quantity", COST),
        sa.Column("quantity_unit", WORDS),
        sa.Column("is_final", sa.Boolean, nullable=False),
        sa.Column("demo", sa.Boolean, nullable=False),
    )
    op.create_index("daily_costs_by_ingestion", "daily_costs", ["ingestion_id", "day"])
    op.create_index("daily_costs_by_day", "daily_costs", ["client_id", "day"])


def _words(*names: str) -> list["sa.Column[str]"]:
    return [sa.Column(name, WORDS, nullable=False) for name in names]


def downgrade() -> None:
    """Forget them."""
    op.drop_table("daily_costs")
    op.drop_table("ingestions")
