"""How often functions are called, and how much log groups are written."""

from __future__ import annotations

from datetime import datetime
from zlib import crc32

from demo_cloud.loads.series import SAMPLES_AN_HOUR, Series, Told, since, steady
from demo_cloud.planted.functions import Function
from demo_cloud.planted.records import LogGroup
from demo_cloud.world import GIB, Place


def series(place: Place, now: datetime) -> Told:
    """A function that nobody calls counts nothing, as AWS documents."""
    for function in place.of(Function):
        if function.hourly:
            seed, dimensions = crc32(function.id.encode()), (("FunctionName", function.id),)
            first = since(now, function.changed)
            for name, mean, unit in (
                ("Invocations", function.hourly / SAMPLES_AN_HOUR, "Count"),
                ("Errors", 0.0, "Count"),
                ("Duration", 120.0, "Milliseconds"),
            ):
                yield ("AWS/Lambda", name, dimensions), Series(steady(mean, seed), first, unit)
    for group in place.of(LogGroup):
        if group.gib:
            hour = steady(group.gib * GIB / 700 / 24 / SAMPLES_AN_HOUR, crc32(group.id.encode()))
            key = ("AWS/Logs", "IncomingBytes", (("LogGroupName", group.id),))
            yield key, Series(hour, since(now, group.age), "Bytes")
