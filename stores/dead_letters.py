"""Dead letters: what was refused, kept until somebody sends it again or drops it. The row is the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, Literal

import msgspec
from sqlalchemy import ColumnElement, Select, delete, func, select, tuple_, update

from schemas.topics import DeadLetter
from stores.store import AnyRow, ReadSession, WriteSession
from stores.tables import dead_letters
from stores.tenancy import of_client_or_nobody
from stores.upsert import keep

LetterStatus = Literal["open", "replayed", "dropped"]
Cursor = tuple[datetime, str]
"""When, and the id of the last one seen."""

_BODY_BYTES: Final = func.length(dead_letters.c.body).label("body_bytes")
_SHORT: Final = [column for column in dead_letters.c if column.name != "body"]


class LetterRow(msgspec.Struct, frozen=True):
    """One dead letter. ``body`` None: it was not asked for. ``client_id`` None: the body does not tell."""

    id: str
    client_id: str | None
    topic: str
    part: int
    log_offset: int
    key: str
    reason: str
    headers: dict[str, str]
    truncated: bool
    replay_of: str | None
    at: datetime
    status: LetterStatus
    replays: int
    decided_at: datetime | None
    body_bytes: int
    body: bytes | None = None


class LetterFilters(msgspec.Struct, frozen=True):
    """All that are given must hold. ``client_id`` None: of all clients, for those who run the product."""

    client_id: str | None = None
    topic: str | None = None
    status: LetterStatus | None = None
    id: str | None = None


class Replayed(msgspec.Struct, frozen=True):
    """How many will be sent again, and how many cannot be: only their beginning was kept."""

    replayed: int
    truncated: int


async def keep_letter(
    w: WriteSession, letter_id: str, letter: DeadLetter, body: bytes, client_id: str | None, at: datetime
) -> bool:
    """Keep one; True when it is new. The same letter twice is one."""
    row = {
        "id": letter_id,
        "client_id": client_id,
        "topic": letter.topic,
        "part": letter.partition,
        "log_offset": letter.offset,
        "key": letter.key,
        "reason": letter.reason,
        "headers": letter.headers,
        "body": body,
        "truncated": letter.truncated,
        "replay_of": letter.replay_of,
        "at": at,
        "status": "open",
        "replays": 0,
    }
    return bool(await w.change(keep(dead_letters).values(**row)))


async def find_letters(
    r: ReadSession, filters: LetterFilters, *, limit: int, cursor: Cursor | None = None
) -> list[LetterRow]:
    """Newest first, without their bodies."""
    query = select(*_SHORT, _BODY_BYTES).where(*_conditions(filters))
    if cursor is not None:
        query = query.where(tuple_(dead_letters.c.at, dead_letters.c.id) < cursor)
    query = query.order_by(dead_letters.c.at.desc(), dead_letters.c.id.desc()).limit(limit)
    return [_letter(row) for row in await r.rows(query)]


async def get_letter(r: ReadSession, client_id: str | None, letter_id: str) -> LetterRow | None:
    """One, with its body."""
    row = await r.row(_whole().where(*_conditions(LetterFilters(client_id, id=letter_id))))
    return None if row is None else _letter(row)


async def replay_letters(w: WriteSession, filters: LetterFilters, now: datetime) -> Replayed:
    """Have them sent again by whoever relays. What was dropped stays so."""
    table = dead_letters.c
    asked = [*_conditions(filters), table.status != "dropped"]
    sent = update(dead_letters).where(*asked, ~table.truncated)
    replayed = await w.change(
        sent.values(status="replayed", replays=table.replays + 1, decided_at=now, published_at=None)
    )
    cut = await w.row(select(func.count()).select_from(dead_letters).where(*asked, table.truncated))
    return Replayed(replayed, cut[0] if cut else 0)


async def drop_letters(w: WriteSession, filters: LetterFilters, now: datetime) -> int:
    """Nobody wants them any more; how many were not dropped yet. One that waits to be sent again is not sent."""
    asked = update(dead_letters).where(*_conditions(filters), dead_letters.c.status != "dropped")
    return await w.change(asked.values(status="dropped", decided_at=now))


async def unpublished_letters(r: ReadSession, limit: int) -> list[LetterRow]:
    """Those to be sent again, in the order in which that was asked."""
    table = dead_letters.c
    query = (
        _whole().where(table.status == "replayed", table.published_at.is_(None)).order_by(table.decided_at).limit(limit)
    )
    return [_letter(row) for row in await r.rows(query)]


async def mark_letters_published(w: WriteSession, sent: Sequence[LetterRow], now: datetime) -> None:
    """They were sent; not those for which it was asked again meanwhile."""
    table = dead_letters.c
    for row in sent:
        as_read = table.id == row.id, table.replays == row.replays
        await w.change(update(dead_letters).where(*as_read).values(published_at=now))


async def delete_letters_before(w: WriteSession, cutoff: datetime, limit: int) -> int:
    """Forget at most ``limit`` of those refused before the cutoff; how many there were."""
    table = dead_letters.c
    old = select(table.id).where(table.at < cutoff).order_by(table.at).limit(limit)
    return await w.change(delete(dead_letters).where(table.id.in_(old.scalar_subquery())))


def _whole() -> Select[Any]:
    return select(dead_letters, _BODY_BYTES)


def _conditions(filters: LetterFilters) -> list[ColumnElement[bool]]:
    table = dead_letters.c
    asked = {table.topic: filters.topic, table.status: filters.status, table.id: filters.id}
    conditions = [column == value for column, value in asked.items() if value is not None]
    return (
        conditions if filters.client_id is None else [of_client_or_nobody(dead_letters, filters.client_id), *conditions]
    )


def _letter(row: AnyRow) -> LetterRow:
    values = row._mapping  # noqa: SLF001 - SQLAlchemy's public name
    return LetterRow(**{name: values[name] for name in LetterRow.__struct_fields__ if name in values})
