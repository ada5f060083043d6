"""Each role is killed by SIGKILL in the middle of its work, and what the scan leaves behind is the same."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from bus.kafka_read import ANSWER_SECONDS
from demo_cloud import DemoCloud
from schemas.event import utc_now
from schemas.states import ScanStatus
from schemas.topics import EVENTS, TASKS
from tests.data_plane.processes import RoleProcess
from tests.data_plane.scripted import until
from tests.faults.picture import Picture
from tests.faults.servers import Place, committed
from tests.faults.stage import LEASE_SECONDS, Stage, staged

READ_SECONDS = 2.0
"""In so long a materializer that has started has joined its group and read a batch."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240), pytest.mark.xdist_group("faults-kills")]


async def test_the_api_is_killed_right_after_its_202(
    place: Place, cloud: DemoCloud, reference: Picture, tmp_path: Path
) -> None:
    async with staged(place, cloud, tmp_path) as stage:
        roles = stage.start_all()
        await until(lambda: started(roles["planner"]))
        await stage.pause_idle(roles["planner"])
        status = await stage.ask()
        roles["api"].kill()
        assert status == 202
        assert (await stage.row()).status is ScanStatus.QUEUED
        assert await stage.unsent_scans() == [stage.scan_id]
        roles["planner"].go_on()
        stage.start("api")
        await stage.in_flight()
        assert await stage.ask() == 202  # the client did not hear the first answer and asks again: the same scan
        assert (await stage.at_its_end()).differences(reference) == []


async def started(process: RoleProcess) -> bool:
    return process.says("started")


async def test_the_planner_is_killed_between_its_rows_and_their_messages(
    place: Place, cloud: DemoCloud, reference: Picture, tmp_path: Path
) -> None:
    async with staged(place, cloud, tmp_path) as stage:
        roles = stage.start_all()
        await stage.ask()
        async with stage.planned_in_silence(roles["planner"]):
            roles["planner"].kill()
            unsent = {row.task_id for row in await stage.unsent()}
            planned = {row.task_id for row in (await stage.tasks()).values()} - discovery(stage)
        # a broker that goes on may still take what stands in its socket: the rows do not know of that
        assert unsent == planned
        assert len(unsent) == len(reference.tasks) - 1
        stage.start("planner")
        assert (await stage.at_its_end()).differences(reference) == []


def discovery(stage: Stage) -> set[str]:
    return {f"{stage.scan_id}-discover"}


async def test_the_relay_is_killed_between_its_messages_and_their_mark(
    place: Place, cloud: DemoCloud, reference: Picture, tmp_path: Path
) -> None:
    every = len(reference.tasks)
    async with staged(place, cloud, tmp_path) as stage:
        roles = stage.start_all()
        await stage.ask()
        async with AsyncExitStack() as store_held:
            async with stage.planned_in_silence(roles["planner"]):
                await store_held.enter_async_context(stage.backbone.store.write())
            await until(lambda: messages(stage, every), seconds=60)
            roles["planner"].kill()
            assert len(await stage.unsent()) == every - 1
        stage.start("planner")
        picture = await stage.at_its_end()
        assert await stage.sent(TASKS) > every
        assert picture.differences(reference) == []


async def messages(stage: Stage, count: int) -> bool:
    """So many dispatches are out."""
    return await stage.sent(TASKS) >= count


async def test_a_worker_is_killed_with_a_task_half_done(
    place: Place, cloud: DemoCloud, reference: Picture, tmp_path: Path
) -> None:
    async with staged(place, cloud, tmp_path) as stage:
        roles = stage.start_all()
        await stage.ask()
        await stage.in_flight(events=200)
        roles["worker"].kill()
        running = await stage.running()
        assert running
        assert 0 < await stage.sent() < reference.events.total()
        stage.start("worker")
        assert (await stage.at_its_end()).differences(reference) == []
        ended = await stage.tasks()
        assert {name for name, row in ended.items() if row.attempt > 1} == set(running)


async def test_the_materializer_is_killed_between_its_rows_and_its_commit(
    place: Place, cloud: DemoCloud, reference: Picture, tmp_path: Path
) -> None:
    async with staged(place, cloud, tmp_path) as stage:
        for role in ("api", "planner", "worker"):
            stage.start(role)
        await stage.ask()
        await stage.in_flight(events=200)
        while not await killed_before_its_commit(stage):
            pass
        ahead = await stage.stored()
        behind = await committed(place, "store", EVENTS)
        assert any(offset > behind.get(part, 0) for part, offset in ahead.items())
        assert (await stage.row()).status is ScanStatus.RUNNING
        stage.start("materializer")
        assert (await stage.at_its_end()).differences(reference) == []


async def killed_before_its_commit(stage: Stage) -> bool:
    """Its first batch waits for the store; when that lets it write, the bus no longer takes its commit.

    False when it had not read a batch when the bus was held: it has written nothing then.
    """
    materializer = stage.start("materializer")
    await until(lambda: started(materializer), seconds=60)
    bus_held = AsyncExitStack()
    async with stage.backbone.store.write():
        before = await stage.stored()
        await asyncio.sleep(READ_SECONDS)
        await bus_held.enter_async_context(stage.place.bus_held())
    try:
        await until(lambda: has_stored(stage, before), seconds=ANSWER_SECONDS - 1)
    except TimeoutError:
        return False
    finally:
        materializer.kill()
        await bus_held.aclose()
    return True


async def has_stored(stage: Stage, before: dict[int, int]) -> bool:
    return await stage.stored() != before


async def test_the_reaper_is_killed_before_it_gives_an_expired_task_away(
    place: Place, cloud: DemoCloud, reference: Picture, tmp_path: Path
) -> None:
    async with staged(place, cloud, tmp_path) as stage:
        roles = stage.start_all()
        await stage.ask()
        await stage.in_flight(events=200)
        async with stage.backbone.store.write():
            roles["worker"].kill()
            await asyncio.sleep(LEASE_SECONDS * 1.5)
            roles["planner"].kill()
        expired = [row for row in (await stage.running()).values() if row.lease_until and row.lease_until < utc_now()]
        assert expired
        stage.start("planner")
        stage.start("worker")
        picture = await stage.at_its_end()
        assert picture.differences(reference) == []
        ended = await stage.tasks()
        assert all(ended[row.task_id].attempt == 2 for row in expired)
