"""How much databases and their clusters are asked; a stopped one is silent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final
from zlib import crc32

from demo_cloud.loads.series import Hour, Key, Series, Told, hour_of, since, steady
from demo_cloud.planted.databases import Cluster, Database
from demo_cloud.world import GIB, Place

BUSY_CPU: Final = 30.0
STORED: Final = 80.0 * GIB
"""Of a cluster."""
QUIET_CPU: Final = 3.0


def series(place: Place, now: datetime) -> Told:
    """What RDS counts."""
    for database in place.of(Database):
        yield from _database(database, now)
    for cluster in place.of(Cluster):
        dimensions, first = (("DBClusterIdentifier", cluster.id),), since(now, cluster.age)
        asked = steady(cluster.connections, crc32(cluster.id.encode()))
        if cluster.stopped_for is not None:
            asked = _until(asked, hour_of(now - cluster.stopped_for))
        yield ("AWS/RDS", "DatabaseConnections", dimensions), Series(asked, first, "Count")
        yield ("AWS/RDS", "VolumeBytesUsed", dimensions), Series(_stored, first, "Bytes")


def _database(plan: Database, now: datetime) -> Iterator[tuple[Key, Series]]:
    seed, dimensions = crc32(plan.id.encode()), (("DBInstanceIdentifier", plan.id),)
    first, ends = since(now, plan.age), hour_of(now - (plan.stopped_for or timedelta(0)))
    for name, mean, unit in (
        ("DatabaseConnections", plan.connections, "Count"),
        ("CPUUtilization", BUSY_CPU if plan.connections else QUIET_CPU, "Percent"),
        ("FreeableMemory", 1.5 * GIB, "Bytes"),
        ("FreeStorageSpace", 0.4 * plan.size_gib * GIB, "Bytes"),
    ):
        hour = steady(mean, seed, plan.covered)
        yield ("AWS/RDS", name, dimensions), Series(_until(hour, ends) if plan.stopped_for else hour, first, unit)


def _stored(hour: int) -> tuple[float, float]:  # noqa: ARG001 - always the same
    return STORED, STORED


def _until(hour: Hour, ends: int) -> Hour:
    """The same, as long as it runs."""

    def value(number: int) -> tuple[float, float] | None:
        return hour(number) if number < ends else None

    return value
