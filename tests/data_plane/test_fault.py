"""A worker is killed in the middle of a scan of the demo cloud, and nobody can tell from the facts."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bus import Bus
from data_plane.backbone import Backbone
from demo_cloud import DemoCloud
from schemas.states import ScanStatus, TaskStatus
from schemas.topics import EVENTS
from stores import tasks
from tests.data_plane.demo_scan import SCAN, SERVICES, Ended, at_its_end, ended, scanning, start
from tests.data_plane.processes import ending
from tests.data_plane.scripted import until

pytestmark = pytest.mark.xdist_group("fault")  # one process scans once for all seeds

CALL_SECONDS = 0.03
CALLS_PER_SECOND = 200
SEEDS = range(10)
AT_ONCE = 2


@pytest.fixture(scope="module")
def demo() -> Iterator[DemoCloud]:
    with DemoCloud.start(page_size=10) as cloud:
        cloud.order({"kind": "delay", "seconds": CALL_SECONDS, "times": None})
        yield cloud


@pytest.fixture(scope="module")
def undisturbed(demo: DemoCloud, tmp_path_factory: pytest.TempPathFactory) -> Ended:
    return asyncio.run(scan_alone(demo, tmp_path_factory.mktemp("undisturbed")))


async def scan_alone(demo: DemoCloud, home: Path) -> Ended:
    async with scanning(demo, home, requests_per_second=CALLS_PER_SECOND) as (backbone, _), asyncio.timeout(60):
        await at_its_end(backbone)
        return await ended(backbone)


async def sent(bus: Bus) -> int:
    """Events in the bus: those of the one scan, from its first attempts."""
    return sum((await bus.end_offsets(EVENTS)).values())


async def test_an_undisturbed_scan_sees_the_account(undisturbed: Ended) -> None:
    assert undisturbed.row.status is ScanStatus.COMPLETED
    assert {task.attempt for task in undisturbed.tasks} == {1}
    services = {kind.split(".")[2] for _, kind, _, _ in undisturbed.facts}
    assert services == set(SERVICES)
    told: Any = [task.outcome.events for task in undisturbed.tasks if task.outcome]
    assert len(undisturbed.facts) == sum(told)


@dataclass(frozen=True)
class Killed:
    """A scan whose worker was killed: what ran and what was out at that moment, and how the scan ended."""

    running: list[str]
    events_out: int
    end: Ended


@pytest.fixture(scope="module")
def killed(demo: DemoCloud, undisturbed: Ended, tmp_path_factory: pytest.TempPathFactory) -> dict[int, Killed]:
    """All seeds, a few at once: most of their time is spent waiting for leases to end."""
    homes = {seed: tmp_path_factory.mktemp(f"seed-{seed}") for seed in SEEDS}
    return asyncio.run(kill_all(demo, len(undisturbed.facts), homes))


async def kill_all(demo: DemoCloud, every: int, homes: dict[int, Path]) -> dict[int, Killed]:
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(seed: int, home: Path) -> tuple[int, Killed]:
        async with turns:
            return seed, await kill_worker(demo, home, random.Random(seed).uniform(0.25, 0.6) * every)

    return dict(await asyncio.gather(*(one(seed, home) for seed, home in homes.items())))


async def kill_worker(demo: DemoCloud, home: Path, events: float) -> Killed:
    """Kill the worker when so many events are out; another one takes over."""
    async with scanning(demo, home, requests_per_second=CALLS_PER_SECOND) as (backbone, roles), asyncio.timeout(90):
        await until(lambda: are_out(backbone, events), seconds=60)
        running = await running_tasks(backbone)
        roles["worker"].kill()
        events_out = await sent(backbone.bus)
        with ending(start("worker", demo, home, requests_per_second=CALLS_PER_SECOND)):
            await at_its_end(backbone)
            return Killed(running, events_out, await ended(backbone))


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_killed_worker_changes_nothing(seed: int, killed: dict[int, Killed], undisturbed: Ended) -> None:
    case, every = killed[seed], len(undisturbed.facts)
    assert case.running
    assert 0.2 * every <= case.events_out <= 0.8 * every
    assert case.end.row.status is ScanStatus.COMPLETED
    assert case.end.facts == undisturbed.facts
    assert {task.task_id for task in case.end.tasks if task.attempt >= 2} & set(case.running)


async def are_out(backbone: Backbone, events: float) -> bool:
    return await sent(backbone.bus) >= events


async def running_tasks(backbone: Backbone) -> list[str]:
    async with backbone.store.read() as reading:
        return [row.task_id for row in await tasks.list_tasks(reading, SCAN) if row.status is TaskStatus.RUNNING]
