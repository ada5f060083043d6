"""The people of a client: who may come in, and as what."""

from __future__ import annotations

import uuid
from typing import Any

from control_plane.audit.record import record
from control_plane.auth import passwords
from control_plane.context import Context
from control_plane.errors import ConflictError, ForbiddenError, NotFoundError
from control_plane.paging import read_cursor, write_cursor
from control_plane.permissions import ROLES, Role
from control_plane.principal import Principal
from control_plane.users.answer import UserAnswer, UserList
from control_plane.users.request import NewUser, UserChange, UserPage
from stores import ReadSession, WriteSession, sessions, users
from stores.users import UserRow

LAST = "this is the last administrator of the client; make another first"


async def page(context: Context, principal: Principal, asked: UserPage) -> UserList:
    """By address."""
    after = read_cursor(asked.cursor, str) or ""
    async with context.store.read() as reading:
        rows = await users.list_users(reading, principal.client_id, limit=asked.limit + 1, after=after)
    shown = rows[: asked.limit]
    more = write_cursor(shown[-1].email) if len(rows) > len(shown) else None
    return UserList(items=[UserAnswer.of(row) for row in shown], next_cursor=more)


async def one(context: Context, principal: Principal, user_id: str) -> UserAnswer:
    """Raises ``NotFoundError``."""
    async with context.store.read() as reading:
        return UserAnswer.of(await _find(reading, principal, user_id))


async def create(context: Context, principal: Principal, asked: NewUser) -> UserAnswer:
    """Raises ``ConflictError`` for an address that this client has, ``ForbiddenError`` for a role above one's own."""
    _within(principal, asked.role)
    hashed = asked.password_hash if asked.password is None else await passwords.hash_password(asked.password)
    row = UserRow(
        user_id=uuid.uuid4().hex,
        client_id=principal.client_id,
        email=asked.email.lower(),
        role=asked.role,
        password_hash=hashed,
        must_change=asked.password is not None,
        issuer=None,
        subject=None,
        created_at=context.clock(),
        disabled_at=None,
        last_sign_in=None,
    )
    async with context.store.write() as writing:
        if await users.find_user(writing, principal.client_id, row.email) is not None:
            raise ConflictError(f'there is a user "{row.email}" already')
        await users.insert_user(writing, row)
        await record(writing, context, principal, "user.create", f"user:{row.user_id}", email=row.email, role=row.role)
    return UserAnswer.of(row)


async def change(context: Context, principal: Principal, user_id: str, asked: UserChange) -> UserAnswer:
    """Raises ``NotFoundError``, ``ConflictError`` for the last administrator, ``ForbiddenError`` above one's role."""
    values = await _values(context, asked)
    async with context.store.write() as writing:
        row = await _find(writing, principal, user_id)
        _within(principal, row.role)
        _within(principal, asked.role or row.role)
        if asked.disabled or asked.role not in {None, "admin"}:
            await _require_another(writing, principal, row)
        if values:
            await users.change_user(writing, principal.client_id, user_id, values)
            told = {**asked.model_dump(exclude_unset=True, exclude={"password"}), "password": "password_hash" in values}
            await record(writing, context, principal, "user.change", f"user:{user_id}", **told)
        if asked.disabled or "password_hash" in values:
            await sessions.revoke_holder(writing, principal.client_id, f"user:{user_id}", context.clock())
        return UserAnswer.of(await _find(writing, principal, user_id))


async def delete(context: Context, principal: Principal, user_id: str) -> None:
    """Raises ``NotFoundError``, and ``ConflictError`` for the last administrator."""
    async with context.store.write() as writing:
        row = await _find(writing, principal, user_id)
        _within(principal, row.role)
        await _require_another(writing, principal, row)
        await users.delete_user(writing, principal.client_id, user_id)
        await sessions.revoke_holder(writing, principal.client_id, f"user:{user_id}", context.clock())
        await record(writing, context, principal, "user.delete", f"user:{user_id}", email=row.email)


async def _values(context: Context, asked: UserChange) -> dict[str, Any]:
    values: dict[str, Any] = {} if asked.role is None else {"role": asked.role}
    if asked.password is not None:
        values |= {"password_hash": await passwords.hash_password(asked.password), "must_change": True}
    if asked.disabled is not None:
        values["disabled_at"] = context.clock() if asked.disabled else None
    return values


def _within(principal: Principal, role: Role | str) -> None:
    """Nobody gives, or takes from others, more than they have."""
    if not ROLES[role] <= principal.scopes:  # type: ignore[index]  # a role of the table
        raise ForbiddenError(f"{principal.name} may do less than {role}")


async def _require_another(reading: ReadSession, principal: Principal, row: UserRow) -> None:
    last = row.role == "admin" and row.active
    if last and not await users.another_admin(reading, principal.client_id, row.user_id):
        raise ConflictError(LAST)


async def _find(reading: ReadSession | WriteSession, principal: Principal, user_id: str) -> UserRow:
    row = await users.get_user(reading, principal.client_id, user_id)
    if row is None:
        raise NotFoundError("user", user_id)
    return row
