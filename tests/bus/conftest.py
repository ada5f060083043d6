"""Each test gets a fresh topic on the bus it runs against."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from bus import Bus
from tests.bus.buses import bus_at


@pytest.fixture(params=["sqlite", pytest.param("kafka", marks=pytest.mark.kafka)])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "kafka":
        return str(request.getfixturevalue("kafka_broker"))
    return str(tmp_path / "bus.sqlite")


@pytest.fixture
async def bus(address: str, topic: str) -> AsyncIterator[Bus]:
    bus = bus_at(address)
    await bus.start([topic])
    yield bus
    await bus.close()


@pytest.fixture
def topic() -> str:
    return f"topic-{uuid4().hex[:12]}"
