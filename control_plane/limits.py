"""How often somebody may ask: a bucket for each who signed in, in this process."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

BURST: Final = 10
"""So many times the rate may come at once."""
MOST: Final = 10_000
"""Buckets that are kept; the longest unused leave."""


class RequestLimits:
    """Token buckets by name."""

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._room, self._clock = per_second, max(1.0, per_second * BURST), clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, name: str) -> float:
        """Take one; 0 when there was one, else the seconds until there is."""
        now = self._clock()
        left, at = self._buckets.pop(name, (self._room, now))
        left = min(self._room, left + (now - at) * self._rate)
        lack = max(0.0, 1 - left)
        self._buckets[name] = (left if lack else left - 1, now)
        if len(self._buckets) > MOST:
            del self._buckets[next(iter(self._buckets))]
        return lack / self._rate
