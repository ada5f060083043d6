"""The first tables."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from stores.migrations.kinds import BIG_SERIAL, MONEY, TIME, WORDS

revision = "v0001"
down_revision = None

TABLES = "scans tasks progress events resources findings evaluations positions settled_tasks"


def _words(names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, WORDS, nullable=False) for name in names.split()]


def _maybe(names: str, kind: sa.types.TypeEngine[Any]) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind) for name in names.split()]


def _times(names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, TIME, nullable=False) for name in names.split()]


def _partial(name: str, table: str, column: str, condition: str) -> None:
    op.create_index(name, table, [column], sqlite_where=sa.text(condition), postgresql_where=sa.text(condition))


def upgrade() -> None:
    """Create them."""
    _decisions()
    _events()
    _state()
    _findings()
    _bookkeeping()


def downgrade() -> None:
    """Drop them, with all that they hold."""
    for table in reversed(TABLES.split()):
        op.drop_table(table)


def _decisions() -> None:
    op.create_table(
        "scans",
        *_words("scan_id client_id status spec"),
        *_times("created_at"),
        *_maybe("published_at started_at planned_at finished_at", TIME),
        *_maybe("account_id discovery error", WORDS),
        sa.PrimaryKeyConstraint("scan_id"),
    )
    op.create_index("scans_by_client", "scans", ["client_id", "created_at", "scan_id"])
    op.create_index("scans_by_status", "scans", ["status"])
    _partial("scans_to_publish", "scans", "created_at", "published_at IS NULL")
    op.create_table(
        "tasks",
        *_words("task_id scan_id"),
        sa.Column("number", sa.Integer(), nullable=False),
        *_words("kind account_id region family services status"),
        *_maybe("owner", WORDS),
        *_maybe("lease_until", TIME),
        sa.Column("attempt", sa.Integer(), nullable=False),
        *_maybe("published_at started_at finished_at", TIME),
        *_maybe("outcome error", WORDS),
        sa.PrimaryKeyConstraint("task_id"),
    )
    op.create_index("tasks_by_scan", "tasks", ["scan_id", "number"])
    _partial("tasks_to_publish", "tasks", "number", "published_at IS NULL AND status = 'QUEUED'")
    _partial("tasks_running", "tasks", "lease_until", "status = 'RUNNING'")
    op.create_table(
        "progress",
        sa.Column("seq", BIG_SERIAL, nullable=False),
        *_words("scan_id kind"),
        *_times("at"),
        *_words("payload"),
        *_maybe("published_at", TIME),
        sa.PrimaryKeyConstraint("seq"),
        sqlite_autoincrement=True,
    )
    op.create_index("progress_by_scan", "progress", ["scan_id", "seq"])
    _partial("progress_to_publish", "progress", "seq", "published_at IS NULL")


def _events() -> None:
    op.create_table(
        "events",
        *_words("id client_id scan_id"),
        *_times("time asof"),
        *_words("p1 p2 p3 type category account_id region subject"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("events_by_time", "events", ["client_id", "time", "id"])
    op.create_index("events_by_category", "events", ["client_id", "p2", "time", "id"])
    op.create_index("events_by_service", "events", ["client_id", "p3", "time", "id"])
    op.create_index("events_by_resource", "events", ["client_id", "subject", "time", "id"])
    op.create_index("events_by_scan", "events", ["client_id", "scan_id", "time", "id"])
    op.create_index("events_by_asof", "events", ["asof"])


def _state() -> None:
    op.create_table(
        "resources",
        *_words("client_id resource_id provider account_id region service resource_type"),
        *_times("first_seen last_seen"),
        *_words("last_scan_id"),
        sa.Column("last_attempt", sa.Integer(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        *_words("facts"),
        sa.PrimaryKeyConstraint("client_id", "resource_id"),
    )
    op.create_index("resources_by_service", "resources", ["client_id", "service", "resource_id"])
    op.create_index("resources_by_scan", "resources", ["client_id", "last_scan_id", "resource_id"])


def _findings() -> None:
    op.create_table(
        "findings",
        *_words("id client_id resource_id rule category provider account_id region service severity"),
        sa.Column("severity_rank", sa.Integer(), nullable=False),
        *_words("reason"),
        *_maybe("monthly_saving", MONEY),
        *_maybe("currency", WORDS),
        *_words("evidence status"),
        *_times("first_seen last_seen"),
        *_words("event_id scan_id"),
        sa.Column("demo", sa.Boolean(), nullable=False),
        *_maybe("unverified_since resolved_at", TIME),
        *_maybe("resolved_reason", WORDS),
        *_times("judged_asof"),
        *_words("judged_scan_id"),
        sa.Column("judged_attempt", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("findings_by_money", "findings", ["client_id", "status", "monthly_saving"])
    op.create_index("findings_by_rule", "findings", ["client_id", "account_id", "service", "rule"])
    op.create_index("findings_by_resource", "findings", ["client_id", "resource_id"])
    op.create_index("findings_by_scan", "findings", ["client_id", "scan_id"])


def _bookkeeping() -> None:
    op.create_table(
        "evaluations",
        *_words("client_id account_id region service rule"),
        *_times("asof"),
        sa.PrimaryKeyConstraint("client_id", "account_id", "region", "service", "rule"),
    )
    op.create_table(
        "positions",
        *_words("topic"),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("next_offset", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("topic", "part"),
    )
    op.create_table("settled_tasks", *_words("task_id"), *_times("settled_at"), sa.PrimaryKeyConstraint("task_id"))
