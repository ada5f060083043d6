"""One attempt of a task: connect, run, send, flush, and write down how it ended."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import msgspec
import structlog

from connections.raw import keeping
from data_plane.attempts import insist, wait_to_retry, worth_retrying
from data_plane.backbone import Backbone, one_line
from data_plane.connected import Connections
from data_plane.event_sink import EventSink
from data_plane.event_topics import client_topic
from data_plane.lease import Lease
from data_plane.measuring import Result, ended, finished
from data_plane.reaching import check_account
from scanners.core.clients import Clients
from scanners.core.errors import TaskLostError
from scanners.core.job import Clock, Emit, StillOurs
from scanners.core.limits import Limits
from schemas.errors import SentinelError
from schemas.scan import TaskOutcome, TaskSpec
from stores import tasks

_LOST: Result = "lost"

log = structlog.get_logger("data_plane.worker")


class RunTask(Protocol):
    """``scanners.core.run.run_task``."""

    async def __call__(
        self,
        task: TaskSpec,
        clients: Clients,
        *,
        emit: Emit,
        still_ours: StillOurs,
        limits: Limits,
        clock: Clock,
    ) -> TaskOutcome:
        """Raises ``CloudError`` when the whole task can do nothing, ``TaskLostError`` when it is not ours any more."""


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs claimed tasks for one worker. Nothing escapes an attempt but its cancellation."""

    backbone: Backbone
    owner: str
    connections: Connections
    run_task: RunTask
    limits: Limits

    async def run(self, task: TaskSpec) -> None:
        """One attempt, from the claim to its end in the task's row."""
        lease = Lease(self.backbone, task.task_id, self.owner, task.attempt)
        told = log.bind(**_context(task))
        told.info("task_started", kind=task.kind)
        loop = asyncio.get_running_loop()
        begun, result = loop.time(), _LOST
        keeper = asyncio.create_task(lease.keep(), name=f"lease {task.task_id}")
        try:
            outcome = await self._attempt(task, lease)
            ours = await insist(partial(self._finish, task, outcome), told)
            if ours:
                result = "finished"
                finished(task, outcome)
            told.info(f"task_{result}", events=outcome.events, gaps=_gaps(outcome))
        except TaskLostError:
            told.warning("task_lost")
        except Exception as error:  # noqa: BLE001 - the top loop of a task: a bad one must not end the worker
            result = "failed"
            told.exception("attempt_failed", error=one_line(error), exc_info=not isinstance(error, SentinelError))
            await insist(partial(self._fail, task, error), told)
        finally:
            keeper.cancel()
            ended(task, result, loop.time() - begun)

    async def give_back(self, task: TaskSpec) -> bool:
        """Queue it again at once, for another worker; it counts as no failure. False when it was not ours any more."""
        async with self.backbone.store.write() as writing:
            mine, now = (task.task_id, self.owner, task.attempt), self.backbone.clock()
            return await tasks.give_back(writing, *mine, "the worker was stopped", now)

    async def _attempt(self, task: TaskSpec, lease: Lease) -> TaskOutcome:
        topic = await client_topic(self.backbone, task.scan.client_id)
        sink = EventSink(self.backbone.bus, lease.still_ours, topic)
        clock = self.backbone.clock
        async with self.connections.of(task.scan) as clients:
            with keeping(task, self.backbone.settings, clock):
                outcome = await self.run_task(
                    task, clients, emit=sink.emit, still_ours=lease.still_ours, limits=self.limits, clock=clock
                )
        check_account(task.scan, outcome.discovery)
        offsets = await sink.flush()
        return msgspec.structs.replace(sink.account_for(outcome), offsets=offsets)

    async def _finish(self, task: TaskSpec, outcome: TaskOutcome) -> bool:
        async with self.backbone.store.write() as writing:
            now = self.backbone.clock()
            return await tasks.finish_task(writing, task.task_id, self.owner, task.attempt, outcome, now)

    async def _fail(self, task: TaskSpec, error: Exception) -> bool:
        async with self.backbone.store.read() as reading:
            failed = await tasks.failures(reading, task.scan.scan_id, task.task_id, task.attempt)
        retry = worth_retrying(error) and failed < self.backbone.settings.max_attempts
        if retry:
            await wait_to_retry(task.attempt)
        return await self._end(task, one_line(error), retry=retry)

    async def _end(self, task: TaskSpec, error: str, *, retry: bool) -> bool:
        async with self.backbone.store.write() as writing:
            now = self.backbone.clock()
            return await tasks.fail_task(writing, task.task_id, self.owner, task.attempt, error, now, retry=retry)


def _context(task: TaskSpec) -> dict[str, object]:
    return {
        "scan_id": task.scan.scan_id,
        "task_id": task.task_id,
        "account": task.account_id,
        "region": task.region,
        "attempt": task.attempt,
    }


def _gaps(outcome: TaskOutcome) -> int:
    return sum(coverage.count for coverage in outcome.coverage if coverage.is_gap)
