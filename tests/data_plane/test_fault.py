"""A worker is killed in the middle of a scan of the demo cloud, and nobody can tell from the facts."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bus import Bus
from data_plane.backbone import Backbone
from schemas.event import decode, utc_now
from schemas.scan import Connection
from schemas.settings import Settings
from schemas.states import SCAN_TERMINAL, ScanStatus, TaskStatus
from schemas.topics import EVENTS
from stores import scans, tasks
from stores.events import EventQuery, find_events
from stores.scans import ScanRow
from stores.tasks import TaskRow
from tests.data_plane.conftest import open_backbone
from tests.data_plane.demo import DemoCloud
from tests.data_plane.processes import RoleProcess, ending
from tests.data_plane.scripted import spec_of, until

SCAN = "scan-fault"
SERVICES = ("ebs", "ec2", "eip", "s3", "snapshot")
CALL_SECONDS = 0.06
LEASE_SECONDS = 1.0
SEEDS = range(10)

Facts = frozenset[tuple[str, str, str, str]]


@dataclass(frozen=True)
class Ended:
    """A scan at its end, and what was stored of it."""

    row: ScanRow
    tasks: list[TaskRow]
    facts: Facts


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoCloud]:
    with DemoCloud.started(tmp_path_factory.mktemp("demo")) as cloud:
        cloud.slow_down(CALL_SECONDS)
        yield cloud


@pytest.fixture(scope="module")
def undisturbed(demo: DemoCloud, tmp_path_factory: pytest.TempPathFactory) -> Ended:
    return asyncio.run(scan_alone(demo, tmp_path_factory.mktemp("undisturbed")))


async def scan_alone(demo: DemoCloud, home: Path) -> Ended:
    async with scanning(demo, home) as (backbone, roles), asyncio.timeout(60):
        await at_its_end(backbone)
        return await ended(backbone)


@asynccontextmanager
async def scanning(demo: DemoCloud, home: Path) -> AsyncIterator[tuple[Backbone, dict[str, RoleProcess]]]:
    """A scan just accepted, and the three roles at work on it."""
    backbone = await open_backbone(Settings(home=home, lease_seconds=LEASE_SECONDS))
    spec = spec_of(
        SCAN,
        connection=Connection(mode="demo", account=demo.account),
        services=SERVICES,
        categories=("metadata", "performance", "cost", "waste", "security"),
        asof=demo.now,
    )
    async with backbone.store.write() as writing:
        await scans.insert_scan(writing, spec, utc_now())
    roles = {role: start(role, demo, home) for role in ("planner", "materializer", "worker")}
    try:
        with ending(*roles.values()):
            yield backbone, roles
    finally:
        await backbone.close()


def start(role: str, demo: DemoCloud, home: Path, name: str = "") -> RoleProcess:
    log = home / f"{name or role}.log"
    return RoleProcess(role, home, log, demo_endpoint=demo.endpoint, lease_seconds=LEASE_SECONDS, worker_tasks=2)


async def at_its_end(backbone: Backbone) -> None:
    async def over() -> bool:
        async with backbone.store.read() as reading:
            row = await scans.get_scan(reading, None, SCAN)
        return row is not None and row.status in SCAN_TERMINAL

    await until(over, seconds=60)


async def ended(backbone: Backbone) -> Ended:
    async with backbone.store.read() as reading:
        row = await scans.get_scan(reading, None, SCAN)
        found = await tasks.list_tasks(reading, SCAN)
        bodies = await find_events(reading, EventQuery(client_id="acme", scan_id=SCAN, limit=1_000_000))
    assert row is not None
    return Ended(row, found, frozenset(map(canonical, bodies)))


def canonical(body: bytes) -> tuple[str, str, str, str]:
    event = decode(body)
    return (event.id, event.type, event.subject, json.dumps(msgspec.to_builtins(event.data), sort_keys=True))


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


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_killed_worker_changes_nothing(
    seed: int, demo: DemoCloud, undisturbed: Ended, tmp_path: Path
) -> None:
    every = len(undisturbed.facts)
    share = random.Random(seed).uniform(0.25, 0.7)

    async with scanning(demo, tmp_path) as (backbone, roles), asyncio.timeout(60):
        await until(lambda: out(backbone, share * every), seconds=30)
        running = await running_tasks(backbone)
        roles["worker"].kill()
        at_death = await sent(backbone.bus)
        successor = start("worker", demo, tmp_path, "successor")
        with ending(successor):
            await at_its_end(backbone)
            end = await ended(backbone)

    assert running
    assert 0.2 * every <= at_death <= 0.8 * every
    assert end.row.status is ScanStatus.COMPLETED
    assert end.facts == undisturbed.facts
    assert max(task.attempt for task in end.tasks) >= 2


async def out(backbone: Backbone, events: float) -> bool:
    return await sent(backbone.bus) >= events


async def running_tasks(backbone: Backbone) -> list[str]:
    async with backbone.store.read() as reading:
        return [row.task_id for row in await tasks.list_tasks(reading, SCAN) if row.status is TaskStatus.RUNNING]
