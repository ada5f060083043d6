"""Accounts of the clients: decisions, which no replay touches."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Select, delete, exists, func, or_, tuple_, type_coerce, update

from schemas.account import AccountStatus
from schemas.scan import Connection, Provider
from schemas.sealing import Owner
from stores.account_secrets import erase_secret
from stores.columns import Words
from stores.store import AnyRow, ReadSession, WriteSession
from stores.tables import accounts
from stores.tenancy import of_client
from stores.upsert import keep

COLUMNS: Final = {"group": "account_group"}
"""Fields whose column has another name: a word that SQL keeps for itself."""


class AccountRow(msgspec.Struct, frozen=True):
    """One account. ``native_id`` is its cloud's; None until a test found it out."""

    account_id: str
    client_id: str
    provider: Provider
    native_id: str | None
    name: str
    connection: Connection
    tags: dict[str, str]
    group: str | None
    unit_path: str | None
    status: AccountStatus
    created_at: datetime
    updated_at: datetime


class AccountFilters(msgspec.Struct, frozen=True):
    """Which accounts; None means any. ``unit_path`` means the unit and all below it."""

    provider: Provider | None = None
    status: AccountStatus | None = None
    native_id: str | None = None
    group: str | None = None
    unit_path: str | None = None
    tag: tuple[str, str | None] | None = None


async def insert_account(w: WriteSession, row: AccountRow) -> bool:
    """Add one. False when this client has this account of the cloud already."""
    told = {COLUMNS.get(name, name): value for name, value in msgspec.structs.asdict(row).items()}
    return bool(await w.change(keep(accounts).values(**told)))


async def get_account(r: ReadSession, client_id: str, account_id: str) -> AccountRow | None:
    """One account of this client."""
    row = await r.row(of_client(accounts, client_id).where(accounts.c.account_id == account_id))
    return None if row is None else _account(row)


async def find_accounts(
    r: ReadSession, client_id: str, wanted: AccountFilters, *, limit: int, after: tuple[str, str] | None = None
) -> list[AccountRow]:
    """By name; ``after`` is the (name, account_id) of the last one seen."""
    query = _wanted(of_client(accounts, client_id), wanted).order_by(accounts.c.name, accounts.c.account_id)
    if after is not None:
        query = query.where(tuple_(accounts.c.name, accounts.c.account_id) > after)
    return [_account(row) for row in await r.rows(query.limit(limit))]


async def change_account(
    w: WriteSession, client_id: str, account_id: str, changed: Mapping[str, Any], now: datetime
) -> bool:
    """Set fields of ``AccountRow``. False when there is no such account of this client."""
    values = {COLUMNS.get(name, name): value for name, value in changed.items()}
    same = accounts.c.client_id == client_id, accounts.c.account_id == account_id
    return bool(await w.change(update(accounts).where(*same).values(**values, updated_at=now)))


async def learn_native_id(w: WriteSession, row: AccountRow, native_id: str) -> bool:
    """What a test found out. False when it is known already, or another account of this client has it."""
    other = accounts.alias()
    taken = exists().where(
        other.c.client_id == row.client_id, other.c.provider == row.provider, other.c.native_id == native_id
    )
    same = accounts.c.account_id == row.account_id, accounts.c.native_id.is_(None), ~taken
    return bool(await w.change(update(accounts).where(*same).values(native_id=native_id)))


async def delete_account(w: WriteSession, client_id: str, account_id: str) -> bool:
    """Forget it, and erase its secret. False when there is no such account of this client."""
    await erase_secret(w, Owner(client_id, account_id))
    same = accounts.c.client_id == client_id, accounts.c.account_id == account_id
    return bool(await w.change(delete(accounts).where(*same)))


def _wanted(query: Select[Any], wanted: AccountFilters) -> Select[Any]:
    for name in ("provider", "status", "native_id", "group"):
        value = getattr(wanted, name)
        if value is not None:
            query = query.where(accounts.c[COLUMNS.get(name, name)] == value)
    if wanted.unit_path is not None:
        below = f"{wanted.unit_path.rstrip('/')}/"
        inside = func.substr(accounts.c.unit_path, 1, len(below)) == below
        query = query.where(or_(accounts.c.unit_path == below.rstrip("/"), inside))
    if wanted.tag is not None:
        query = query.where(_tagged(*wanted.tag))
    return query


def _tagged(key: str, value: str | None) -> Any:  # noqa: ANN401 - a condition
    """Its JSON holds the pair: a quotation mark within a value stands there behind a backslash, so none is mistaken."""
    pair = msgspec.json.encode(key).decode() + ":" + ("" if value is None else msgspec.json.encode(value).decode())
    told = type_coerce(accounts.c.tags, Words)
    return func.replace(told, pair, "") != told


def _account(row: AnyRow) -> AccountRow:
    told = {name: getattr(row, COLUMNS.get(name, name)) for name in AccountRow.__struct_fields__}
    return AccountRow(**{**told, "status": AccountStatus(row.status)})
