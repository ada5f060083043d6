"""A scan of the demo cloud by real processes."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from data_plane.backbone import Backbone
from demo_cloud import DemoCloud
from schemas.event import CATEGORIES, decode, utc_now
from schemas.scan import Connection
from schemas.settings import Settings
from schemas.states import SCAN_TERMINAL
from stores import scans, tasks
from stores.events import EventQuery, find_events
from stores.scans import ScanRow
from stores.tasks import TaskRow
from tests.data_plane.conftest import open_backbone
from tests.data_plane.processes import RoleProcess, ending
from tests.data_plane.scripted import spec_of, until

SCAN = "scan-demo"
SERVICES = ("ebs", "ec2", "eip", "s3", "snapshot")
REGIONS = ("eu-central-1", "us-east-1")
LEASE_SECONDS = 3.0

Facts = frozenset[tuple[str, str, str, str]]


@dataclass(frozen=True)
class Ended:
    """A scan at its end, and what was stored of it."""

    row: ScanRow
    tasks: list[TaskRow]
    facts: Facts


@asynccontextmanager
async def scanning(
    demo: DemoCloud,
    home: Path,
    *,
    regions: tuple[str, ...] | None = REGIONS,
    categories: tuple[str, ...] = CATEGORIES,
    **settings: object,
) -> AsyncIterator[tuple[Backbone, dict[str, RoleProcess]]]:
    """A scan just accepted, and the three roles at work on it."""
    backbone = await open_backbone(Settings(home=home, lease_seconds=LEASE_SECONDS))
    spec = spec_of(
        SCAN,
        connection=Connection(mode="demo", account=demo.accounts[0]),
        services=SERVICES,
        regions=regions,
        categories=categories,
        asof=demo.now,
    )
    async with backbone.store.write() as writing:
        await scans.insert_scan(writing, spec, utc_now())
    roles = {role: start(role, demo, home, **settings) for role in ("planner", "materializer", "worker")}
    try:
        with ending(*roles.values()):
            yield backbone, roles
    finally:
        await backbone.close()


def start(role: str, demo: DemoCloud, home: Path, **settings: object) -> RoleProcess:
    log = home / f"{role}-{secrets.token_hex(2)}.log"
    return RoleProcess(
        role, home, log, demo_endpoint=demo.endpoint, lease_seconds=LEASE_SECONDS, worker_tasks=2, **settings
    )


async def at_its_end(backbone: Backbone, *, seconds: float = 60) -> None:
    async def over() -> bool:
        async with backbone.store.read() as reading:
            row = await scans.get_scan(reading, None, SCAN)
        return row is not None and row.status in SCAN_TERMINAL

    await until(over, seconds=seconds)


async def ended(backbone: Backbone) -> Ended:
    async with backbone.store.read() as reading:
        row = await scans.get_scan(reading, None, SCAN)
        found = await tasks.list_tasks(reading, SCAN)
        bodies = await find_events(reading, EventQuery(client_id="acme", scan_id=SCAN, limit=1_000_000))
    assert row is not None
    return Ended(row, found, frozenset(map(canonical, bodies)))


def canonical(body: bytes) -> tuple[str, str, str, str]:
    """What the scan cost (``measured``) is there too, without what differs from run to run."""
    event = decode(body)
    data = None if event.type.endswith(".measured") else msgspec.to_builtins(event.data)
    return (event.id, event.type, event.subject, json.dumps(data, sort_keys=True))
