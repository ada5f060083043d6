"""A worker keeps the raw answers of its tasks apart, and drops what was kept long enough."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from connections.raw import answers, keep
from data_plane.backbone import Backbone
from data_plane.raw_retention import keep_raw_retention
from scanners.core.job import Emit, StillOurs
from schemas.scan import TaskOutcome, TaskSpec
from schemas.settings import Settings
from schemas.states import TaskStatus
from tests.data_plane.scripted import Scripted, tidy, until
from tests.data_plane.test_planner import SCAN, planned
from tests.data_plane.test_worker import has_status, working


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, lease_seconds=1.0, tick_seconds=0.05, worker_tasks=2, raw=tmp_path / "raw")


async def test_tasks_that_run_side_by_side_keep_their_own_answers(backbone: Backbone, tmp_path: Path) -> None:
    async def asks(task: TaskSpec, emit: Emit, still_ours: StillOurs) -> TaskOutcome:
        for number in range(5):
            keep("ec2:DescribeVolumes", task.region, None, 200, {"n": number, "region": task.region})
            await asyncio.sleep(0.01)
        return await tidy(task, emit, still_ours)

    ids = await planned(backbone)
    async with working(backbone, Scripted(asks)):
        for task_id in ids:
            await until(lambda task_id=task_id: has_status(backbone, task_id, TaskStatus.SUCCEEDED))  # type: ignore[misc]
    for task_id in ids:
        kept = list(answers(tmp_path / "raw", SCAN, task_id=task_id))
        assert [line["answer"]["n"] for line in kept] == [0, 1, 2, 3, 4]
        assert {line["region"] for line in kept} == {kept[0]["answer"]["region"]}


async def test_a_worker_drops_what_was_kept_long_enough(backbone: Backbone, tmp_path: Path) -> None:
    place = tmp_path / "raw" / "scan-old"
    place.mkdir(parents=True)
    for name in ("t.1.jsonl.gz", "t.2.jsonl.gz.part"):
        (place / name).touch()
        os.utime(place / name, (0, 0))
    stop = asyncio.Event()
    retention = asyncio.create_task(keep_raw_retention(backbone, stop))

    async def gone() -> bool:
        return not place.exists()

    await until(gone)
    stop.set()
    await retention
