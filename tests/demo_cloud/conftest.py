from __future__ import annotations

from collections.abc import Iterator

import pytest

from demo_cloud import DemoCloud
from tests.demo_cloud.clients import NOW


@pytest.fixture(scope="session")
def cloud() -> Iterator[DemoCloud]:
    """One demo cloud for all tests that only read."""
    with DemoCloud.start(now=NOW) as started:
        yield started


@pytest.fixture
def faulty(cloud: DemoCloud) -> Iterator[DemoCloud]:
    """The same cloud, cleared of the faults that a test ordered."""
    yield cloud
    cloud.order()
