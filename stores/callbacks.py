"""Call-backs: what is still to be told to whom. A row is made with the end of its scan, in one transaction."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import update

from stores.store import AnyRow, ReadSession, WriteSession
from stores.tables import callbacks
from stores.tenancy import of_any_client, of_client
from stores.upsert import keep


class CallbackRow(msgspec.Struct, frozen=True):
    """One call-back. ``next_attempt_at`` is None once it was delivered or given up."""

    scan_id: str
    client_id: str
    url: str
    attempts: int
    next_attempt_at: datetime | None
    delivered_at: datetime | None
    gave_up_at: datetime | None
    last_error: str | None


async def arrange(w: WriteSession, client_id: str, scan_id: str, url: str, now: datetime) -> None:
    """The scan has ended: tell them, as soon as possible."""
    row = {"scan_id": scan_id, "client_id": client_id, "url": url, "attempts": 0, "next_attempt_at": now}
    await w.change(keep(callbacks).values(**row))


async def due(r: ReadSession, now: datetime, limit: int) -> list[CallbackRow]:
    """Those whose time has come, the longest overdue first."""
    query = of_any_client(callbacks).where(callbacks.c.next_attempt_at <= now)
    return [_callback(row) for row in await r.rows(query.order_by(callbacks.c.next_attempt_at).limit(limit))]


async def take(w: WriteSession, row: CallbackRow, until: datetime) -> bool:
    """Begin an attempt; nobody else does before ``until``. False when somebody else began it."""
    same = callbacks.c.scan_id == row.scan_id, callbacks.c.attempts == row.attempts
    waiting = callbacks.c.next_attempt_at == row.next_attempt_at
    taken = update(callbacks).where(*same, waiting).values(attempts=row.attempts + 1, next_attempt_at=until)
    return bool(await w.change(taken))


async def delivered(w: WriteSession, scan_id: str, now: datetime) -> None:
    """It was taken."""
    await _end(w, scan_id, {"delivered_at": now, "next_attempt_at": None, "last_error": None})


async def failed(w: WriteSession, scan_id: str, error: str, now: datetime, *, again_at: datetime | None) -> None:
    """It was not taken; without another attempt it is given up."""
    ending = {"gave_up_at": now} if again_at is None else {}
    await _end(w, scan_id, {"last_error": error, "next_attempt_at": again_at, **ending})


async def get_callback(r: ReadSession, client_id: str, scan_id: str) -> CallbackRow | None:
    """The call-back of a scan that has ended."""
    row = await r.row(of_client(callbacks, client_id).where(callbacks.c.scan_id == scan_id))
    return None if row is None else _callback(row)


async def _end(w: WriteSession, scan_id: str, values: dict[str, object]) -> None:
    open_ = callbacks.c.scan_id == scan_id, callbacks.c.delivered_at.is_(None)
    await w.change(update(callbacks).where(*open_).values(values))


def _callback(row: AnyRow) -> CallbackRow:
    return CallbackRow(**{name: getattr(row, name) for name in CallbackRow.__struct_fields__})
