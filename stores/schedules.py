"""Schedules and their runs. A due time is taken by one guarded UPDATE, in the transaction that makes its run."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, insert, tuple_, update

from schemas.schedule import NIGHTLY, NIGHTLY_TIMETABLE, RunRow, ScheduleRow, ScheduleSpec
from schemas.selection import AccountSelection
from schemas.timetable import next_due, start_offset
from stores import accounts, scans
from stores.accounts import AccountFilters
from stores.batches import start_scans
from stores.schedule_tables import schedule_runs, schedules
from stores.store import AnyRow, ReadSession, WriteSession
from stores.tenancy import of_any_client, of_client
from stores.upsert import keep

_RUNS: Final = uuid.UUID("5d3f6b0a-90a1-5b53-8f0e-4b7a8f0c2e61")


async def insert_schedule(
    w: WriteSession, client_id: str, schedule_id: str, spec: ScheduleSpec, now: datetime
) -> ScheduleRow | None:
    """A new one; None when the client has one of that name."""
    values = _values(schedule_id, spec, now)
    row = {"schedule_id": schedule_id, "client_id": client_id, "created_at": now, **values}
    if not await w.change(keep(schedules).values(**row)):
        return None
    return await get_schedule(w, client_id, schedule_id)


async def begin_nightly(w: WriteSession, client_id: str, now: datetime) -> None:
    """With its first account a client gets a schedule for all of them; what people make of it then stays."""
    if len(await accounts.find_accounts(w, client_id, AccountFilters(), limit=2)) == 1:
        spec = ScheduleSpec(NIGHTLY, NIGHTLY_TIMETABLE, AccountSelection(all=True))
        await insert_schedule(w, client_id, uuid.uuid4().hex, spec, now)


async def replace_schedule(
    w: WriteSession, client_id: str, schedule_id: str, spec: ScheduleSpec, now: datetime
) -> ScheduleRow | None:
    """Another decision about it: it counts from now on. The name must be free. None when there is no such schedule."""
    mine = schedules.c.client_id == client_id, schedules.c.schedule_id == schedule_id
    await w.change(update(schedules).where(*mine).values(**_values(schedule_id, spec, now)))
    return await get_schedule(w, client_id, schedule_id)


def _values(schedule_id: str, spec: ScheduleSpec, now: datetime) -> dict[str, Any]:
    due = None if spec.paused else next_due(spec.timetable, now)
    return {"name": spec.name, "spec": spec, "paused": spec.paused, "updated_at": now, **_next(schedule_id, spec, due)}


def _next(schedule_id: str, spec: ScheduleSpec, due: datetime | None) -> dict[str, datetime | None]:
    late = start_offset(schedule_id, spec.timetable.jitter_minutes)
    return {"due_at": due, "starts_at": None if due is None else due + late}


async def delete_schedule(w: WriteSession, client_id: str, schedule_id: str) -> bool:
    """With its runs; the scans stay. False when there is no such schedule."""
    mine = schedules.c.client_id == client_id, schedules.c.schedule_id == schedule_id
    if not await w.change(delete(schedules).where(*mine)):
        return False
    await w.change(delete(schedule_runs).where(schedule_runs.c.schedule_id == schedule_id))
    return True


async def get_schedule(r: ReadSession, client_id: str, schedule_id: str) -> ScheduleRow | None:
    """One schedule of a client."""
    row = await r.row(of_client(schedules, client_id).where(schedules.c.schedule_id == schedule_id))
    return None if row is None else _schedule(row)


async def find_by_name(r: ReadSession, client_id: str, name: str) -> ScheduleRow | None:
    """The schedule of that name."""
    row = await r.row(of_client(schedules, client_id).where(schedules.c.name == name))
    return None if row is None else _schedule(row)


async def list_schedules(r: ReadSession, client_id: str) -> list[ScheduleRow]:
    """All of a client, by name."""
    return [_schedule(row) for row in await r.rows(of_client(schedules, client_id).order_by(schedules.c.name))]


async def due_schedules(r: ReadSession, now: datetime, limit: int) -> list[ScheduleRow]:
    """Those whose start has come, the longest overdue first."""
    query = of_any_client(schedules).where(schedules.c.starts_at <= now).order_by(schedules.c.starts_at).limit(limit)
    return [_schedule(row) for row in await r.rows(query)]


async def take_due(w: WriteSession, row: ScheduleRow, now: datetime) -> bool:
    """Begin the run of its due time, which moves on to the first one after now. False when somebody else began it.

    Due times that were missed meanwhile are not made up for one by one: this run stands for all of them.
    """
    same = schedules.c.schedule_id == row.schedule_id, schedules.c.updated_at == row.updated_at
    due = next_due(row.spec.timetable, now - start_offset(row.schedule_id, row.spec.timetable.jitter_minutes))
    taken = update(schedules).where(*same, schedules.c.due_at == row.due_at)
    return bool(await w.change(taken.values(**_next(row.schedule_id, row.spec, due))))


async def start_run(
    w: WriteSession, row: ScheduleRow, due_at: datetime | None, asof: datetime, now: datetime
) -> RunRow:
    """One run: a scan for each account that is meant, but for those whose scan of the run before still runs."""
    run_id = uuid.uuid4().hex
    busy = await _busy(w, row)
    started = await start_scans(
        w, row.client_id, row.spec.selection, row.spec.wish, parent_id=run_id, asof=asof, now=now, busy=busy
    )
    run = RunRow(run_id, row.schedule_id, row.client_id, due_at, now, started)
    await insert_run(w, run)
    return run


async def _busy(r: ReadSession, row: ScheduleRow) -> frozenset[str]:
    """The accounts that the last run has not ended with."""
    last = await list_runs(r, row.client_id, row.schedule_id, limit=1)
    made = {each.scan_id: each.account_id for run in last for each in run.started.scans}
    return frozenset(made[scan_id] for scan_id in await scans.open_scans(r, row.client_id, sorted(made)))


async def insert_run(w: WriteSession, run: RunRow) -> None:
    """What a run started."""
    await w.change(insert(schedule_runs).values({name: getattr(run, name) for name in RunRow.__struct_fields__}))


async def list_runs(
    r: ReadSession, client_id: str, schedule_id: str, *, limit: int, before: tuple[datetime, str] | None = None
) -> list[RunRow]:
    """Newest first; ``before`` is the (started_at, run_id) of the last one seen."""
    order = schedule_runs.c.started_at, schedule_runs.c.run_id
    query = of_client(schedule_runs, client_id).where(schedule_runs.c.schedule_id == schedule_id)
    query = query if before is None else query.where(tuple_(*order) < before)
    rows = await r.rows(query.order_by(*(column.desc() for column in order)).limit(limit))
    return [RunRow(**{name: getattr(row, name) for name in RunRow.__struct_fields__}) for row in rows]


def _schedule(row: AnyRow) -> ScheduleRow:
    return ScheduleRow(**{name: getattr(row, name) for name in ScheduleRow.__struct_fields__})
