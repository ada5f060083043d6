"""Ingest as a job: events over the bus, and a month that counts once the materializer has stored all of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from data_plane import materializer
from data_plane.backbone import Backbone
from data_plane.connected import Connections
from data_plane.ingesting import ingest
from data_plane.jobs import Work
from scanners.core.errors import TaskLostError
from scanners.core.limits import Limits
from schemas.states import TaskStatus
from stores.daily_costs import stored_totals
from stores.ingestions import find_ingestions
from stores.jobs import JobRow
from tests.finops.ingest.given import bill, line


async def ours() -> bool:
    return True


async def lost() -> bool:
    return False


def never(*_: object, **__: object) -> Any:
    raise AssertionError("no connection was asked for")


def work(backbone: Backbone, path: Path, still_ours: Any = ours) -> Work:
    spec = {"source": "aws-cur", "path": str(path)}
    job = JobRow("a" * 32, "acme", "ingest", "aws-cur", spec, TaskStatus.RUNNING, backbone.clock())
    limits = Limits(requests_per_second=1, region_threads=1, call_seconds=1)
    return Work(job, backbone, Connections(never, backbone.settings), limits, still_ours)


@asynccontextmanager
async def materializing(backbone: Backbone) -> AsyncIterator[None]:
    stop = asyncio.Event()
    running = asyncio.create_task(materializer.run(backbone, stop))
    yield
    stop.set()
    await running


async def test_a_bill_goes_over_the_bus_and_is_reconciled(backbone: Backbone, other: Backbone, tmp_path: Path) -> None:
    path = bill(tmp_path / "october.csv", line("1.25"), line("2.50", 2))
    async with materializing(other):
        told = await ingest(work(backbone, path))
    (delivery,) = told["deliveries"]
    assert [(each["billing_period"], each["store"]) for each in delivery["balances"]] == [("2026-10", "3.75")]
    async with backbone.store.read() as r:
        (row,) = await find_ingestions(r, "acme", 10)
        assert (row.status, row.gold_rows) == ("complete", 2)
        assert (await stored_totals(r, row.id))["USD"].billed == "3.75"


async def test_until_all_is_stored_nothing_counts(backbone: Backbone, tmp_path: Path) -> None:
    path = bill(tmp_path / "october.csv", line("1.25"))
    running = asyncio.create_task(ingest(work(backbone, path)))
    async with asyncio.timeout(30):
        while sum((await backbone.bus.end_offsets(backbone.settings.events_topic)).values()) == 0:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    async with backbone.store.read() as r:
        (row,) = await find_ingestions(r, "acme", 10)
    assert row.status == "running"
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_a_job_that_went_to_another_worker_ends(backbone: Backbone, tmp_path: Path) -> None:
    with pytest.raises(TaskLostError):
        await ingest(work(backbone, bill(tmp_path / "october.csv", line("1.25")), lost))
