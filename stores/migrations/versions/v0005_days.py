"""The event log by the day of ``asof`` on PostgreSQL; indexes for what retention looks for."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from alembic import op

from stores.partitions import attaching, partition_of

revision = "v0005"
down_revision = "v0004"

INDEXES = {
    "events_by_time": ["client_id", "time", "id"],
    "events_by_category": ["client_id", "p2", "time", "id"],
    "events_by_service": ["client_id", "p3", "time", "id"],
    "events_by_resource": ["client_id", "subject", "time", "id"],
    "events_by_scan": ["client_id", "scan_id", "time", "id"],
    "events_by_asof": ["asof"],
}
MIDNIGHTS = """
SELECT DISTINCT date_trunc('day', least(greatest(asof, '0002-01-01'), '9998-01-01'), 'UTC') FROM events_before
"""
MOVE = "INSERT INTO events SELECT * FROM events_before ON CONFLICT DO NOTHING"


def upgrade() -> None:
    """Move what is there into partitions."""
    _index("progress_to_expire", "progress", "at", "kind <> 'scan_finished'")
    _index("scans_ended", "scans", "finished_at", "finished_at IS NOT NULL")
    if op.get_bind().dialect.name == "postgresql":
        _move(_partitioned())


def downgrade() -> None:
    """Move it back into one table."""
    op.drop_index("scans_ended", "scans")
    op.drop_index("progress_to_expire", "progress")
    if op.get_bind().dialect.name == "postgresql":
        _move(["CREATE TABLE events (LIKE events_before, CONSTRAINT events_pkey PRIMARY KEY (id))"])


def _index(name: str, table: str, column: str, condition: str) -> None:
    op.create_index(name, table, [column], sqlite_where=sa.text(condition), postgresql_where=sa.text(condition))


def _move(creating: Iterable[str]) -> None:
    """Indexes come last: to fill a table that has them takes far longer."""
    for name in INDEXES:
        op.execute(f"DROP INDEX {name}")
    op.execute("ALTER TABLE events RENAME TO events_before")
    op.execute("ALTER TABLE events_before DROP CONSTRAINT IF EXISTS events_pkey")
    for statement in creating:
        op.execute(statement)
    op.execute(MOVE)
    op.execute("DROP TABLE events_before")
    for name, columns in INDEXES.items():
        op.create_index(name, "events", columns)


def _partitioned() -> Iterable[str]:
    yield "CREATE TABLE events (LIKE events_before) PARTITION BY RANGE (asof)"
    for partition in sorted({partition_of("events", midnight) for midnight in _midnights()}):
        yield from attaching("events", partition)


def _midnights() -> Sequence[datetime]:
    return op.get_bind().execute(sa.text(MIDNIGHTS)).scalars().all()
