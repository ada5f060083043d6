"""The audit log: who did what, when, from where. Rows are added, never changed: the database sees to that."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import insert

from stores.identity_tables import audit_log
from stores.store import ReadSession, WriteSession
from stores.tenancy import of_client


class AuditEntry(msgspec.Struct, frozen=True):
    """One deed. ``target`` names what it was done to; ``details`` hold no secret."""

    seq: int
    at: datetime
    actor: str
    address: str
    action: str
    target: str
    details: dict[str, Any]


class AuditFilters(msgspec.Struct, frozen=True):
    """All that are given must hold."""

    action: str | None = None
    actor: str | None = None
    target: str | None = None


async def append(
    w: WriteSession,
    client_id: str,
    actor: str,
    action: str,
    target: str,
    *,
    at: datetime,
    address: str = "",
    details: Mapping[str, Any] | None = None,
) -> None:
    """Tell a deed, in the transaction that does it. ``action`` is a noun and a verb: ``account.create``."""
    told = {"client_id": client_id, "actor": actor, "address": address, "action": action, "target": target}
    await w.change(insert(audit_log).values(at=at, details=dict(details or {}), **told))


async def find_entries(
    r: ReadSession, client_id: str, filters: AuditFilters, *, limit: int, before: int | None = None
) -> list[AuditEntry]:
    """Newest first; with ``before`` only those older than that number."""
    columns = [audit_log.c[name] for name in AuditEntry.__struct_fields__]
    query = of_client(audit_log, client_id, *columns)
    for name, wanted in msgspec.structs.asdict(filters).items():
        query = query if wanted is None else query.where(audit_log.c[name] == wanted)
    query = query if before is None else query.where(audit_log.c.seq < before)
    return [AuditEntry(*row) for row in await r.rows(query.order_by(audit_log.c.seq.desc()).limit(limit))]
