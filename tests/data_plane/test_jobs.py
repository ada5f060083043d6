"""Jobs: sent by the relay, claimed by one worker, tried again where that may help, and ended once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from data_plane import attempts as attempts_module
from data_plane import jobs as module
from data_plane.accept import accept
from data_plane.backbone import Backbone
from data_plane.connected import Connections
from data_plane.jobs import Jobs, Work
from data_plane.reap import Reaper
from data_plane.relay import relay_jobs
from scanners.core.limits import Limits
from schemas.errors import Denied, NoAccess, Retriable
from schemas.states import TASK_TERMINAL, TaskStatus
from schemas.topics import DEAD_LETTERS, SCANS
from stores import jobs
from stores.jobs import JobRow

JOB = "a" * 32
DONE = {"identity": "somebody"}
Function = Callable[[Work], Awaitable[dict[str, Any]]]


async def given(backbone: Backbone, kind: str = "probe") -> None:
    row = JobRow(JOB, "default", kind, "acct", {}, TaskStatus.QUEUED, backbone.clock())  # type: ignore[arg-type]
    async with backbone.store.write() as writing:
        await jobs.insert_job(writing, row)


async def row_of(backbone: Backbone) -> JobRow:
    async with backbone.store.read() as reading:
        found = await jobs.get_job(reading, None, JOB)
    assert found is not None
    return found


async def ended(backbone: Backbone) -> JobRow:
    async with asyncio.timeout(20):
        while (found := await row_of(backbone)).status not in TASK_TERMINAL:
            await relay_jobs(backbone)
            await asyncio.sleep(0.02)
    return found


def never(*_: object, **__: object) -> Any:
    raise AssertionError("no connection was asked for")


@asynccontextmanager
async def worker(backbone: Backbone, owner: str = "w1") -> AsyncIterator[None]:
    stop = asyncio.Event()
    limits = Limits(requests_per_second=1, region_threads=1, call_seconds=1)
    running = asyncio.create_task(Jobs(backbone, owner, Connections(never, backbone.settings), limits).run(stop))
    yield
    stop.set()
    await running


@pytest.fixture
def does(monkeypatch: pytest.MonkeyPatch) -> Callable[[Function], None]:
    """What the only kind of job does."""

    def use(function: Function) -> None:
        monkeypatch.setattr(module, "function_of", lambda _: function)

    return use


async def test_a_job_ends_with_its_result(backbone: Backbone, does: Callable[[Function], None]) -> None:
    async def function(work: Work) -> dict[str, Any]:
        assert (work.job.target, await work.still_ours()) == ("acct", True)
        return DONE

    does(function)
    await given(backbone)
    async with worker(backbone):
        found = await ended(backbone)
    assert (found.status, found.result, found.attempt, found.error) == (TaskStatus.SUCCEEDED, DONE, 1, None)


@pytest.mark.parametrize(
    ("error", "attempts"),
    [(Retriable("throttled"), 3), (NoAccess("no such role"), 1), (Denied("not allowed"), 1), (RuntimeError("bug"), 3)],
)
async def test_what_another_attempt_may_cure_is_tried_again(
    backbone: Backbone,
    does: Callable[[Function], None],
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    attempts: int,
) -> None:
    async def function(_: Work) -> dict[str, Any]:
        raise error

    monkeypatch.setattr(attempts_module, "RETRY_SECONDS", 0.01)
    does(function)
    await given(backbone)
    async with worker(backbone):
        found = await ended(backbone)
    assert (found.status, found.attempt, found.error, found.result) == (TaskStatus.FAILED, attempts, str(error), None)


async def test_a_kind_of_a_newer_version_fails_by_name(backbone: Backbone) -> None:
    await given(backbone, "from_the_future")
    async with worker(backbone):
        found = await ended(backbone)
    assert found.status is TaskStatus.FAILED
    assert 'no job of kind "from_the_future"' in str(found.error)


async def test_two_workers_run_it_once(backbone: Backbone, other: Backbone, does: Callable[[Function], None]) -> None:
    runs: list[str] = []

    async def function(work: Work) -> dict[str, Any]:
        runs.append(str(work.job.owner))
        await asyncio.sleep(0.2)
        return DONE

    does(function)
    await given(backbone)
    for _ in range(2):  # a message may come twice
        await relay_jobs(backbone)
        async with backbone.store.write() as writing:
            await jobs.send_jobs_again(writing, [JOB])
    async with worker(backbone), worker(other, "w2"):
        await ended(backbone)
    assert len(runs) == 1


async def test_a_worker_that_stops_gives_it_back_and_the_attempt_does_not_count(
    backbone: Backbone, does: Callable[[Function], None]
) -> None:
    begun = asyncio.Event()

    async def hangs(_: Work) -> dict[str, Any]:
        begun.set()
        await asyncio.Event().wait()
        return {}

    does(hangs)
    await given(backbone)
    await relay_jobs(backbone)
    async with worker(backbone), asyncio.timeout(20):
        await begun.wait()
    found = await row_of(backbone)
    assert (found.status, found.attempt, found.owner) == (TaskStatus.QUEUED, 0, None)


async def test_a_worker_that_died_loses_it_to_another(backbone: Backbone, does: Callable[[Function], None]) -> None:
    async def function(_: Work) -> dict[str, Any]:
        return DONE

    does(function)
    await given(backbone)
    now = backbone.clock()
    async with backbone.store.write() as writing:
        await jobs.claim_job(writing, JOB, "dead", now, now)
    passed = [0.0]
    reaper = Reaper(backbone, jobs, lambda: passed[0])
    assert await reaper.look() == 0
    passed[0] = 0.9
    assert await reaper.look() == 0
    passed[0] = 1.8
    assert await reaper.look() == 1
    async with worker(backbone):
        found = await ended(backbone)
    assert (found.status, found.attempt, found.owner) == (TaskStatus.SUCCEEDED, 2, "w1")


async def test_the_planner_leaves_jobs_to_the_workers(backbone: Backbone) -> None:
    consumer = await backbone.bus.subscribe([SCANS], "planner")
    letters = await backbone.bus.subscribe([DEAD_LETTERS], "test")
    await given(backbone)
    await relay_jobs(backbone)
    assert await accept(backbone, consumer, timeout=5) == 0
    assert await letters.fetch(timeout=0.2) == []
    await consumer.close()
    await letters.close()


async def test_old_jobs_leave(backbone: Backbone) -> None:
    await given(backbone)
    async with backbone.store.write() as writing:
        now = backbone.clock()
        assert await jobs.delete_jobs_before(writing, now, 10) == 0
        await jobs.claim_job(writing, JOB, "w", now, now)
        await jobs.finish_job(writing, JOB, "w", 1, DONE, now)
    async with backbone.store.write() as writing:
        assert await jobs.delete_jobs_before(writing, backbone.clock(), 10) == 1
