"""Keys that clients give to their requests: a request that is repeated with its key is the same request."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy import delete

from stores.store import ReadSession, WriteSession
from stores.tables import idempotency_keys as keys
from stores.tenancy import of_client
from stores.upsert import keep

KEPT: Final = timedelta(hours=24)
"""For how long a key means the same request."""


class KeptKey(msgspec.Struct, frozen=True):
    """What a key stands for: the scan, and the fingerprint of the request that asked for it."""

    scan_id: str
    fingerprint: str


async def take_key(
    w: WriteSession, client_id: str, key: str, request: KeptKey, now: datetime, *, kept: timedelta = KEPT
) -> bool:
    """Let the key stand for this request. False when it stands for one already; of two at once one gets it."""
    same = keys.c.client_id == client_id, keys.c.key == key
    await w.change(delete(keys).where(*same, keys.c.created_at < now - kept))
    row = {"client_id": client_id, "key": key, "created_at": now}
    return bool(await w.change(keep(keys).values(**row, **msgspec.structs.asdict(request))))


async def find_key(r: ReadSession, client_id: str, key: str) -> KeptKey | None:
    """What the key of this client stands for."""
    row = await r.row(of_client(keys, client_id).where(keys.c.key == key))
    return None if row is None else KeptKey(row.scan_id, row.fingerprint)
