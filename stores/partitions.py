"""The event log on PostgreSQL: one partition for each day (UTC) of ``asof``, made before a row needs it.

There is no default partition, so that a new one is attached without a look at old rows and without a lock that readers
would meet. No row is refused: what an odd clock tells has its place in one of the two partitions at the ends of time.

Within a partition ``id`` is the key. Over all of them the first of an id stays because an id hashes its scan and a scan
has one ``asof``; rows of a scan that was told of on several days are therefore looked up by their id.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from stores.database import Day, Rows

FIRST_DAY: Final = date(2020, 1, 1)
END_DAY: Final = date(2100, 1, 1)
DROP_WAITS_SECONDS: Final = 2
"""Who wants to read queues behind a drop that waits for a reader: it does not wait long."""

_MISSING: Final = "SELECT name FROM unnest($1::text[]) AS name WHERE to_regclass(name) IS NULL"
_ATTACHED: Final = """
SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid WHERE inhparent = to_regclass($1)
"""
_ELSEWHERE: Final = """
SELECT scan.client_id, scan.scan_id FROM unnest($1::text[], $2::text[]) AS scan (client_id, scan_id)
WHERE EXISTS (SELECT FROM {table} AS log WHERE log.client_id = scan.client_id AND log.scan_id = scan.scan_id
              AND log.asof < timestamptz '{low}')
   OR EXISTS (SELECT FROM {table} AS log WHERE log.client_id = scan.client_id AND log.scan_id = scan.scan_id
              AND log.asof >= timestamptz '{high}')
"""


class Partition(NamedTuple):
    """One partition: from ``low`` on, before ``high``, as PostgreSQL writes times."""

    name: str
    low: str
    high: str


Scan = tuple[str, str]
"""Client and scan id."""


def is_partitioned(table: Table) -> bool:
    """Whether its rows are kept by the day on PostgreSQL."""
    return table.dialect_options["postgresql"]["partition_by"] is not None


def partition_of(table: str, asof: datetime) -> Partition:
    """Where rows of this moment are."""
    day = asof.astimezone(UTC).date()
    if day < FIRST_DAY:
        return Partition(f"{table}_before_{FIRST_DAY.year}", "-infinity", _midnight(FIRST_DAY))
    if day >= END_DAY:
        return Partition(f"{table}_from_{END_DAY.year}", _midnight(END_DAY), "infinity")
    return Partition(f"{table}_{day:%Y%m%d}", _midnight(day), _midnight(day + timedelta(days=1)))


def day_of(table: str, name: str) -> date:
    """The last day that a partition holds."""
    label = name.removeprefix(f"{table}_")
    if label.startswith("before"):
        return FIRST_DAY - timedelta(days=1)
    return date.max if label.startswith("from") else date.fromisoformat(label)


def attaching(table: str, partition: Partition) -> Iterable[str]:
    """The statements that make a partition. Readers and writers of the others go on meanwhile."""
    yield f"CREATE TABLE {partition.name} (LIKE {table}, PRIMARY KEY (id))"
    low = "MINVALUE" if partition.low == "-infinity" else f"'{partition.low}'"
    high = "MAXVALUE" if partition.high == "infinity" else f"'{partition.high}'"
    yield f"ALTER TABLE {table} ATTACH PARTITION {partition.name} FOR VALUES FROM ({low}) TO ({high})"


def asking_elsewhere(table: str, partition: Partition) -> str:
    """Which of these clients' scans have rows on other days.

    The bounds are written out: the plan then leaves out the day itself, whose rows of the scan would all be read.
    """
    return _ELSEWHERE.format(table=table, low=partition.low, high=partition.high)


def _label(table: str, name: str) -> str:
    label = name.removeprefix(f"{table}_")
    return day_of(table, name).isoformat() if label.isdigit() else label.replace("_", " ")


async def attach_partitions(connection: AsyncConnection, table: str, asofs: Iterable[datetime]) -> None:
    """Make those that are not there; the writers' lock is held, so nobody else makes them now."""
    wanted = {partition.name: partition for partition in (partition_of(table, asof) for asof in asofs)}
    missing = await connection.exec_driver_sql(_MISSING, (sorted(wanted),))
    for name in missing.scalars().all():
        for statement in attaching(table, wanted[name]):
            await connection.exec_driver_sql(statement)


async def partitions(connection: AsyncConnection, table: str) -> list[str]:
    """The names of those that are there."""
    return sorted((await connection.exec_driver_sql(_ATTACHED, (table,))).scalars().all())


async def partition_sizes(connection: AsyncConnection, table: str) -> list[Day]:
    """Day, rows and bytes of each, the oldest first."""
    sizes = []
    for name in sorted(await partitions(connection, table), key=lambda name: day_of(table, name)):
        query = f"SELECT count(*) AS events, pg_total_relation_size('{name}') AS bytes FROM {name}"  # noqa: S608 - a name of our own
        found = (await connection.exec_driver_sql(query)).one()
        sizes.append((_label(table, name), found.events, found.bytes))
    return sizes


async def drop_partition_before(connection: AsyncConnection, table: str, cutoff: datetime) -> bool:
    """Drop the oldest that ends at the cutoff or before; False when there was none."""
    last = cutoff.astimezone(UTC).date()
    old = [name for name in await partitions(connection, table) if day_of(table, name) < last]
    if not old:
        return False
    await connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{DROP_WAITS_SECONDS}s'")
    await connection.exec_driver_sql(f"DROP TABLE {min(old, key=lambda name: day_of(table, name))}")
    return True


async def made_room(connection: AsyncConnection, table: Table, rows: Rows) -> Rows:
    """Partitions for all rows are there; without those whose id is kept on another day already."""
    client, scan, asof = (list(table.columns.keys()).index(name) for name in ("client_id", "scan_id", "asof"))
    told = {(row[client], row[scan], row[asof]) for row in rows}
    await attach_partitions(connection, table.name, {each[2] for each in told})
    doubted = await _on_several_days(connection, table.name, told)
    if not doubted:
        return rows
    suspects = [row for row in rows if (row[client], row[scan]) in doubted]
    firsts = await _first_of_ids(connection, table.name, suspects)
    return [row for row in rows if (row[client], row[scan]) not in doubted] + firsts


async def _on_several_days(
    connection: AsyncConnection, table: str, told: Iterable[tuple[str, str, datetime]]
) -> set[Scan]:
    """The scans that another day tells of than the one told now, in these rows or in the log."""
    days: dict[Partition, set[Scan]] = {}
    for client, scan, asof in told:
        days.setdefault(partition_of(table, asof), set()).add((client, scan))
    seen: set[Scan] = set()
    found: set[Scan] = set()
    for partition, scans in days.items():
        found |= scans & seen
        seen |= scans
        clients, ids = zip(*sorted(scans), strict=True)
        rows = await connection.exec_driver_sql(asking_elsewhere(table, partition), (clients, ids))
        found |= {(row.client_id, row.scan_id) for row in rows}
    return found


async def _first_of_ids(connection: AsyncConnection, table: str, rows: Rows) -> list[tuple[Any, ...]]:
    """Rows whose id, the first column, is not in the log, each id once."""
    query = f"SELECT id FROM {table} WHERE id = ANY($1::text[])"  # noqa: S608 - a name of our own
    known = await connection.exec_driver_sql(query, (sorted({row[0] for row in rows}),))
    kept = set(known.scalars().all())
    firsts: dict[str, tuple[Any, ...]] = {}
    for row in rows:
        if row[0] not in kept:
            firsts.setdefault(row[0], row)
    return list(firsts.values())


def _midnight(day: date) -> str:
    return f"{day.isoformat()}T00:00:00+00:00"
