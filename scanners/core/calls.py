"""Every call to a cloud goes through here: ours to make, limited, retried, counted. The provider's part only asks."""

from __future__ import annotations

import asyncio
import random
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Mapping
from typing import Any, Final, Generic, Protocol, TypeVar

from scanners.core.errors import TaskLostError
from scanners.core.record import Record
from schemas.errors import Retriable, Throttled

T = TypeVar("T")
LOOK_SECONDS: Final = 1.0
"""How often, at most, the task's row is looked at."""


class CloudCall(Protocol):
    """One API call, as data."""

    @property
    def service(self) -> str:
        """The API whose quota it shares with others."""

    @property
    def operation(self) -> str:
        """Its name in the API."""

    @property
    def arguments(self) -> Mapping[str, Any]:
        """Fixed ones; a text may hold fields of a resource in braces."""

    @property
    def name(self) -> str:
        """``ec2:DescribeVolumes``: as it is declared and counted."""


C = TypeVar("C", bound=CloudCall)


class Calls(ABC, Generic[C]):
    """The calls of one task."""

    def __init__(self, record: Record, *, proven: bool = True) -> None:
        self.job, self.record, self.proven = record.job, record, proven
        self._looked = -LOOK_SECONDS
        self._ours = True
        self._jitter = random.Random()  # noqa: S311 - spreads retries, guards nothing

    @abstractmethod
    async def ask(self, call: C, region: str, arguments: Mapping[str, object]) -> Mapping[str, Any]:
        """Ask once, by the provider's SDK. Raises ``CloudError`` leaves; a throttled call ``Throttled``."""

    def content(self, call: C, region: str, answer: Mapping[str, Any]) -> tuple[Mapping[str, Any], object]:  # noqa: ARG002
        """What of an answer is no envelope, and the SDK's model of it where it has one. May block."""
        return answer, None

    async def __call__(self, call: C, *, region: str = "", **arguments: object) -> Mapping[str, Any]:
        """The answer of the API. Raises ``CloudError`` leaves."""
        where = region or self.job.task.region
        for failures in range(self.job.limits.tries):
            try:
                return await self._once(call, where, {**call.arguments, **arguments})
            except Retriable:
                if failures + 1 == self.job.limits.tries:
                    raise
                await self._pause(failures)
        raise AssertionError("tries is at least one")

    async def _once(self, call: C, region: str, arguments: Mapping[str, object]) -> Mapping[str, Any]:
        bucket = self.job.limits.bucket(self.job.task.account_id, region, call.service)
        await self._while_ours(bucket.take())
        await self._look()
        self.record.called(call.name, region)
        try:
            answer = await self._while_ours(self.ask(call, region, arguments))
        except Throttled as error:
            self.record.throttled()
            bucket.throttled()
            bucket.hold(error.after_seconds)
            raise
        bucket.calm()
        return answer

    async def _look(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._ours and now - self._looked >= LOOK_SECONDS:
            self._looked = now
            self._ours = await self.job.still_ours()
        if not self._ours:
            raise TaskLostError(self.job.task.task_id)

    async def _pause(self, failures: int) -> None:
        """Longer each time. What the cloud said to wait is the bucket's to keep, for all tasks that draw on it."""
        limits = self.job.limits
        longest = min(limits.longest_pause, limits.first_pause * 2**failures)
        await self._while_ours(limits.sleep(longest * (0.5 + self._jitter.random() / 2)))

    async def _while_ours(self, waiting: Awaitable[T]) -> T:
        """Wait, but look at the task's row meanwhile. A call that hangs in its thread is left to end by itself."""
        waited = asyncio.ensure_future(waiting)
        try:
            while not (await asyncio.wait({waited}, timeout=LOOK_SECONDS))[0]:
                await self._look()
            return waited.result()
        finally:
            waited.cancel()
