"""``sentinel policy aws``: enough for a whole scan, and not one action more than that."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cli.board import Board
from cli.progress import open_progress
from cli.scan.engine import ScanRun
from cli.scan.tally import Tally
from connections import connect
from demo_cloud import DemoCloud
from scanners.core.limits import Limits
from scanners.core.rulebook import DEFAULTS
from scanners.core.run import operations_of
from schemas.catalogue import check_provider
from schemas.event import CATEGORIES, Event
from schemas.policy import aws_policy, declared_operations
from schemas.scan import Connection, ScanSpec
from schemas.settings import Settings
from tests.cli.conftest import ACCOUNT
from tests.cli.terminal import sentinel

PROVIDER = check_provider("aws")
EVERY = tuple(entry.service for entry in PROVIDER.services)
TELLS_OF_REGIONS = ("ec2",)
REGIONS = ("eu-west-1", "us-east-1")


def actions_of(services: tuple[str, ...]) -> list[str]:
    policy = aws_policy(declared_operations("aws", services))
    return [action for statement in policy["Statement"] for action in statement["Action"]]


@dataclass
class Kept:
    """The types of the events, and nothing else of them."""

    name: str = "kept"
    types: list[str] = field(default_factory=list)

    def write(self, events: Sequence[Event]) -> None:
        self.types += [event.type for event in events]

    def close(self) -> None: ...


def scanned(cloud: DemoCloud, services: tuple[str, ...], regions: tuple[str, ...] | None) -> tuple[Tally, Kept]:
    """One scan of the demo account through its role, with what its policy allows now."""
    spec = ScanSpec(
        scan_id="0" * 32,
        client_id="default",
        provider="aws",
        connection=Connection(mode="demo", account=ACCOUNT),
        services=services,
        regions=regions,
        categories=CATEGORIES,
        resource_ids=None,
        lookback_days=14,
        asof=cloud.now,
    )
    settings = Settings(demo_endpoint=cloud.endpoint, worker_tasks=8)
    clients = connect(spec, operations=operations_of("aws", services), settings=settings)
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
        clock=lambda: cloud.now,
        book=DEFAULTS,
    )
    asyncio.run(run.run())
    asyncio.run(clients.close())
    return tally, kept


@pytest.fixture(scope="module")
def guarded() -> Iterator[DemoCloud]:
    with DemoCloud.start() as running:
        yield running


@pytest.mark.parametrize("services", [EVERY, *((service,) for service in EVERY)], ids="+".join)
def test_the_policy_is_enough(guarded: DemoCloud, services: tuple[str, ...]) -> None:
    guarded.allow({ACCOUNT: actions_of(services)})
    tally, _ = scanned(guarded, services, None if services == EVERY else REGIONS)
    assert tally.gaps == {}
    assert tally.covered == services
    assert sum(tally.resources.values()) > 0


@pytest.mark.parametrize("action", actions_of(EVERY))
def test_no_action_of_the_policy_can_be_missed(guarded: DemoCloud, action: str) -> None:
    """All services that declare the action: each tells what it lost, with the action's name and no other."""
    users = tuple(entry.service for entry in PROVIDER.services if action in entry.permissions)
    granted = actions_of(users or EVERY[:1])
    assert action in granted
    guarded.allow({ACCOUNT: [other for other in granted if other != action]})
    tally, kept = scanned(guarded, users or EVERY[:1], REGIONS)
    [gap] = tally.gaps.values()
    assert (gap.example.status, gap.example.action) == ("denied", action)
    assert gap.services == set(users or TELLS_OF_REGIONS)
    assert tally.incomplete
    assert {kind.split(".")[2] for kind in kept.types if kind.endswith(".denied")} == gap.services


def test_the_command_prints_it(home: Path) -> None:
    ran = sentinel("policy", "aws", "--services", "eip,@storage", home=home)
    assert (ran.code, ran.err) == (0, "")
    policy = json.loads(ran.out)
    assert policy["Version"] == "2012-10-17"
    granted = [action for statement in policy["Statement"] for action in statement["Action"]]
    assert {"ec2:DescribeAddresses", "ec2:DescribeVolumes", "ec2:DescribeRegions", "s3:ListAllMyBuckets"} < set(granted)
    assert "sts:GetCallerIdentity" not in granted
    assert not [action for action in granted if "*" in action]


def test_a_misspelt_service_gets_the_nearest(home: Path) -> None:
    ran = sentinel("policy", "aws", "--services", "snapshots", home=home)
    assert (ran.code, ran.out) == (2, "")
    assert 'did you mean "snapshot"?' in ran.err


def test_the_catalogue_declares_what_the_guard_lets_through() -> None:
    assert declared_operations("aws", EVERY) == operations_of("aws", None)
