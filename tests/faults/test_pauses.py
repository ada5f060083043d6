"""A worker stands still for so long that its tasks go to another one. What it writes afterwards changes nothing."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from demo_cloud import DemoCloud
from stores import tables
from tests.data_plane.processes import RoleProcess
from tests.data_plane.scripted import until
from tests.faults.picture import Picture
from tests.faults.servers import Place, embedded
from tests.faults.stage import LEASE_SECONDS, PATIENCE_SECONDS, Stage, staged

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300), pytest.mark.xdist_group("faults-pauses")]

PAUSE_SECONDS = 60.0
KEPT = (
    *(tables.scans, tables.tasks, tables.events, tables.resources, tables.findings, tables.evaluations),
    *(tables.settled_tasks, tables.progress),
)


async def everything(stage: Stage) -> dict[str, Counter[str]]:
    """All rows, with all that is in them."""
    async with stage.backbone.store.read() as reading:
        return {
            table.name: Counter(str(sorted(dict(row._mapping).items())) for row in await reading.rows(select(table)))
            for table in KEPT
        }


def lost(worker: RoleProcess, tasks: set[str]) -> bool:
    """Whether it noticed that these are no longer its own."""
    return tasks <= {line.get("task_id") for line in worker.lines() if line["event"] == "task_lost"}


async def noticed(stage: Stage, worker: RoleProcess, tasks: set[str]) -> None:
    """Wait until it noticed, and until all that it sent is stored."""

    async def quiet() -> bool:
        return lost(worker, tasks) and sum((await stage.stored()).values()) == await stage.sent()

    await until(quiet, seconds=PATIENCE_SECONDS)


async def test_a_worker_comes_back_after_a_minute(
    servers: Place, cloud: DemoCloud, reference: Picture, tmp_path: Path
) -> None:
    async with staged(servers, cloud, tmp_path) as stage:
        roles = stage.start_all()
        await stage.ask()
        await stage.in_flight(events=200)
        roles["worker"].pause()
        paused = asyncio.get_running_loop().time()
        at_work = set(await stage.running())
        assert at_work
        stage.start("worker")
        picture = await stage.at_its_end(seconds=PATIENCE_SECONDS + PAUSE_SECONDS)
        assert picture.differences(reference) == []
        await asyncio.sleep(max(0.0, paused + PAUSE_SECONDS - asyncio.get_running_loop().time()))
        before = await everything(stage)
        roles["worker"].go_on()
        await noticed(stage, roles["worker"], at_work)
        assert await everything(stage) == before


async def test_a_worker_comes_back_while_another_one_does_its_task(
    cloud: DemoCloud, reference: Picture, tmp_path: Path
) -> None:
    async with staged(embedded(tmp_path), cloud, tmp_path) as stage:
        roles = stage.start_all()
        await stage.ask()
        await stage.in_flight(events=200)
        await stage.pause_idle(roles["worker"])
        at_work = set(await stage.running())
        await asyncio.sleep(LEASE_SECONDS)
        stage.start("worker")

        async def taken_over() -> bool:
            return any(row.attempt > 1 for name, row in (await stage.running()).items() if name in at_work)

        await until(taken_over, seconds=PATIENCE_SECONDS)
        roles["worker"].go_on()
        assert set(await stage.running()) & at_work
        assert (await stage.at_its_end()).differences(reference) == []
        await noticed(stage, roles["worker"], at_work)
