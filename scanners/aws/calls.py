"""Every call to AWS goes through here: ours to make, limited, in a thread, retried, classified, counted."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Mapping
from functools import partial
from typing import Any, Final, TypeVar

from scanners.aws.call import Call
from scanners.aws.errors import classify, is_throttle
from scanners.core.errors import TaskLostError
from scanners.core.record import Record
from schemas.errors import CloudError, Fatal, Retriable
from schemas.operations import iam_actions

T = TypeVar("T")

LOOK_SECONDS: Final = 1.0
"""How often, at most, the task's row is looked at."""


class Calls:
    """The calls of one task."""

    def __init__(self, record: Record, *, proven: bool = True) -> None:
        self._job, self._record, self._proven = record.job, record, proven
        self._looked = -LOOK_SECONDS
        self._ours = True
        self._jitter = random.Random()  # noqa: S311 - spreads retries, guards nothing

    async def __call__(self, call: Call, *, region: str = "", **arguments: object) -> Mapping[str, Any]:
        """The answer of the API; empty for the codes that mean "there is none". Raises ``CloudError`` leaves."""
        where = region or self._job.task.region
        for failures in range(self._job.limits.tries):
            try:
                return await self._once(call, where, {**call.arguments, **arguments})
            except Retriable:
                if failures + 1 == self._job.limits.tries:
                    raise
                await self._pause(failures)
        raise AssertionError("tries is at least one")

    async def _once(self, call: Call, region: str, arguments: Mapping[str, object]) -> Mapping[str, Any]:
        task, limits = self._job.task, self._job.limits
        bucket = limits.bucket(task.account_id, region, call.service)
        await self._while_ours(bucket.take())
        await self._look()
        self._record.calls[call.name] += 1
        loop = asyncio.get_running_loop()
        try:
            answer = await self._while_ours(
                loop.run_in_executor(
                    limits.threads(task.account_id, region), partial(self._ask, call, region, arguments)
                )
            )
        except CloudError as error:
            if is_throttle(error):
                self._record.throttles += 1
                bucket.throttled()
            raise
        bucket.calm()
        return answer

    def _ask(self, call: Call, region: str, arguments: Mapping[str, object]) -> Mapping[str, Any]:
        """In a thread: the SDK's own call. The client too is made here, because making one reads files."""
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.parsers import ResponseParserError

        try:
            client = self._job.clients.client(call.service, region)
            answer: Mapping[str, Any] = getattr(client, call.method)(**arguments)
        except (BotoCoreError, ClientError, ResponseParserError) as error:
            if isinstance(error, ClientError) and error.response.get("Error", {}).get("Code") in call.absent:
                return {}
            raise self._classified(error, call, region) from error
        except ValueError as error:  # botocore leaves values that it cannot read unwrapped
            raise Fatal(
                f"unreadable answer: {error}", service=call.service, operation=call.operation, region=region
            ) from error
        return answer

    def _classified(self, error: Exception, call: Call, region: str) -> CloudError:
        actions = iam_actions("aws", call.service, call.operation)
        return classify(
            error,
            service=call.service,
            operation=call.operation,
            region=region,
            action=actions[0] if actions else call.name,
            principal=self._job.task.principal,
            proven=self._proven,
        )

    async def _look(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._ours and now - self._looked >= LOOK_SECONDS:
            self._looked = now
            self._ours = await self._job.still_ours()
        if not self._ours:
            raise TaskLostError(self._job.task.task_id)

    async def _pause(self, failures: int) -> None:
        limits = self._job.limits
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
