"""How much of their capacity tables consume."""

from __future__ import annotations

from datetime import datetime
from zlib import crc32

from demo_cloud.loads.series import SAMPLES_AN_HOUR, Series, Told, since, steady
from demo_cloud.planted.stores import Table
from demo_cloud.world import Place


def series(place: Place, now: datetime) -> Told:
    """A table that nobody uses counts nothing, as AWS documents."""
    for table in place.of(Table):
        if table.used:
            hour, first = steady(table.used / SAMPLES_AN_HOUR, crc32(table.id.encode())), since(now, table.age)
            for name in ("ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits"):
                yield ("AWS/DynamoDB", name, (("TableName", table.id),)), Series(hour, first, "Count")
