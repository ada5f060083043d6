"""Schedules and their runs; scans that were started together know it."""

import sqlalchemy as sa
from alembic import op

from stores.migrations.kinds import TIME, WORDS

revision = "v0011"
down_revision = "v0010"


def upgrade() -> None:
    """Create their tables, and the column of what was started together."""
    op.create_table(
        "schedules",
        sa.Column("schedule_id", WORDS, primary_key=True),
        *[sa.Column(name, WORDS, nullable=False) for name in ("client_id", "name", "spec")],
        sa.Column("paused", sa.Boolean(), nullable=False),
        *[sa.Column(name, TIME) for name in ("due_at", "starts_at")],
        *[sa.Column(name, TIME, nullable=False) for name in ("created_at", "updated_at")],
        sa.UniqueConstraint("client_id", "name", name="schedules_by_name"),
    )
    op.create_index("schedules_by_start", "schedules", ["starts_at"])
    op.create_table(
        "schedule_runs",
        sa.Column("run_id", WORDS, primary_key=True),
        *[sa.Column(name, WORDS, nullable=False) for name in ("schedule_id", "client_id")],
        sa.Column("due_at", TIME),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("started", WORDS, nullable=False),
        sa.UniqueConstraint("schedule_id", "due_at", name="schedule_runs_once"),
    )
    op.create_index("schedule_runs_by_time", "schedule_runs", ["schedule_id", "started_at", "run_id"])
    op.add_column("scans", sa.Column("parent_id", WORDS))
    op.create_index("scans_by_parent", "scans", ["client_id", "parent_id"])


def downgrade() -> None:
    """Forget them."""
    op.drop_index("scans_by_parent", "scans")
    op.drop_column("scans", "parent_id")
    op.drop_table("schedule_runs")
    op.drop_table("schedules")
