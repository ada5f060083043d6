"""Schedules: each due time is taken once, what was missed is caught up once, and a client sees its own."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from schemas.schedule import RunRow, ScheduleRow, ScheduleSpec, Started
from schemas.selection import AccountSelection
from schemas.timetable import Timetable
from stores import Store, schedules

NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
DUE = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)
NIGHTLY = ScheduleSpec("nightly", Timetable("0 2 * * *"), AccountSelection(all=True))


async def made(
    store: Store, spec: ScheduleSpec = NIGHTLY, *, schedule_id: str = "s-1", client: str = "acme"
) -> ScheduleRow:
    async with store.write() as w:
        row = await schedules.insert_schedule(w, client, schedule_id, spec, NOW)
    assert row is not None
    return row


async def due(store: Store, now: datetime) -> list[str]:
    async with store.read() as r:
        return [row.schedule_id for row in await schedules.due_schedules(r, now, 10)]


async def take(store: Store, row: ScheduleRow, now: datetime) -> bool:
    async with store.write() as w:
        return await schedules.take_due(w, row, now)


async def current(store: Store) -> ScheduleRow:
    async with store.read() as r:
        row = await schedules.get_schedule(r, "acme", "s-1")
    assert row is not None
    return row


async def test_a_schedule_is_due_at_its_time_and_not_before(store: Store) -> None:
    row = await made(store)
    assert (row.due_at, row.starts_at) == (DUE, DUE)
    assert await due(store, DUE - timedelta(seconds=1)) == []
    assert await due(store, DUE) == ["s-1"]


async def test_a_due_time_is_taken_once_also_when_two_ask_at_once(store: Store, other: Store) -> None:
    row = await made(store)
    assert sorted(await asyncio.gather(*(take(each, row, DUE) for each in (store, other, store, other)))) == [
        *[False] * 3,
        True,
    ]
    assert (await current(store)).due_at == DUE + DAY


async def test_what_was_missed_is_caught_up_once(store: Store) -> None:
    row = await made(store)
    assert await take(store, row, DUE + 5 * DAY + timedelta(hours=1))
    after = await current(store)
    assert after.due_at == DUE + 6 * DAY
    assert await due(store, DUE + 5 * DAY + timedelta(hours=1)) == []


async def test_the_offset_moves_the_start_and_not_the_due_time(store: Store) -> None:
    late = msgspec.structs.replace(NIGHTLY, timetable=Timetable("0 2 * * *", "UTC", 30))
    row = await made(store, late)
    assert row.due_at == DUE
    assert row.starts_at is not None
    assert DUE < row.starts_at <= DUE + timedelta(minutes=30)
    assert await take(store, row, row.starts_at)
    after = await current(store)
    assert after.due_at == DUE + DAY
    assert after.starts_at == row.starts_at + DAY


async def test_what_is_paused_is_never_due_and_begins_again_from_now(store: Store) -> None:
    await made(store)
    async with store.write() as w:
        await schedules.replace_schedule(w, "acme", "s-1", msgspec.structs.replace(NIGHTLY, paused=True), NOW)
    assert (await current(store)).due_at is None
    assert await due(store, DUE + DAY) == []
    async with store.write() as w:
        await schedules.replace_schedule(w, "acme", "s-1", NIGHTLY, NOW + 3 * DAY)
    assert (await current(store)).due_at == DUE + 3 * DAY


async def test_a_schedule_that_was_changed_meanwhile_is_not_taken_as_it_was(store: Store) -> None:
    row = await made(store)
    other = msgspec.structs.replace(NIGHTLY, selection=AccountSelection(group="web"))
    async with store.write() as w:
        await schedules.replace_schedule(w, "acme", "s-1", other, NOW + timedelta(seconds=1))
    assert not await take(store, row, DUE)
    assert await take(store, await current(store), DUE)


async def test_a_name_stands_for_one_schedule_of_a_client(store: Store) -> None:
    await made(store)
    async with store.write() as w:
        assert await schedules.insert_schedule(w, "acme", "s-2", NIGHTLY, NOW) is None
    await made(store, schedule_id="s-3", client="other")


def run(run_id: str, at: datetime, **changes: Any) -> RunRow:
    values = {"schedule_id": "s-1", "client_id": "acme", "due_at": at, "started_at": at, "started": Started(run_id, ())}
    return RunRow(run_id=run_id, **{**values, **changes})


async def runs(store: Store, client_id: str = "acme", **page: Any) -> list[str]:
    async with store.read() as r:
        return [each.run_id for each in await schedules.list_runs(r, client_id, "s-1", **{"limit": 10, **page})]


async def test_runs_are_listed_newest_first_in_pages(store: Store) -> None:
    await made(store)
    async with store.write() as w:
        for number in range(3):
            await schedules.insert_run(w, run(f"run-{number}", DUE + number * DAY))
        await schedules.insert_run(w, run("asked", DUE + timedelta(hours=1), due_at=None))
        await schedules.insert_run(w, run("asked-again", DUE + timedelta(hours=2), due_at=None))
    assert await runs(store) == ["run-2", "run-1", "asked-again", "asked", "run-0"]
    assert await runs(store, limit=2, before=(DUE + DAY, "run-1")) == ["asked-again", "asked"]
    assert await runs(store, "other") == []


async def test_another_client_sees_changes_and_deletes_nothing(store: Store) -> None:
    await made(store)
    async with store.write() as w:
        assert await schedules.get_schedule(w, "other", "s-1") is None
        assert await schedules.find_by_name(w, "other", "nightly") is None
        assert await schedules.list_schedules(w, "other") == []
        assert not await schedules.delete_schedule(w, "other", "s-1")
        paused = msgspec.structs.replace(NIGHTLY, paused=True)
        assert await schedules.replace_schedule(w, "other", "s-1", paused, NOW) is None
    assert (await current(store)).spec == NIGHTLY


async def test_a_schedule_leaves_with_its_runs(store: Store) -> None:
    await made(store)
    async with store.write() as w:
        await schedules.insert_run(w, run("run-1", DUE))
        assert await schedules.delete_schedule(w, "acme", "s-1")
    assert await runs(store) == []
