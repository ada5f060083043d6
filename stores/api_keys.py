"""API keys: what a machine signs in with. The key itself is shown once and stored nowhere; here is its hash."""

from __future__ import annotations

from datetime import date, datetime

import msgspec
from sqlalchemy import or_, select, tuple_, update

from stores.identity_tables import api_keys
from stores.store import AnyRow, ReadSession, WriteSession
from stores.tenancy import of_client
from stores.upsert import keep

Cursor = tuple[datetime, str]
"""When it was made, and the id of the last one seen."""


class KeyRow(msgspec.Struct, frozen=True):
    """One key. ``last_used_on`` is a day (UTC): no write for each request."""

    key_id: str
    client_id: str
    name: str
    key_hash: str
    scopes: tuple[str, ...]
    created_by: str
    created_at: datetime
    expires_at: datetime | None = None
    last_used_on: date | None = None
    revoked_at: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Whether it is neither over nor revoked."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


async def insert_key(w: WriteSession, row: KeyRow) -> bool:
    """A new one. False when one of this id is there."""
    return bool(await w.change(keep(api_keys).values(msgspec.structs.asdict(row))))


async def find_key(r: ReadSession, key_id: str) -> KeyRow | None:
    """The key is what names the client: it is looked for among all of them."""
    row = await r.row(select(api_keys).where(api_keys.c.key_id == key_id))
    return None if row is None else _key(row)


async def get_key(r: ReadSession, client_id: str, key_id: str) -> KeyRow | None:
    """One of a client."""
    row = await r.row(of_client(api_keys, client_id).where(api_keys.c.key_id == key_id))
    return None if row is None else _key(row)


async def list_keys(r: ReadSession, client_id: str, *, limit: int, cursor: Cursor | None = None) -> list[KeyRow]:
    """Newest first."""
    query = of_client(api_keys, client_id)
    if cursor is not None:
        query = query.where(tuple_(api_keys.c.created_at, api_keys.c.key_id) < cursor)
    query = query.order_by(api_keys.c.created_at.desc(), api_keys.c.key_id.desc()).limit(limit)
    return [_key(row) for row in await r.rows(query)]


async def revoke_key(w: WriteSession, client_id: str, key_id: str, now: datetime) -> bool:
    """It serves no more. False when it did not before."""
    mine = api_keys.c.client_id == client_id, api_keys.c.key_id == key_id, api_keys.c.revoked_at.is_(None)
    return bool(await w.change(update(api_keys).where(*mine).values(revoked_at=now)))


async def note_use(w: WriteSession, key_id: str, today: date) -> None:
    """It was used on this day."""
    older = or_(api_keys.c.last_used_on.is_(None), api_keys.c.last_used_on < today)
    await w.change(update(api_keys).where(api_keys.c.key_id == key_id, older).values(last_used_on=today))


def _key(row: AnyRow) -> KeyRow:
    return KeyRow(**{name: getattr(row, name) for name in KeyRow.__struct_fields__})
