"""People: a row a person and client. What their passwords are, nobody can read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, and_, delete, insert, update

from stores.identity_tables import users
from stores.store import AnyRow, ReadSession, WriteSession
from stores.tenancy import of_client


class UserRow(msgspec.Struct, frozen=True):
    """One person at one client. ``password_hash`` None: signs in at the provider (OIDC) only."""

    user_id: str
    client_id: str
    email: str
    role: str
    password_hash: str | None
    must_change: bool
    """The password was given by somebody else: nothing can be done with it but to choose another."""
    issuer: str | None
    subject: str | None
    created_at: datetime
    disabled_at: datetime | None
    last_sign_in: datetime | None

    @property
    def active(self) -> bool:
        """Whether they may sign in."""
        return self.disabled_at is None


async def insert_user(w: WriteSession, row: UserRow) -> None:
    """A new one. Look first whether the address is free: the transaction is alone."""
    await w.change(insert(users).values(msgspec.structs.asdict(row)))


async def get_user(r: ReadSession, client_id: str, user_id: str) -> UserRow | None:
    """By id."""
    return await _one(r, client_id, users.c.user_id == user_id)


async def find_user(r: ReadSession, client_id: str, email: str) -> UserRow | None:
    """By address, which is kept in small letters."""
    return await _one(r, client_id, users.c.email == email)


async def find_subject(r: ReadSession, client_id: str, issuer: str, subject: str) -> UserRow | None:
    """By what an OIDC provider calls them."""
    return await _one(r, client_id, and_(users.c.issuer == issuer, users.c.subject == subject))


async def list_users(r: ReadSession, client_id: str, *, limit: int, after: str = "") -> list[UserRow]:
    """By address."""
    query = of_client(users, client_id).where(users.c.email > after).order_by(users.c.email).limit(limit)
    return [_user(row) for row in await r.rows(query)]


async def change_user(w: WriteSession, client_id: str, user_id: str, values: Mapping[str, Any]) -> bool:
    """Columns by name."""
    return bool(await w.change(update(users).where(_is(client_id, user_id)).values(dict(values))))


async def delete_user(w: WriteSession, client_id: str, user_id: str) -> bool:
    """Forget a person; the audit log does not."""
    return bool(await w.change(delete(users).where(_is(client_id, user_id))))


async def another_admin(r: ReadSession, client_id: str, user_id: str) -> bool:
    """Whether somebody else can administer the client."""
    others = users.c.role == "admin", users.c.disabled_at.is_(None), users.c.user_id != user_id
    return await r.row(of_client(users, client_id, users.c.user_id).where(*others).limit(1)) is not None


async def has_users(r: ReadSession, client_id: str) -> bool:
    """Whether anybody is there."""
    return await r.row(of_client(users, client_id, users.c.user_id).limit(1)) is not None


def _is(client_id: str, user_id: str) -> ColumnElement[bool]:
    return and_(users.c.client_id == client_id, users.c.user_id == user_id)


async def _one(r: ReadSession, client_id: str, condition: ColumnElement[bool]) -> UserRow | None:
    row = await r.row(of_client(users, client_id).where(condition))
    return None if row is None else _user(row)


def _user(row: AnyRow) -> UserRow:
    return UserRow(**{name: getattr(row, name) for name in UserRow.__struct_fields__})
