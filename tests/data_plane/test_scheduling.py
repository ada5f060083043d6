"""The planner's loop of schedules: one run for a due time, however many planners there are."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from data_plane.backbone import Backbone
from data_plane.scheduling import keep_scheduling, start_due
from schemas.account import AccountStatus
from schemas.scan import Connection
from schemas.schedule import RunRow, ScheduleSpec
from schemas.selection import AccountSelection
from schemas.timetable import Timetable
from stores import accounts, scans, schedules
from stores.accounts import AccountRow
from stores.scans import ScanRow
from tests.data_plane.scripted import until

MADE = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
DUE = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def at(backbone: Backbone, moment: datetime, **settings: Any) -> Backbone:
    return replace(backbone, clock=lambda: moment, settings=backbone.settings.model_copy(update=settings))


async def prepare(backbone: Backbone) -> None:
    async with backbone.store.write() as w:
        for name, number in (("one", "111111111111"), ("two", "222222222222")):
            connection = Connection(mode="demo", account=number)
            told: dict[str, Any] = {"tags": {}, "group": None, "unit_path": None, "status": AccountStatus.ACTIVE}
            told |= {"created_at": MADE, "updated_at": MADE}
            row = AccountRow(name, "acme", "aws", number, name, connection, **told)
            assert await accounts.insert_account(w, row)
        spec = ScheduleSpec("nightly", Timetable("0 2 * * *"), AccountSelection(all=True))
        assert await schedules.insert_schedule(w, "acme", "s-1", spec, MADE)


async def made(backbone: Backbone) -> tuple[list[RunRow], list[ScanRow]]:
    async with backbone.store.read() as r:
        return (
            await schedules.list_runs(r, "acme", "s-1", limit=10),
            await scans.list_scans(r, "acme", limit=10),
        )


async def test_nothing_starts_before_its_time(backbone: Backbone) -> None:
    await prepare(backbone)
    assert await start_due(at(backbone, DUE - timedelta(seconds=1))) == 0
    assert await made(backbone) == ([], [])


async def test_two_planners_make_one_run(backbone: Backbone, other: Backbone) -> None:
    await prepare(backbone)
    planners = [at(each, DUE) for each in (backbone, other)]
    assert sum(await asyncio.gather(*(start_due(each) for each in planners * 3))) == 1
    (run,), started = await made(backbone)
    assert run.due_at == DUE
    assert {row.spec.scan_id for row in started} == {each.scan_id for each in run.started.scans}
    assert {row.spec.connection.account for row in started} == {"111111111111", "222222222222"}
    assert {row.spec.asof for row in started} == {DUE}


async def test_nights_that_were_missed_are_one_run(backbone: Backbone) -> None:
    await prepare(backbone)
    late = at(backbone, DUE + 4 * DAY + timedelta(hours=3))
    assert [await start_due(late), await start_due(late)] == [1, 0]
    (run,), started = await made(backbone)
    assert run.due_at == DUE
    assert len(started) == 2


async def test_the_loop_starts_what_is_due(backbone: Backbone) -> None:
    await prepare(backbone)
    stop = asyncio.Event()
    looping = asyncio.create_task(keep_scheduling(at(backbone, DUE), stop))

    async def started() -> bool:
        return bool((await made(backbone))[0])

    await until(started)
    stop.set()
    await looping
