from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo_cloud import DemoCloud
from tests.faults.picture import Picture
from tests.faults.servers import MortalBroker, Place, embedded, on_servers
from tests.faults.stage import slow_cloud, undisturbed
from tests.support.postgres import Server, own_server


@pytest.fixture(scope="module")
def cloud() -> Iterator[DemoCloud]:
    with slow_cloud() as running:
        yield running


@pytest.fixture(scope="module")
def reference(cloud: DemoCloud, tmp_path_factory: pytest.TempPathFactory) -> Picture:
    """What every other run has to come to."""
    home = tmp_path_factory.mktemp("undisturbed")
    picture = asyncio.run(undisturbed(embedded(home), cloud, home))
    assert picture.status == "COMPLETED"
    assert picture.twice == []
    assert picture.events.total() > 1000
    assert picture.findings.total() > 10
    return picture


@pytest.fixture(scope="module")
def broker(kafka_means: None) -> Iterator[MortalBroker]:
    with MortalBroker() as running:
        yield running


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with own_server() as running:
        yield running


@pytest.fixture
def servers(broker: MortalBroker, server: Server) -> Iterator[Place]:
    with on_servers(broker, server) as place:
        yield place


@pytest.fixture(params=["embedded", "servers"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """SQLite for both, or Kafka and PostgreSQL."""
    if request.param == "embedded":
        return embedded(tmp_path)
    found: Place = request.getfixturevalue("servers")
    return found
