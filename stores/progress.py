"""Progress: what happened to a scan, in order, for everybody who follows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Select, insert, select, update

from schemas.topics import ProgressMessage
from stores.store import AnyRow, ReadSession, WriteSession
from stores.tables import progress

ProgressKind = Literal[
    "scan_accepted",
    "scan_started",
    "task_started",
    "task_finished",
    "task_failed",
    "task_retried",
    "task_cancelled",
    "task_settled",
    "scan_finished",
]


async def append(w: WriteSession, scan_id: str, kind: ProgressKind, payload: Mapping[str, Any], now: datetime) -> None:
    """One more step. ``seq`` grows over all scans."""
    await w.change(insert(progress).values(scan_id=scan_id, kind=kind, at=now, payload=dict(payload)))


async def after(r: ReadSession, scan_id: str, seq: int, limit: int) -> list[ProgressMessage]:
    """The steps of a scan behind ``seq``, oldest first."""
    of_scan = _in_order().where(progress.c.scan_id == scan_id, progress.c.seq > seq).limit(limit)
    return [_message(row) for row in await r.rows(of_scan)]


async def payloads(r: ReadSession, scan_id: str, kind: ProgressKind) -> list[dict[str, Any]]:
    """What the steps of one kind told of a scan."""
    query = select(progress.c.payload).where(progress.c.scan_id == scan_id, progress.c.kind == kind)
    return [row.payload for row in await r.rows(query)]


async def unpublished(r: ReadSession, limit: int) -> list[ProgressMessage]:
    """Steps that were not sent yet, oldest first."""
    return [_message(row) for row in await r.rows(_in_order().where(progress.c.published_at.is_(None)).limit(limit))]


async def mark_published(w: WriteSession, seqs: Sequence[int], now: datetime) -> None:
    """They were sent."""
    await w.change(update(progress).where(progress.c.seq.in_(seqs)).values(published_at=now))


def _in_order() -> Select[Any]:
    return select(progress).order_by(progress.c.seq)


def _message(row: AnyRow) -> ProgressMessage:
    return ProgressMessage(seq=row.seq, scan_id=row.scan_id, kind=row.kind, at=row.at.isoformat(), payload=row.payload)
