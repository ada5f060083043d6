"""``sentinel policy gcp``: enough for a whole scan, and not one permission more than that."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli.board import Board
from cli.progress import open_progress
from cli.scan.engine import ScanRun
from cli.scan.tally import Tally
from connections import connect
from demo_cloud.gcp.scenario import build_world
from demo_cloud.gcp.server import Apis, Control
from demo_cloud.gcp.world import PROJECT
from scanners.core.limits import Limits
from scanners.core.rulebook import DEFAULTS
from scanners.core.run import operations_of
from schemas.catalogue import check_provider
from schemas.event import CATEGORIES
from schemas.policy import declared_operations, gcp_role
from schemas.scan import Connection, ScanSpec
from schemas.settings import Settings
from tests.cli.terminal import sentinel
from tests.cli.test_policy import Kept

NOW = datetime(2026, 11, 21, 4, tzinfo=UTC)
PROVIDER = check_provider("gcp")
EVERY = tuple(entry.service for entry in PROVIDER.services)


def permissions_of(services: tuple[str, ...]) -> list[str]:
    permissions: list[str] = gcp_role(declared_operations("gcp", services))["includedPermissions"]
    return permissions


@pytest.fixture(scope="module")
def cloud() -> Iterator[tuple[Apis, Control]]:
    control = Control()
    apis = Apis(build_world(NOW), control)
    yield apis, control
    apis.stop()


async def scan(apis: Apis, services: tuple[str, ...]) -> tuple[Tally, Kept]:
    """One scan of the demo's project, with what its role allows now."""
    spec = ScanSpec(
        scan_id="0" * 32,
        client_id="default",
        provider="gcp",
        connection=Connection(mode="demo", account=PROJECT),
        services=services,
        regions=None,
        categories=CATEGORIES,
        resource_ids=None,
        lookback_days=14,
        asof=NOW,
    )
    settings = Settings(gcp_endpoint=f"http://127.0.0.1:{apis.port}")
    clients = connect(spec, operations=operations_of("gcp", services), settings=settings)
    board, kept, tally = Board(time.monotonic), Kept(), Tally(services)
    run = ScanRun(
        spec=spec,
        clients=clients,
        limits=Limits(1000.0, 8),
        lines=kept,
        tally=tally,
        board=board,
        progress=open_progress(board, quiet=True),
        settings=settings,
        clock=lambda: NOW,
        book=DEFAULTS,
    )
    await run.run()
    await clients.close()
    return tally, kept


@pytest.mark.parametrize("services", [EVERY, *((service,) for service in EVERY)], ids="+".join)
def test_the_role_is_enough(cloud: tuple[Apis, Control], services: tuple[str, ...]) -> None:
    apis, control = cloud
    control.allowed = permissions_of(services)
    tally, _ = asyncio.run(scan(apis, services))
    assert tally.gaps == {}
    assert tally.covered == services
    assert sum(tally.resources.values()) > 0


@pytest.mark.parametrize("permission", permissions_of(EVERY))
def test_no_permission_of_the_role_can_be_missed(cloud: tuple[Apis, Control], permission: str) -> None:
    """All services that declare it: each tells what it lost, with the permission's name and no other."""
    apis, control = cloud
    users = tuple(entry.service for entry in PROVIDER.services if permission in entry.permissions)
    control.allowed = [other for other in permissions_of(users) if other != permission]
    tally, kept = asyncio.run(scan(apis, users))
    assert {(gap.example.status, gap.example.action) for gap in tally.gaps.values()} == {("denied", permission)}
    assert {service for gap in tally.gaps.values() for service in gap.services} == set(users)
    assert tally.incomplete
    assert {kind.split(".")[2] for kind in kept.types if kind.endswith(".denied")} == set(users)


def test_the_command_prints_it(home: Path) -> None:
    ran = sentinel("policy", "gcp", "--services", "address,snapshot", home=home)
    assert (ran.code, ran.err) == (0, "")
    role = json.loads(ran.out)
    assert set(role) == {"title", "description", "stage", "includedPermissions"}
    assert role["includedPermissions"] == ["cloudasset.assets.listResource"]


def test_series_need_one_permission_more(home: Path) -> None:
    role = json.loads(sentinel("policy", "gcp", home=home).out)
    assert role["includedPermissions"] == ["cloudasset.assets.listResource", "monitoring.timeSeries.list"]


def test_the_catalogue_declares_what_the_guard_lets_through() -> None:
    assert declared_operations("gcp", EVERY) == operations_of("gcp", None)
