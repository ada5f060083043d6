"""How fast and how wide a process calls a cloud: one object a process, shared by all its tasks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from scanners.core.threads import Threads

SLOWEST: Final = 0.5  # calls a second that throttling never goes below
RECOVERY: Final = 1.02  # growth of the rate with each call that is not throttled
LONGEST_HOLD: Final = 300.0  # seconds; a cloud that asks for more is asked again after these
MOST_BUCKETS: Final = 4096
MOST_POOLS: Final = 128  # of idle threads; more than the tasks of a process use at once


class TokenBucket:
    """Lets calls through at a rate, with bursts of one second's worth. Throttling halves the rate; calm restores it."""

    def __init__(self, rate: float) -> None:
        self._ceiling = self._rate = self._tokens = rate
        self._at: float | None = None
        self._turn = asyncio.Lock()

    @property
    def rate(self) -> float:
        """Calls a second, now."""
        return self._rate

    async def take(self) -> None:
        """Wait until one more call may go."""
        async with self._turn:
            self._refill()
            if self._tokens < 1:
                await asyncio.sleep((1 - self._tokens) / self._rate)
                self._refill()
            self._tokens -= 1

    def _refill(self) -> None:
        now = asyncio.get_running_loop().time()
        passed = now - (self._at if self._at is not None else now)
        self._tokens = min(max(self._rate, 1.0), self._tokens + passed * self._rate)
        self._at = now

    def throttled(self) -> None:
        """The cloud said: too fast."""
        self._rate = max(SLOWEST, self._rate / 2)
        self._tokens = min(self._tokens, 0.0)

    def hold(self, seconds: float) -> None:
        """The cloud said: not before so many seconds."""
        self._refill()
        self._tokens = min(self._tokens, 1 - min(seconds, LONGEST_HOLD) * self._rate)

    def calm(self) -> None:
        """A call went through."""
        self._rate = min(self._ceiling, self._rate * RECOVERY)


@dataclass
class Limits:
    """The limits of one process: buckets by account, region and API family; threads by account and region.

    Those that were used last are kept: their number does not grow with the accounts that a process has seen.
    """

    requests_per_second: float = 20.0
    region_threads: int = 8
    tries: int = 5
    """How often one call is tried before its failure counts."""
    call_seconds: float = 120.0
    """How long one call, signing in included, may be without an answer."""
    first_pause: float = 0.5
    longest_pause: float = 20.0
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    _buckets: dict[tuple[str, str, str], TokenBucket] = field(default_factory=dict, repr=False)
    _pools: dict[tuple[str, str], Threads] = field(default_factory=dict, repr=False)

    def bucket(self, account: str, region: str, family: str) -> TokenBucket:
        """The bucket of one account, region and API family."""
        key = (account, region, family)
        bucket = self._buckets.pop(key, None) or TokenBucket(self.requests_per_second)
        self._buckets[key] = bucket  # the one used last stands last
        if len(self._buckets) > MOST_BUCKETS:
            del self._buckets[next(iter(self._buckets))]
        return bucket

    def threads(self, account: str, region: str) -> Threads:
        """The threads of one account and region: a dead region cannot take those of another. To be used at once."""
        key = (account, region)
        pool = self._pools.pop(key, None)
        if pool is None:
            pool = Threads(self.region_threads, f"{account}-{region}")
        self._pools[key] = pool
        if len(self._pools) > MOST_POOLS:
            self._pools.pop(next(iter(self._pools))).shutdown()  # what was asked of it is done first
        return pool

    def give_up(self, account: str, region: str) -> None:
        """Leave threads that hang to themselves. What still waited for one is cancelled, to be asked anew."""
        pool = self._pools.pop((account, region), None)
        if pool is not None:
            pool.shutdown(cancel_futures=True)

    def close(self) -> None:
        """Let the threads go; those that still wait for a cloud end by its time-outs, or with the process."""
        for pool in self._pools.values():
            pool.shutdown(cancel_futures=True)
        self._pools.clear()
