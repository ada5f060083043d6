"""The same scan over PostgreSQL: whatever the store, the same facts, resources and findings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from demo_cloud import DemoCloud
from schemas.event import utc_now
from schemas.scan import Connection
from schemas.settings import Settings
from schemas.states import ScanStatus
from stores import scans
from stores.findings import FindingRow, find_findings
from stores.resources import ResourceRow, find_resources
from tests.data_plane.conftest import open_backbone
from tests.data_plane.demo_scan import SCAN, Ended, at_its_end, ended, start
from tests.data_plane.processes import ending
from tests.data_plane.scripted import spec_of
from tests.support.postgres import PASSWORD


@pytest.fixture(scope="module")
def demo() -> Iterator[DemoCloud]:
    with DemoCloud.start() as cloud:
        yield cloud


@pytest.fixture
def homes(tmp_path: Path) -> tuple[Path, Path]:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    return one, other


@dataclass(frozen=True)
class Stored:
    ended: Ended
    resources: list[ResourceRow]
    findings: list[FindingRow]
    log: str


async def scanned(demo: DemoCloud, home: Path, store: str) -> Stored:
    """A scan by one process with all roles, over the SQLite bus."""
    backbone = await open_backbone(Settings(home=home, store=store))
    connection = Connection(mode="demo", account=demo.accounts[0])
    spec = spec_of(SCAN, connection=connection, services=("ebs", "ec2", "s3"), regions=("eu-central-1",), asof=demo.now)
    async with backbone.store.write() as writing:
        await scans.insert_scan(writing, spec, utc_now())
    engine = start("engine", demo, home, store=store)
    try:
        with ending(engine):
            await at_its_end(backbone)
            assert engine.stop() == 0
        async with backbone.store.read() as reading:
            resources = await find_resources(reading, "acme", limit=10_000)
            findings = await find_findings(reading, "acme", now=utc_now(), limit=10_000)
        return Stored(await ended(backbone), resources, findings, engine.log.read_text())
    finally:
        await backbone.close()


async def test_a_scan_over_postgresql_stores_what_one_over_sqlite_does(
    demo: DemoCloud, homes: tuple[Path, Path], postgres_url: str
) -> None:
    one = await scanned(demo, homes[0], postgres_url)
    other = await scanned(demo, homes[1], f"sqlite:///{homes[1]}/store.sqlite")
    assert one.ended.row.status == other.ended.row.status == ScanStatus.COMPLETED
    assert len(one.ended.facts) > 500
    assert one.ended.facts == other.ended.facts
    assert len(one.findings) >= 3
    assert one.findings == other.findings
    assert one.resources == other.resources
    assert "role_failed" not in one.log
    assert "postgresql://" in one.log
    assert PASSWORD not in one.log
