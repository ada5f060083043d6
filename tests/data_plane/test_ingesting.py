"""Ingest as a job: events over the bus, and a month that counts once the materializer has stored all of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connections import connect
from data_plane import materializer
from data_plane.backbone import Backbone
from data_plane.connected import Connections
from data_plane.ingesting import ingest
from data_plane.jobs import Work
from demo_cloud.cost_explorer import CostExplorer
from scanners.core.errors import TaskLostError
from scanners.core.limits import Limits
from schemas.account import AccountStatus
from schemas.scan import Connection
from schemas.states import TaskStatus
from stores.accounts import AccountRow, insert_account
from stores.daily_costs import stored_totals
from stores.ingestions import find_ingestions
from stores.jobs import JobRow
from tests.finops.ingest.given import bill, line
from tests.support.cost_explorer import serving


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


async def test_an_account_is_asked_and_its_answers_are_reconciled(backbone: Backbone, other: Backbone) -> None:
    now = datetime(2026, 11, 21, 4, tzinfo=UTC)
    account = AccountRow(
        account_id="b" * 32, client_id="acme", provider="aws", native_id=None, name="payer", connection=Connection(),
        tags={}, group=None, unit_path=None, status=AccountStatus.ACTIVE, created_at=now, updated_at=now,
    )  # fmt: skip
    async with backbone.store.write() as w:
        await insert_account(w, account)
    spec = {"source": "aws-ce", "account": account.account_id, "since": "2026-11-01", "until": "2026-11-01"}
    job = JobRow("c" * 32, "acme", "ingest", "aws-ce", spec, TaskStatus.RUNNING, now)
    connections = Connections(connect, backbone.settings)
    limits = Limits(requests_per_second=1, region_threads=1, call_seconds=1)
    second = replace(backbone, clock=lambda: datetime(2026, 11, 3, 4, tzinfo=UTC))
    with serving(CostExplorer(now)):
        async with materializing(other):
            told = await ingest(Work(job, second, connections, limits, ours))
        await connections.close()
    (delivery,) = told["deliveries"]
    (balance,) = delivery["balances"]
    assert (balance["billing_period"], balance["currency"]) == ("2026-11", "USD")
    assert f"{Decimal(balance['source']):.2f}" == f"{Decimal(balance['store']):.2f}" == "6093.18"
