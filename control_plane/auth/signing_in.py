"""Signing in: a password becomes an access token and a refresh token, and a refresh token its successor."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any, Final, NamedTuple

import msgspec
import structlog

from control_plane.audit.record import record
from control_plane.auth import passwords
from control_plane.auth.access_tokens import LIFE, Claims
from control_plane.auth.answer import TokenAnswer
from control_plane.auth.attempts import Attempt
from control_plane.auth.identify import user_principal
from control_plane.auth.opaque import digest, new_token
from control_plane.context import Context
from control_plane.errors import InvalidGrantError
from stores import WriteSession, sessions, sign_in_failures, users
from stores.sessions import Kind, SessionRow
from stores.users import UserRow

SIGNED_IN: Final = timedelta(days=30)
"""A family of refresh tokens ends then, however often it was refreshed."""
AT_THE_PAGE: Final = timedelta(hours=12)
LIFE_OF: Final[dict[Kind, timedelta]] = {"refresh": SIGNED_IN, "cookie": AT_THE_PAGE, "link": AT_THE_PAGE}

log = structlog.get_logger("control_plane")


class SignIn(NamedTuple):
    """What somebody says of themselves."""

    client_id: str
    email: str
    password: str
    address: str


async def by_password(context: Context, asked: SignIn, *, new_password: str | None = None) -> UserRow:
    """Who it is. Raises ``InvalidGrantError`` and ``TooManyRequestsError``, whether or not there is such a user."""
    email = asked.email.strip().lower()
    attempt = Attempt(asked.client_id, email, asked.address)
    await attempt.begin(context)
    async with context.store.read() as reading:
        row = await users.find_user(reading, asked.client_id, email)
    right = await passwords.verify(asked.password, row.password_hash if row and row.active else None)
    if row is None:
        raise InvalidGrantError
    if not right:
        await _told(context, row, asked.address, "sign_in.fail")
        raise InvalidGrantError
    changed = await _new_hash(row, asked.password, new_password)
    async with context.store.write() as writing:
        await sign_in_failures.forget(writing, attempt.account)
        await users.change_user(writing, row.client_id, row.user_id, {"last_sign_in": context.clock(), **changed})
        await record(writing, context, user_principal(row, asked.address), "sign_in.succeed", f"user:{row.user_id}")
    return msgspec.structs.replace(row, **changed)


async def _new_hash(row: UserRow, password: str, new_password: str | None) -> dict[str, Any]:
    """What changes: another password that was asked for, or a better hash of the same."""
    if new_password is not None and row.must_change:
        return {"password_hash": await passwords.hash_password(new_password), "must_change": False}
    if row.password_hash is not None and passwords.is_outdated(row.password_hash):
        return {"password_hash": await passwords.hash_password(password)}
    return {}


async def tokens_for(context: Context, row: UserRow) -> TokenAnswer:
    """A new family."""
    async with context.store.write() as writing:
        refresh = await begin_session(writing, context, "refresh", row.client_id, f"user:{row.user_id}")
    return _answer(context, row, refresh)


async def begin_session(writing: WriteSession, context: Context, kind: Kind, client_id: str, holder: str) -> str:
    """The token of a new family."""
    token, now = new_token(), context.clock()
    end = now + LIFE_OF[kind]
    row = SessionRow(digest(token), kind, uuid.uuid4().hex, client_id, holder, now, end)
    await sessions.insert_session(writing, row)
    return token


async def refresh(context: Context, token: str, address: str) -> TokenAnswer:
    """The successor of a refresh token, with another access token. One that was used before ends its whole family."""
    now, successor = context.clock(), new_token()
    async with context.store.write() as writing:
        row = await sessions.find_session(writing, "refresh", digest(token))
        person = await _holder(writing, row) if row else None
        held = row is not None and row.holds(now)
        first = row is not None and await sessions.use(writing, row.token_hash, now)
        if row is not None and not first:
            await sessions.revoke_family(writing, row.family, now)
            if held and person:
                await record(writing, context, user_principal(person, address), "session.reuse", row.holder)
        if row is not None and held and first and person:
            after = msgspec.structs.replace(row, token_hash=digest(successor), issued_at=now, used_at=None)
            await sessions.insert_session(writing, after)
    if not (held and first and person):
        raise InvalidGrantError
    return _answer(context, person, successor)


async def revoke(context: Context, token: str) -> None:
    """End the family of a refresh token, or nothing: the answer is the same."""
    async with context.store.write() as writing:
        for kind in LIFE_OF:
            row = await sessions.find_session(writing, kind, digest(token))
            if row is not None:
                await sessions.revoke_family(writing, row.family, context.clock())


async def _holder(writing: WriteSession, row: SessionRow) -> UserRow | None:
    found = await users.get_user(writing, row.client_id, row.holder.removeprefix("user:"))
    return found if found and found.active else None


async def _told(context: Context, row: UserRow, address: str, action: str) -> None:
    async with context.store.write() as writing:
        await record(writing, context, user_principal(row, address), action, f"user:{row.user_id}")


def _answer(context: Context, row: UserRow, refresh_token: str) -> TokenAnswer:
    access = context.token_keys.issue(Claims(row.user_id, row.client_id), context.clock())
    scope = " ".join(sorted(user_principal(row, "").scopes))
    return TokenAnswer(
        access_token=access, expires_in=int(LIFE.total_seconds()), refresh_token=refresh_token, scope=scope
    )
