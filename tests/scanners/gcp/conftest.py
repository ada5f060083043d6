"""A local Google Cloud for tests: the demo's servers in this process, on sockets, with pages that are cut small."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

import pytest

from connections import connect
from demo_cloud.gcp.scenario import build_world
from demo_cloud.gcp.server import Apis, Control, Fault
from demo_cloud.gcp.world import PROJECT, World
from scanners.core.run import Limits, operations_of, run_task
from schemas.event import CATEGORIES, Event
from schemas.scan import Connection, ScanSpec, TaskOutcome, TaskSpec
from schemas.settings import Settings
from tests.scanners.running import Result

NOW = datetime(2026, 11, 21, 4, tzinfo=UTC)
EVERY = ("address", "disk", "instance", "snapshot")
PRINCIPAL = "scanner@example.iam.gserviceaccount.com"


@dataclass
class Cloud:
    """The servers, and what a test may do to them."""

    world: World
    control: Control = field(default_factory=Control)
    apis: Any = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.apis.port}"

    def fault(self, method: str, code: str, **more: Any) -> None:
        self.control.faults.append(Fault(method, code, **more))


def serve(world: World, page_size: int) -> Iterator[Cloud]:
    cloud = Cloud(world)
    cloud.apis = Apis(world, cloud.control, page_size=page_size)
    yield cloud
    cloud.apis.stop()


@pytest.fixture
def gcp() -> Iterator[Cloud]:
    yield from serve(build_world(NOW), 3)


def spec(**change: Any) -> ScanSpec:
    told: dict[str, Any] = {
        "scan_id": "scan-1",
        "client_id": "acme",
        "provider": "gcp",
        "connection": Connection(mode="demo", account=PROJECT),
        "services": EVERY,
        "regions": None,
        "categories": CATEGORIES,
        "resource_ids": None,
        "lookback_days": 14,
        "asof": NOW,
    }
    return ScanSpec(**{**told, **change})


Scan = Callable[..., Any]


@pytest.fixture
async def scan(gcp: Cloud) -> AsyncIterator[Scan]:
    """Runs one task against the local cloud, over the real connection."""
    opened = []

    async def run(kind: Literal["discover", "scan"] = "scan", **change: Any) -> Result:
        asked = spec(**change)
        clients = connect(
            asked, operations=operations_of("gcp", asked.services), settings=Settings(gcp_endpoint=gcp.endpoint)
        )
        opened.append(clients)
        task = TaskSpec(
            asked, "task-1", kind, 1, PROJECT if kind == "scan" else "", "gcp", PRINCIPAL if kind == "scan" else "",
            "compute", "global", asked.services,
        )  # fmt: skip
        return await run_one(task, clients)

    yield run
    for clients in opened:
        await clients.close()


async def run_one(task: TaskSpec, clients: Any) -> Result:
    events: list[Event] = []

    async def emit(batch: Any) -> None:
        events.extend(batch)

    async def ours() -> bool:
        return True

    limits = Limits(requests_per_second=1000, first_pause=0.001)
    try:
        outcome: TaskOutcome = await run_task(task, clients, emit=emit, still_ours=ours, limits=limits)
    finally:
        limits.close()
    return Result(outcome, events)
