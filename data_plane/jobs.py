"""Jobs beside scans: whatever else needs a cloud is done by a worker.

How to add a kind:

1. Name it in ``schemas.job.JobKind`` and, with its function, in ``KINDS`` below (imported when first needed).
2. Write ``async def fetch(work: Work) -> dict[str, Any]``: read ``work.job.spec`` (references only, never a secret),
   use ``work.backbone`` (settings, store, bus, clock) and ``work.connections``; the dict becomes the job's ``result``
   and is shown to its client. Look at ``await work.still_ours()`` between long steps and stop when it says no. Write
   what must stay under keys of the job's own, so that a second attempt gives the same rows.
3. Raise ``Retriable`` or ``Unreachable`` for what another attempt may cure (at most ``SENTINEL_MAX_ATTEMPTS``), any
   other ``SentinelError`` for what it will not: the first line of its text becomes the job's ``error``.
4. An endpoint accepts it by ``control_plane.jobs.accepting.accept_job`` in the transaction that knows that it may, and
   answers 202 with ``JobAccepted``; ``GET /api/v1/jobs/{id}`` tells how it is.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final

import msgspec
import structlog

from bus import Consumer, Message
from data_plane.attempts import insist, wait_to_retry, worth_retrying
from data_plane.backbone import Backbone, one_line
from data_plane.connected import Connections
from data_plane.dead_letters import UNREADABLE, check_id
from data_plane.lease import JOBS, Lease
from data_plane.pausing import Stop
from data_plane.taking import FETCH_SECONDS, leave_at_once, take_until_stopped, wait_for_slot
from scanners.core.errors import TaskLostError
from scanners.core.job import StillOurs
from scanners.core.limits import Limits
from schemas.errors import SentinelError
from schemas.job import JobKind
from schemas.topics import SCANS, JobMessage
from stores import jobs
from stores.jobs import JobRow

GROUP: Final = "jobs"

KINDS: Final[Mapping[JobKind, str]] = {
    "ingest": "data_plane.ingesting:ingest",
    "discover": "data_plane.discovering:discover",
    "probe": "data_plane.probing:probe",
}
"""By kind: ``module:function``."""

log = structlog.get_logger("data_plane.worker")


@dataclass(frozen=True, slots=True)
class Work:
    """What a job's function gets."""

    job: JobRow
    backbone: Backbone
    connections: Connections
    limits: Limits
    still_ours: StillOurs


JobFunction = Callable[[Work], Awaitable[dict[str, Any]]]


def function_of(kind: str) -> JobFunction:
    """Raises ``SentinelError`` for a kind that this worker does not know."""
    place = {str(name): where for name, where in KINDS.items()}.get(kind)
    if place is None:
        raise SentinelError(f'this worker knows no job of kind "{kind}"; is it of an older version?')
    module, _, name = place.partition(":")
    function: JobFunction = getattr(importlib.import_module(module), name)
    return function


class Jobs:
    """Claims dispatched jobs while it has free slots, and runs them. The scans' tasks have slots of their own."""

    def __init__(self, backbone: Backbone, owner: str, connections: Connections, limits: Limits) -> None:
        self._backbone, self._owner = backbone, owner
        self._connections, self._limits = connections, limits
        self._running: dict[asyncio.Task[None], JobRow] = {}

    async def run(self, stop: Stop) -> None:
        """Until stopped; then its jobs go back at once."""
        turn = partial(self._turn, stop=stop)
        await take_until_stopped(self._backbone, SCANS, GROUP, stop, turn=turn, leave=self._leave, waits="jobs_wait")

    async def _turn(self, consumer: Consumer, stop: Stop) -> None:
        if len(self._running) >= self._backbone.settings.worker_tasks:
            await wait_for_slot(self._running, stop)
            return
        for message in await consumer.fetch(1, timeout=FETCH_SECONDS):
            await self._take(message)
            await consumer.commit({(message.topic, message.partition): message.offset + 1})

    async def _take(self, message: Message) -> None:
        """From its claim on the row owns the job, not the message. What is no job is the planner's to judge."""
        try:
            told = msgspec.json.decode(message.value, type=JobMessage)
            check_id(told.job_id)
        except UNREADABLE:
            return
        now = self._backbone.clock()
        until = now + timedelta(seconds=self._backbone.settings.lease_seconds)
        async with self._backbone.store.write() as writing:
            job = await jobs.claim_job(writing, told.job_id, self._owner, until, now)
        if job is not None:
            running = asyncio.create_task(self._attempt(job), name=f"job {job.job_id}")
            self._running[running] = job
            running.add_done_callback(self._running.pop)

    async def _attempt(self, job: JobRow) -> None:
        """One attempt, from the claim to its end in the job's row. Nothing escapes it but its cancellation."""
        lease = Lease(self._backbone, job.job_id, self._owner, job.attempt, JOBS)
        told = log.bind(job_id=job.job_id, kind=job.kind, attempt=job.attempt)
        told.info("job_started")
        keeper = asyncio.create_task(lease.keep(), name=f"lease {job.job_id}")
        try:
            work = Work(job, self._backbone, self._connections, self._limits, lease.still_ours)
            result = await function_of(job.kind)(work)
            ours = await insist(partial(self._finish, job, result), told)
            told.info("job_finished" if ours else "job_lost")
        except TaskLostError:
            told.warning("job_lost")
        except Exception as error:  # noqa: BLE001 - the top loop of a job: a bad one must not end the worker
            told.exception("job_failed", error=one_line(error), exc_info=not isinstance(error, SentinelError))
            failed = partial(self._fail, job, one_line(error), retry=worth_retrying(error))
            await insist(failed, told)
        finally:
            keeper.cancel()

    async def _finish(self, job: JobRow, result: Mapping[str, Any]) -> bool:
        async with self._backbone.store.write() as writing:
            now = self._backbone.clock()
            return await jobs.finish_job(writing, job.job_id, self._owner, job.attempt, result, now)

    async def _fail(self, job: JobRow, error: str, *, retry: bool) -> bool:
        retry = retry and job.attempt < self._backbone.settings.max_attempts
        if retry:
            await wait_to_retry(job.attempt)
        async with self._backbone.store.write() as writing:
            now = self._backbone.clock()
            return await jobs.fail_job(writing, job.job_id, self._owner, job.attempt, error, now, retry=retry)

    async def _leave(self, consumer: Consumer) -> None:
        mine = dict(self._running)

        async def give_back() -> None:
            async with self._backbone.store.write() as writing:
                for job in mine.values():
                    await jobs.give_back_job(writing, job.job_id, self._owner, job.attempt)

        await leave_at_once(consumer, mine, give_back, jobs=len(mine))
