"""Schedules: made, told, changed, paused, run now, deleted."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
import structlog

from control_plane.context import Context
from control_plane.errors import ConflictError, InvalidRequestError, NotFoundError
from control_plane.paging import read_cursor, write_cursor
from control_plane.principal import Principal
from control_plane.schedules.answer import NextStarts, RunAnswer, RunList, ScheduleAnswer, ScheduleList
from control_plane.schedules.request import RunQuery, ScheduleChange, ScheduleRequest
from schemas.catalogue import load_catalogue, unknown_name
from schemas.errors import InvalidInputError
from schemas.schedule import ScanWish, ScheduleRow, ScheduleSpec
from schemas.timetable import Timetable, check_timetable, preview
from stores import ReadSession, WriteSession, audit, schedules

log = structlog.get_logger("control_plane")

_TIMES = ("cron", "time_zone", "jitter_minutes")
_WISH = ("services", "regions", "categories", "lookback_days")


async def add(context: Context, principal: Principal, asked: ScheduleRequest) -> ScheduleAnswer:
    """Raises ``InvalidRequestError``, or ``ConflictError`` for a name that is taken."""
    spec = _spec(asked)
    _check(spec, context.clock())
    async with context.store.write() as writing:
        row = await schedules.insert_schedule(writing, principal.client_id, uuid.uuid4().hex, spec, context.clock())
        if row is None:
            raise _taken(spec.name)
        await _tell(writing, context, principal, "schedule.create", row.schedule_id)
    return ScheduleAnswer.of(row)


async def every(context: Context, principal: Principal) -> ScheduleList:
    """By name."""
    async with context.store.read() as reading:
        rows = await schedules.list_schedules(reading, principal.client_id)
    return ScheduleList(items=[ScheduleAnswer.of(row) for row in rows])


async def one(context: Context, principal: Principal, schedule_id: str) -> ScheduleAnswer:
    """Raises ``NotFoundError``."""
    async with context.store.read() as reading:
        return ScheduleAnswer.of(await _find(reading, principal, schedule_id))


async def change(context: Context, principal: Principal, schedule_id: str, asked: ScheduleChange) -> ScheduleAnswer:
    """It counts from now on. Raises ``NotFoundError``, ``InvalidRequestError`` or ``ConflictError``."""
    client_id, now = principal.client_id, context.clock()
    async with context.store.write() as writing:
        old = await _find(writing, principal, schedule_id)
        spec = _changed(old.spec, asked)
        _check(spec, now)
        same_name = await schedules.find_by_name(writing, client_id, spec.name)
        if same_name is not None and same_name.schedule_id != schedule_id:
            raise _taken(spec.name)
        row = await schedules.replace_schedule(writing, client_id, schedule_id, spec, now)
        await _tell(writing, context, principal, "schedule.change", schedule_id, sorted(asked.model_fields_set))
    assert row is not None
    return ScheduleAnswer.of(row)


async def forget(context: Context, principal: Principal, schedule_id: str) -> None:
    """With its runs; the scans stay. Raises ``NotFoundError``."""
    async with context.store.write() as writing:
        await _find(writing, principal, schedule_id)
        await schedules.delete_schedule(writing, principal.client_id, schedule_id)
        await _tell(writing, context, principal, "schedule.delete", schedule_id)


async def run_now(context: Context, principal: Principal, schedule_id: str) -> RunAnswer:
    """One run more; the next due time stays what it is. Raises ``NotFoundError``."""
    now = context.clock()
    async with context.store.write() as writing:
        row = await _find(writing, principal, schedule_id)
        asof = context.settings.fixed_now or now
        run = await schedules.start_run(writing, row, due_at=None, asof=asof, now=now)
        await _tell(writing, context, principal, "schedule.run", schedule_id)
    log.info("schedule_started", schedule_id=schedule_id, run_id=run.run_id, scans=len(run.started.scans))
    return RunAnswer.of(run)


async def runs(context: Context, principal: Principal, schedule_id: str, asked: RunQuery) -> RunList:
    """Newest first. Raises ``NotFoundError``."""
    before = read_cursor(asked.cursor, tuple[datetime, str])
    async with context.store.read() as reading:
        await _find(reading, principal, schedule_id)
        rows = await schedules.list_runs(reading, principal.client_id, schedule_id, limit=asked.limit, before=before)
    last = (rows[-1].started_at, rows[-1].run_id) if len(rows) == asked.limit else None
    return RunList(items=[RunAnswer.of(row) for row in rows], next_cursor=write_cursor(last) if last else None)


async def next_starts(context: Context, principal: Principal, schedule_id: str, count: int) -> NextStarts:
    """As if it were not paused. Raises ``NotFoundError``."""
    async with context.store.read() as reading:
        row = await _find(reading, principal, schedule_id)
    return NextStarts(items=preview(row.spec.timetable, schedule_id, context.clock(), count))


async def _find(reading: ReadSession, principal: Principal, schedule_id: str) -> ScheduleRow:
    row = await schedules.get_schedule(reading, principal.client_id, schedule_id)
    if row is None:
        raise NotFoundError("schedule", schedule_id)
    return row


async def _tell(
    writing: WriteSession,
    context: Context,
    principal: Principal,
    action: str,
    schedule_id: str,
    fields: Sequence[str] = (),
) -> None:
    details = {"fields": list(fields)} if fields else None
    await audit.append(
        writing,
        principal.client_id,
        principal.name,
        action,
        schedule_id,
        at=context.clock(),
        address=principal.address,
        details=details,
    )


def _spec(asked: ScheduleRequest) -> ScheduleSpec:
    told = asked.model_dump()
    return ScheduleSpec(
        asked.name,
        Timetable(**{name: told[name] for name in _TIMES}),
        asked.selection.selection(),
        msgspec.convert({name: told[name] for name in _WISH}, ScanWish),
        asked.paused,
    )


def _changed(old: ScheduleSpec, asked: ScheduleChange) -> ScheduleSpec:
    told = {name: value for name, value in asked.model_dump().items() if name in asked.model_fields_set}
    times = {name: told[name] for name in _TIMES if name in told}
    wish = {name: told[name] for name in _WISH if name in told}
    return ScheduleSpec(
        told.get("name", old.name),
        msgspec.structs.replace(old.timetable, **times),
        old.selection if asked.selection is None else asked.selection.selection(),
        msgspec.convert({**msgspec.structs.asdict(old.wish), **wish}, ScanWish),
        told.get("paused", old.paused),
    )


def _check(spec: ScheduleSpec, now: datetime) -> None:
    """Raises ``InvalidRequestError`` with all that is wrong."""
    checks: list[Callable[[], Any]] = [lambda: check_timetable(spec.timetable, now)]
    errors = [*unknown_names(spec.wish)]
    for check in checks:
        try:
            check()
        except InvalidInputError as error:
            errors.append(error)
    if errors:
        raise InvalidRequestError(errors)


def unknown_names(wish: ScanWish) -> Iterator[InvalidInputError]:
    """Names that no provider has."""
    entries = load_catalogue().providers.values()
    services = sorted({name for entry in entries for name in (*entry.groups, *(e.service for e in entry.services))})
    regions = sorted({name for entry in entries for name in entry.regions})
    for field, kind, given, known in (
        ("services", "service", wish.services, services),
        ("regions", "region", wish.regions, regions),
    ):
        for name in given or ():
            if name not in known:
                yield unknown_name(field, kind, name, known)


def _taken(name: str) -> ConflictError:
    return ConflictError(f'there is a schedule "{name}" already; choose another name, or change that one')
