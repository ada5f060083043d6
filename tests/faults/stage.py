"""A whole system for one scan: each role its own process, over a bus and a store that are given."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import TimeoutExpired
from typing import Any

import httpx

from cli.ports import free_port
from data_plane.backbone import Backbone
from demo_cloud import DemoCloud
from schemas.settings import Settings
from schemas.states import SCAN_TERMINAL, TaskStatus
from schemas.topics import EVENTS
from stores import facts, progress, scans, tasks
from stores.scans import ScanRow
from stores.tasks import TaskRow
from tests.data_plane.conftest import open_backbone
from tests.data_plane.processes import RoleProcess, ending
from tests.data_plane.scripted import until
from tests.faults.picture import Picture, take_picture
from tests.faults.servers import Place
from tests.support.identity import SIGNED_IN

LEASE_SECONDS = 3.0
PATIENCE_SECONDS = 90.0
CALL_SECONDS = 0.15
DISCOVERY_SECONDS = 1.5
ROLES = ("api", "planner", "materializer", "worker")
SERVICES = ("ebs", "ec2", "s3")
REGIONS = ("eu-central-1", "us-east-1")


def slow_cloud(call_seconds: float = CALL_SECONDS) -> DemoCloud:
    """A demo cloud in small pages, each of which takes its time: a scan of some seconds."""
    cloud = DemoCloud.start(page_size=10)
    slow_down(cloud, call_seconds)
    return cloud


def slow_down(cloud: DemoCloud, call_seconds: float) -> None:
    """From now on each call takes so long, and the discovery of an account long enough to be met."""
    cloud.order()
    discovery = {
        "kind": "delay",
        "seconds": 10 * call_seconds,
        "times": None,
        "match": {"operation": "DescribeRegions"},
    }
    cloud.order(discovery, {"kind": "delay", "seconds": call_seconds, "times": None})


@dataclass
class Stage:
    """One scan and the processes at work on it. What a test looks at is read from the store and the bus themselves."""

    place: Place
    cloud: DemoCloud
    home: Path
    backbone: Backbone
    settings: dict[str, object] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    played: list[RoleProcess] = field(default_factory=list)
    scan_id: str = ""

    def start(self, role: str) -> RoleProcess:
        """One more process. From the main thread."""
        settings: dict[str, object] = {
            "bus": self.place.bus,
            "store": self.place.store,
            "port": self.port,
            "demo_endpoint": self.cloud.endpoint,
            "fixed_now": self.cloud.now.isoformat(),
            "id_seed": "faults",
            "lease_seconds": LEASE_SECONDS,
            "worker_tasks": 2,
            "requests_per_second": 200,
        }
        log = self.home / f"{role}-{len(self.played)}-{secrets.token_hex(2)}.log"
        process = RoleProcess(role, self.home, log, **settings | self.settings)
        self.played.append(process)
        return process

    def start_all(self) -> dict[str, RoleProcess]:
        return {role: self.start(role) for role in ROLES}

    async def ask(self) -> int:
        """Post the scan, again and again until somebody answers; the status. The key makes it one scan."""
        asked = {
            "provider": "aws",
            "connection": {"mode": "demo", "account": self.cloud.accounts[0]},
            "services": SERVICES,
            "regions": REGIONS,
        }
        answers: list[httpx.Response] = []

        async def answered() -> bool:
            try:
                url = f"http://127.0.0.1:{self.port}/api/v1/scans"
                answers.append(await http.post(url, json=asked, headers={"Idempotency-Key": "faults"}))
            except httpx.TransportError:
                return False
            return answers[-1].status_code < httpx.codes.INTERNAL_SERVER_ERROR

        async with httpx.AsyncClient(timeout=10, headers=SIGNED_IN) as http:
            await until(answered, seconds=PATIENCE_SECONDS)
        self.scan_id = answers[-1].json()["scan_id"]
        return answers[-1].status_code

    async def row(self) -> ScanRow:
        async with self.backbone.store.read() as reading:
            row = await scans.get_scan(reading, None, self.scan_id)
        assert row is not None
        return row

    async def tasks(self) -> dict[str, TaskRow]:
        async with self.backbone.store.read() as reading:
            return {row.task_id: row for row in await tasks.list_tasks(reading, self.scan_id)}

    async def running(self) -> dict[str, TaskRow]:
        """The tasks that a worker owns now."""
        return {name: row for name, row in (await self.tasks()).items() if row.status is TaskStatus.RUNNING}

    async def steps(self, kind: str) -> list[dict[str, Any]]:
        """What the steps of one kind told of the scan."""
        async with self.backbone.store.read() as reading:
            told = await progress.after(reading, self.scan_id, 0, 100_000)
        return [step.payload for step in told if step.kind == kind]

    async def unsent(self) -> list[TaskRow]:
        """Task rows that nobody was told of."""
        async with self.backbone.store.read() as reading:
            return await tasks.unpublished_tasks(reading, 1000)

    async def unsent_scans(self) -> list[str]:
        """Scans of which nobody was told."""
        async with self.backbone.store.read() as reading:
            return [row.spec.scan_id for row in await scans.unpublished_scans(reading, 1000)]

    async def sent(self, topic: str = EVENTS) -> int:
        """Messages in a topic."""
        return sum((await self.backbone.bus.end_offsets(topic)).values())

    async def stored(self) -> dict[int, int]:
        """Up to which offset the store has the events, by partition."""
        async with self.backbone.store.read() as reading:
            return {part: offset for (topic, part), offset in (await facts.positions(reading)).items()}

    async def in_flight(self, events: int = 1) -> None:
        """Wait until a task of the plan runs and so many events are out. Raises ``TimeoutError``."""

        async def at_work() -> bool:
            kinds = {row.kind for row in (await self.running()).values()}
            return "scan" in kinds and await self.sent() >= events

        await until(at_work, seconds=PATIENCE_SECONDS)

    async def at_its_end(self, *, seconds: float = PATIENCE_SECONDS) -> Picture:
        """Wait for the end of the scan, and for the last word of the relay."""

        async def over() -> bool:
            if (await self.row()).status not in SCAN_TERMINAL:
                return False
            async with self.backbone.store.read() as reading:
                return not await progress.unpublished(reading, 1)

        await until(over, seconds=seconds)
        return await take_picture(self.backbone, self.scan_id)

    async def pause_idle(self, process: RoleProcess) -> None:
        """Pause it at a moment when it holds no lock that others wait for."""

        async def idle() -> bool:
            process.pause()
            if await self._free():
                return True
            process.go_on()
            return False

        await until(idle, seconds=PATIENCE_SECONDS)

    async def _free(self) -> bool:
        try:
            async with asyncio.timeout(1), self.backbone.store.write():
                return True
        except TimeoutError:
            return False

    @asynccontextmanager
    async def planned_in_silence(self, planner: RoleProcess) -> AsyncIterator[None]:
        """The rows of the plan are there, the bus takes nothing, and the planner waits with their messages in hand."""
        await until(lambda: self._discovering(planner), seconds=PATIENCE_SECONDS)
        async with self.place.bus_held():
            await until(self._discovered, seconds=PATIENCE_SECONDS)
            planner.go_on()
            await until(self._planned, seconds=PATIENCE_SECONDS)
            yield

    async def _discovering(self, planner: RoleProcess) -> bool:
        """The discovery runs, and all that was to be told of it is told: the planner has nothing to do. Paused then."""

        async def waits() -> bool:
            async with self.backbone.store.read() as reading:
                told = not await progress.unpublished(reading, 1)
            return told and any(row.kind == "discover" for row in (await self.running()).values())

        if not await waits():
            return False
        await self.pause_idle(planner)
        if await waits():
            return True
        planner.go_on()
        return False

    async def _discovered(self) -> bool:
        return all(row.status is TaskStatus.SUCCEEDED for row in (await self.tasks()).values())

    async def _planned(self) -> bool:
        return len(await self.tasks()) > 1

    def told(self) -> str:
        """What the processes logged, for a person who looks at a failure."""
        return "\n".join(f"--- {each.log.name}\n{each.log.read_text()[-4000:]}" for each in self.played)


@asynccontextmanager
async def staged(place: Place, cloud: DemoCloud, home: Path, **settings: object) -> AsyncIterator[Stage]:
    """An empty stage; nothing that was started on it outlives the block."""
    backbone = await open_backbone(Settings(home=home, bus=place.bus, store=place.store))
    stage = Stage(place, cloud, home, backbone, settings)
    try:
        yield stage
    except BaseException:
        print(stage.told())
        raise
    finally:
        with ending(*stage.played):
            for each in stage.played:
                each.go_on()
                each.process.terminate()
            for each in stage.played:
                with suppress(TimeoutExpired):
                    each.process.wait(10)
        await backbone.close()


async def undisturbed(place: Place, cloud: DemoCloud, home: Path) -> Picture:
    """What a scan leaves behind when nothing happens to it."""
    async with staged(place, cloud, home) as stage:
        stage.start_all()
        await stage.ask()
        return await stage.at_its_end()
