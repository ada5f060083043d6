"""A metric of one resource over the look-back, reduced from hourly (or daily) values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

ENOUGH: Final = 0.8
"""Share of the hours that must have data before a rule may judge."""


@dataclass(frozen=True, slots=True)
class Window:
    """From ``start`` (included) to ``end`` (excluded), cut into periods of ``period`` seconds."""

    start: datetime
    end: datetime
    period: int = 3600

    @property
    def periods(self) -> int:
        """How many values there would be without a gap."""
        return int((self.end - self.start).total_seconds()) // self.period


@dataclass(frozen=True, slots=True)
class Series:
    """What became of the values. There is always at least one: no data is no series (None), never zero.

    ``p95`` and ``max`` are taken from the highest value of each hour, ``average`` from the mean of each hour. ``sum``
    stands on counters only.
    """

    average: float
    max: float
    p95: float
    last: float
    samples: int
    hours: int
    """How many samples a window without gaps has (days for a daily metric)."""
    window: Window
    sum: float | None = None

    @property
    def enough(self) -> bool:
        """Whether at least 80 % of the window has data."""
        return self.samples >= ENOUGH * self.hours

    def per_day(self) -> float:
        """A counter's sum, by day of data."""
        return (self.sum or 0.0) / (self.samples * self.window.period / 86400)


def percentile(values: list[float], share: float) -> float:
    """The nearest-rank percentile. ``values`` is not empty."""
    return sorted(values)[math.ceil(share * len(values)) - 1]


def gauge(averages: Mapping[datetime, float], maxima: Mapping[datetime, float], window: Window) -> Series | None:
    """A level (CPU in percent): the mean of each hour and the highest of each hour."""
    if not averages or not maxima:
        return None
    means, highs = [averages[t] for t in sorted(averages)], list(maxima.values())
    samples = len(averages.keys() & maxima.keys())
    mean = math.fsum(means) / len(means)
    return Series(mean, max(highs), percentile(highs, 0.95), means[-1], samples, window.periods, window)


def counter(sums: Mapping[datetime, float], window: Window) -> Series | None:
    """A flow (bytes, operations): the sum of each hour."""
    if not sums:
        return None
    values = [sums[t] for t in sorted(sums)]
    whole = math.fsum(values)
    high, p95 = max(values), percentile(values, 0.95)
    return Series(whole / len(values), high, p95, values[-1], len(values), window.periods, window, sum=whole)


def level(averages: Mapping[datetime, float], window: Window) -> Series | None:
    """Something that moves slowly (bytes stored, credits left): the mean of each period."""
    return gauge(averages, averages, window)
