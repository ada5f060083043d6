"""Lag: how far a group is behind the end of what it reads."""

from __future__ import annotations

from bus import BusError, Consumer
from schemas.instruments import LAG


async def tell_lag(consumer: Consumer, group: str) -> None:
    """Set the gauges of the partitions that are ours. A bus that is away is told of elsewhere."""
    try:
        found = await consumer.lag()
    except BusError:
        return
    for (topic, partition), behind in found.items():
        LAG.labels(topic, group, partition).set(behind)
