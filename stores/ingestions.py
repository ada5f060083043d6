"""Ingestions: which delivery of a bill is the active one of its billing account and month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

import msgspec
from sqlalchemy import select, update

from schemas.cost import IngestionStatus
from schemas.errors import SentinelError
from schemas.ingestion import Totals
from stores.store import AnyRow, ReadSession, WriteSession
from stores.tables import ingestions
from stores.tenancy import of_client
from stores.upsert import replace

_COLUMNS: Final = ingestions.c


class Slice(msgspec.Struct, frozen=True, order=True):
    """One month of one billing account: what is replaced as a whole."""

    provider: str
    billing_account_id: str
    billing_period: str


class Ingestion(msgspec.Struct, frozen=True, kw_only=True):
    """One row. ``replaces`` is the one that was active when this one began."""

    id: str
    client_id: str
    source: str
    provider: str
    billing_account_id: str
    billing_period: str
    status: IngestionStatus
    accounts: tuple[str, ...]
    raw: tuple[str, ...]
    rows_read: int
    rows_kept: int
    first_day: date
    last_day: date
    totals: Mapping[str, Totals]
    asof: datetime
    gold_rows: int | None = None
    replaces: str | None = None
    finished_at: datetime | None = None
    error: str | None = None
    demo: bool = False

    @property
    def slice(self) -> Slice:
        """What it is the bill of."""
        return Slice(self.provider, self.billing_account_id, self.billing_period)


class SupersededError(SentinelError):
    """Another ingestion of the same slice became the active one meanwhile."""


async def active_ingestions(r: ReadSession, client_id: str) -> Mapping[Slice, Ingestion]:
    """The active one of each slice of a client."""
    query = of_client(ingestions, client_id, *_COLUMNS).where(_COLUMNS.status == IngestionStatus.COMPLETE)
    return {each.slice: each for each in map(_read, await r.rows(query))}


async def get_ingestion(r: ReadSession, client_id: str, ingestion_id: str) -> Ingestion | None:
    """One of them."""
    row = await r.row(of_client(ingestions, client_id, *_COLUMNS).where(_COLUMNS.id == ingestion_id))
    return None if row is None else _read(row)


async def find_ingestions(r: ReadSession, client_id: str, limit: int) -> Sequence[Ingestion]:
    """The newest ones."""
    query = of_client(ingestions, client_id, *_COLUMNS).order_by(_COLUMNS.asof.desc(), _COLUMNS.id.desc())
    return [_read(row) for row in await r.rows(query.limit(limit))]


async def begin_ingestion(w: WriteSession, begun: Ingestion) -> Ingestion:
    """The row of an ingestion that starts, or goes on: what died keeps its ``asof``, so that its events stay the same.

    One that is active already stays as it is.
    """
    row = await w.row(select(*_COLUMNS).where(_COLUMNS.id == begun.id))
    if row is not None:
        known = _read(row)
        if known.status is IngestionStatus.COMPLETE:
            return known
        begun = msgspec.structs.replace(begun, asof=known.asof)
    await w.change(replace(ingestions), [_write(begun)])
    return begun


async def activate_ingestion(w: WriteSession, done: Ingestion, gold_rows: int, now: datetime) -> None:
    """Make it the active one of its slice, in place of the one that it replaces. Raises ``SupersededError``."""
    same = [getattr(_COLUMNS, name) == getattr(done, name) for name in ("client_id", *Slice.__struct_fields__)]
    active = await w.row(select(_COLUMNS.id).where(*same, _COLUMNS.status == IngestionStatus.COMPLETE))
    found = None if active is None else active.id
    if found not in {done.replaces, done.id}:
        raise SupersededError(f"{_place(done)}: another ingestion became the active one meanwhile: {found}")
    if found != done.id:
        await w.change(update(ingestions).where(_COLUMNS.id == found).values(status=IngestionStatus.SUPERSEDED))
    values = {"status": IngestionStatus.COMPLETE, "gold_rows": gold_rows, "finished_at": now, "error": None}
    await w.change(update(ingestions).where(_COLUMNS.id == done.id).values(values))


async def retire_ingestion(w: WriteSession, ingestion_id: str) -> None:
    """It is a part of a larger bill from now on."""
    await w.change(update(ingestions).where(_COLUMNS.id == ingestion_id).values(status=IngestionStatus.SUPERSEDED))


async def fail_ingestion(w: WriteSession, ingestion_id: str, error: str, now: datetime) -> None:
    """It ended by an error; the same input may be tried again."""
    running = _COLUMNS.id == ingestion_id, _COLUMNS.status == IngestionStatus.RUNNING
    values = {"status": IngestionStatus.FAILED, "error": error, "finished_at": now}
    await w.change(update(ingestions).where(*running).values(values))


def _place(one: Ingestion) -> str:
    return f"{one.provider} {one.billing_account_id} {one.billing_period}"


def _read(row: AnyRow) -> Ingestion:
    told = {name: getattr(row, name) for name in Ingestion.__struct_fields__}
    return Ingestion(**{**told, "status": IngestionStatus(row.status)})


def _write(one: Ingestion) -> dict[str, object]:
    return {name: getattr(one, name) for name in one.__struct_fields__}
