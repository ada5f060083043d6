"""Sealed secrets of accounts. What stands here opens only with a key that no database has."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec
from sqlalchemy import delete, func, select, update

from schemas.sealing import Owner, Sealed
from stores.store import AnyRow, ReadSession, WriteSession
from stores.tables import account_secrets as secrets
from stores.tenancy import of_any_client, of_client
from stores.upsert import replace


class SecretRow(msgspec.Struct, frozen=True):
    """One sealed secret and whose it is."""

    owner: Owner
    sealed: Sealed


async def put_secret(w: WriteSession, owner: Owner, sealed: Sealed, now: datetime) -> None:
    """Keep it, in the place of an older one."""
    await w.change(replace(secrets).values(**owner._asdict(), **sealed._asdict(), sealed_at=now))


async def get_secret(r: ReadSession, owner: Owner) -> Sealed | None:
    """The secret of an account, as it is stored."""
    query = of_client(secrets, owner.client_id).where(secrets.c.account_id == owner.account_id)
    row = await r.row(query)
    return None if row is None else _secret(row).sealed


async def erase_secret(w: WriteSession, owner: Owner) -> None:
    """Nothing is left of it in the table."""
    same = secrets.c.client_id == owner.client_id, secrets.c.account_id == owner.account_id
    await w.change(delete(secrets).where(*same))


async def secrets_under_other_keys(r: ReadSession, kek_id: str, *, after: str, limit: int) -> list[SecretRow]:
    """Those that another key wraps, of all clients, by account; ``after`` is the last account seen."""
    query = of_any_client(secrets).where(secrets.c.kek_id != kek_id, secrets.c.account_id > after)
    return [_secret(row) for row in await r.rows(query.order_by(secrets.c.account_id).limit(limit))]


async def wrap_secret_again(w: WriteSession, owner: Owner, old: Sealed, new: Sealed) -> bool:
    """Its data key under another key. False when the secret was changed or deleted meanwhile."""
    same = (
        secrets.c.client_id == owner.client_id,
        secrets.c.account_id == owner.account_id,
        secrets.c.kek_id == old.kek_id,
        secrets.c.wrapped_key == old.wrapped_key,
    )
    return bool(await w.change(update(secrets).where(*same).values(kek_id=new.kek_id, wrapped_key=new.wrapped_key)))


async def count_secrets_by_key(r: ReadSession) -> Mapping[str, int]:
    """How many secrets each key wraps, of all clients."""
    query = select(secrets.c.kek_id, func.count()).group_by(secrets.c.kek_id).order_by(secrets.c.kek_id)
    return {row[0]: row[1] for row in await r.rows(query)}


def _secret(row: AnyRow) -> SecretRow:
    sealed = Sealed(row.kek_id, bytes(row.wrapped_key), bytes(row.sealed))
    return SecretRow(Owner(row.client_id, row.account_id), sealed)
