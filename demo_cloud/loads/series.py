"""One series, as the demo computes it: hour by hour, from how busy the scenario says that a resource is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from demo_cloud.world import DAY, METRIC_DAYS

SAMPLES_AN_HOUR: Final = 12
Hour = Callable[[int], tuple[float, float] | None]
"""Hours since the epoch -> (mean, peak) of the five-minute samples, None where nothing was sent."""
Key = tuple[str, str, tuple[tuple[str, str], ...]]
"""Namespace, metric, and the dimensions in the order of their names."""


@dataclass(frozen=True)
class Series:
    """One metric of one resource. ``daily`` has one sample a day, at midnight UTC."""

    hour: Hour
    since: int
    unit: str
    daily: bool = False


Told = Iterator[tuple[Key, Series]]


def hour_of(moment: datetime) -> int:
    """Hours since the epoch."""
    return int(moment.timestamp()) // 3600


def since(now: datetime, age: timedelta) -> int:
    """The first hour that has data of a resource of this age: the first whole one, of those that are kept."""
    return max(hour_of(now - METRIC_DAYS * DAY), hour_of(now - age) + 1)


def steady(mean: float, seed: int, covered: int = 10) -> Hour:
    """About the same all the time; of each ten hours only ``covered`` have data."""

    def value(hour: int) -> tuple[float, float] | None:
        if hour % 10 >= covered:
            return None
        here = mean * wobble(seed, hour)
        return here, here * 1.5

    return value


def wobble(seed: int, hour: int) -> float:
    """Between 0.9 and 1.1, fixed by the resource and the hour."""
    return 0.9 + 0.2 * ((seed * 2_654_435_761 + hour * 2_246_822_519 >> 5) % 1021) / 1021
