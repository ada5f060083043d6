"""More than one of a kind at once, and members that come and go."""

from __future__ import annotations

import asyncio
from collections import deque
from pathlib import Path

import pytest

from demo_cloud import DemoCloud
from stores.tasks import TaskRow
from tests.data_plane.processes import RoleProcess
from tests.faults.picture import Picture
from tests.faults.servers import Place
from tests.faults.stage import CALL_SECONDS, Stage, slow_down, staged

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400), pytest.mark.xdist_group("faults-many")]

STORM_SECONDS = 30
GUESTS = 3
"""Workers beside the one that stays; each leaves when so many came after it."""


async def test_two_planners_plan_relay_and_reap_each_thing_once(
    place: Place, cloud: DemoCloud, reference: Picture, tmp_path: Path
) -> None:
    async with staged(place, cloud, tmp_path) as stage:
        roles = stage.start_all()
        planners = [roles["planner"], stage.start("planner")]
        await stage.ask()
        await stage.in_flight(events=200)
        roles["worker"].kill()
        expiring = await stage.running()
        assert expiring
        assert all(planner.says("started") and planner.process.poll() is None for planner in planners)
        stage.start("worker")
        assert (await stage.at_its_end()).differences(reference) == []
        assert sorted(told["task_id"] for told in await stage.steps("task_retried")) == sorted(expiring)


async def test_a_storm_of_rebalances_restarts_no_running_task(
    place: Place, cloud: DemoCloud, reference: Picture, tmp_path: Path
) -> None:
    slow_down(cloud, 20 * CALL_SECONDS)
    try:
        async with staged(place, cloud, tmp_path) as stage:
            roles = stage.start_all()
            await stage.ask()
            await stage.in_flight()
            kept = owned_by(await stage.running(), roles["worker"])
            left = await storm(stage)
            assert kept & set(await stage.running()), "the storm was over before the tasks"
            slow_down(cloud, CALL_SECONDS)
            assert (await stage.at_its_end()).differences(reference) == []
            ended = await stage.tasks()
            assert {ended[name].attempt for name in kept} == {1}
            assert all(by_a_leaver(told, left) for told in await stage.steps("task_retried"))
    finally:
        slow_down(cloud, CALL_SECONDS)


def owned_by(tasks: dict[str, TaskRow], worker: RoleProcess) -> set[str]:
    return {name for name, row in tasks.items() if f"-{worker.process.pid}-" in str(row.owner)}


async def storm(stage: Stage) -> list[RoleProcess]:
    """Each second a worker joins or one leaves. Those that left."""
    guests: deque[RoleProcess] = deque()
    left: list[RoleProcess] = []
    for second in range(STORM_SECONDS):
        if second % 2 == 0 or len(guests) < GUESTS:
            guests.append(stage.start("worker"))
        else:
            left.append(guests.popleft())
            left[-1].process.terminate()
        await asyncio.sleep(1)
    assert len(left) > STORM_SECONDS / 4
    return left


def by_a_leaver(told: dict[str, object], left: list[RoleProcess]) -> bool:
    """Its worker gave it back, or was gone before it could."""
    return bool(told.get("given_back")) or any(f"-{each.process.pid}-" in str(told["error"]) for each in left)
