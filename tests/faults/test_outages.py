"""A server goes away for twenty seconds with work in flight, and comes back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from demo_cloud import DemoCloud
from tests.data_plane.scripted import until
from tests.faults.picture import Picture
from tests.faults.servers import Place
from tests.faults.stage import staged

pytestmark = [pytest.mark.slow, pytest.mark.kafka, pytest.mark.timeout(300), pytest.mark.xdist_group("faults-outages")]

AWAY_SECONDS = 20.0


def called(cloud: DemoCloud, total: int) -> Callable[[], Awaitable[bool]]:
    """So many calls were answered."""

    async def reached() -> bool:
        return int((await asyncio.to_thread(cloud.calls))["total"]) >= total

    return reached


async def test_kafka_is_away_with_messages_that_it_did_not_acknowledge(
    servers: Place, cloud: DemoCloud, reference: Picture, tmp_path: Path
) -> None:
    broker = servers.broker
    assert broker is not None
    async with staged(servers, cloud, tmp_path) as stage:
        stage.start_all()
        await stage.ask()
        await stage.in_flight(events=200)
        acknowledged = await stage.sent()
        broker.pause()
        at_work = set(await stage.running())
        answered = int(cloud.calls()["total"])
        await until(called(cloud, answered + 4), seconds=60)  # what these answers tell is sent, and nobody takes it
        broker.kill()
        await asyncio.sleep(AWAY_SECONDS)
        waiting = await stage.running()
        assert at_work
        assert at_work == set(waiting), "no task ends before what it sent is acknowledged"
        broker.revive()
        picture = await stage.at_its_end()
        assert acknowledged < reference.events.total()
        assert picture.differences(reference) == []
        ended = await stage.tasks()
        assert {ended[name].attempt for name in at_work} == {1}, "what waits is sent again, and no task repeated"


async def test_postgresql_is_away_with_events_that_it_did_not_store(
    servers: Place, cloud: DemoCloud, reference: Picture, tmp_path: Path
) -> None:
    server = servers.server
    assert server is not None
    async with staged(servers, cloud, tmp_path) as stage:
        stage.start_all()
        await stage.ask()
        await stage.in_flight(events=200)
        at_work = await stage.running()
        server.stop()
        await asyncio.sleep(AWAY_SECONDS)
        sent = await stage.sent()
        server.start()
        stored = sum((await stage.stored()).values())
        assert at_work
        assert stored < sent
        assert (await stage.at_its_end()).differences(reference) == []
