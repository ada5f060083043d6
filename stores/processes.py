"""The processes of the platform. Each writes its own row."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import delete, select

from schemas.process import ProcessReport
from stores.store import ReadSession, WriteSession
from stores.tables import processes
from stores.tenancy import of_any_client
from stores.upsert import replace


class ProcessRow(msgspec.Struct, frozen=True):
    """One process. ``instance`` is a name that no other has."""

    instance: str
    roles: tuple[str, ...]
    version: str
    report: ProcessReport
    started_at: datetime
    seen_at: datetime


async def beat(w: WriteSession, row: ProcessRow) -> None:
    """A sign of life."""
    await w.change(replace(processes).values(**msgspec.structs.asdict(row)))


async def leave(w: WriteSession, instance: str) -> None:
    """It stopped as it was asked to."""
    await w.change(delete(processes).where(processes.c.instance == instance))


async def forget_processes_before(w: WriteSession, cutoff: datetime, limit: int) -> int:
    """Delete at most ``limit`` processes that were not seen since; how many there were."""
    old = select(processes.c.instance).where(processes.c.seen_at < cutoff).limit(limit).scalar_subquery()
    return await w.change(delete(processes).where(processes.c.instance.in_(old)))


async def list_processes(r: ReadSession) -> list[ProcessRow]:
    """Those that stopped are not there; those that died are, with when they were last seen."""
    rows = await r.rows(of_any_client(processes).order_by(processes.c.instance))
    return [ProcessRow(row.instance, row.roles, row.version, row.report, row.started_at, row.seen_at) for row in rows]
