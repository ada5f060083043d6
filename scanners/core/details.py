"""Details: what is asked for each resource. Here alone an answer that an earlier scan got may serve again.

Only for a scan that says how old answers may be, and never so that it hides a refusal: the first call of each operation
in a region is always made, and only once it was answered do kept answers stand in for the rest. What is there is
always listed anew, and series are always measured anew.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

from scanners.core.calls import Calls, CloudCall
from schemas.details import KeptAnswer, Question
from schemas.errors import CloudError, Denied


class Answers(Protocol):
    """Where answers are kept between scans. Blocks; what goes wrong with it is as if nothing were kept."""

    def find(self, asked: Question) -> KeptAnswer | None:
        """The last answer."""

    def keep(self, asked: Question, answer: KeptAnswer, shape: object) -> None:
        """Keep it, unless it holds a secret by the SDK's model of it (``shape``), by names or by form."""

    def drop(self, asked: Question) -> None:
        """It was refused now."""


@dataclass
class Details:
    """The calls for each resource of one task."""

    calls: Calls[Any]
    _answered: dict[tuple[str, str], bool] = field(default_factory=dict)
    """Whether the first call of an operation in a region was answered."""
    _firsts: defaultdict[tuple[str, str], asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    async def __call__(self, call: CloudCall, region: str, arguments: Mapping[str, object]) -> KeptAnswer:
        """The answer and the moment that it is of. Raises ``CloudError``."""
        if not self._may_be_kept:
            return KeptAnswer(await self.calls(call, region=region, **arguments), self.calls.job.task.scan.asof)
        first = call.name, region
        if first not in self._answered:
            async with self._firsts[first]:
                if first not in self._answered:
                    return await self._first(call, region, arguments)
        kept = await self._kept(self._question(call, region, arguments)) if self._answered[first] else None
        return kept or await self._ask(call, region, arguments)

    @property
    def _may_be_kept(self) -> bool:
        return self.calls.job.answers is not None and self.calls.job.task.scan.max_age_seconds > 0

    async def _first(self, call: CloudCall, region: str, arguments: Mapping[str, object]) -> KeptAnswer:
        try:
            told = await self._ask(call, region, arguments)
        except CloudError:
            self._answered[call.name, region] = False
            raise
        self._answered[call.name, region] = True
        return told

    async def _kept(self, asked: Question) -> KeptAnswer | None:
        """An answer that is as new as the scan wants it, and no newer than the scan."""
        job = self.calls.job
        assert job.answers is not None
        kept = await asyncio.to_thread(job.answers.find, asked)
        scan = job.task.scan
        if kept is None or not scan.asof - timedelta(seconds=scan.max_age_seconds) <= kept.asof <= scan.asof:
            return None
        self.calls.record.served()
        return kept

    async def _ask(self, call: CloudCall, region: str, arguments: Mapping[str, object]) -> KeptAnswer:
        job, asked = self.calls.job, self._question(call, region, arguments)
        assert job.answers is not None
        try:
            answer = await self.calls(call, region=region, **arguments)
        except Denied:
            await asyncio.to_thread(job.answers.drop, asked)
            raise
        told = KeptAnswer(answer, job.task.scan.asof)
        content, shape = await asyncio.to_thread(self.calls.content, call, region, answer)
        await asyncio.to_thread(job.answers.keep, asked, told._replace(answer=content), shape)
        return told

    def _question(self, call: CloudCall, region: str, arguments: Mapping[str, object]) -> Question:
        job = self.calls.job
        task, every = job.task, {**call.arguments, **arguments}
        who = task.scan.client_id, task.scan.provider, job.clients.demo, task.account_id, task.principal
        return Question(*who, region, call.name, every)
