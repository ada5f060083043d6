"""Who a request comes from: an access token or an API key in its header, or the cookie of the page."""

from __future__ import annotations

from typing import Final, cast

import structlog
from starlette.requests import HTTPConnection

from control_plane.auth.access_tokens import InvalidTokenError
from control_plane.auth.opaque import digest, key_id_of, same
from control_plane.context import Context
from control_plane.errors import UnauthorizedError
from control_plane.permissions import ROLES, SCOPES, Role, Scope
from control_plane.principal import Principal
from schemas.scan import DEFAULT_CLIENT
from stores import StoreError, api_keys, sessions, users
from stores.api_keys import KeyRow
from stores.users import UserRow

COOKIE: Final = "sentinel_session"
READING: Final = frozenset({"GET", "HEAD"})
FIRST_KEY: Final = "first"
"""The name of the key of the setting."""
UNKNOWN: Final = digest("")
"""Compared with where there is no such key."""

log = structlog.get_logger("control_plane")


async def identify(context: Context, connection: HTTPConnection) -> Principal:
    """Raises ``UnauthorizedError``."""
    address = address_of(connection)
    kind, _, given = connection.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return await _by_bearer(context, given.strip(), address)
    cookie = connection.cookies.get(COOKIE)
    if cookie and connection.scope.get("method", "GET") in READING:
        return await by_cookie(context, cookie, address)
    raise UnauthorizedError


def address_of(connection: HTTPConnection) -> str:
    """From where it comes, as the socket says."""
    return connection.client.host if connection.client else ""


async def _by_bearer(context: Context, given: str, address: str) -> Principal:
    if given.startswith("csk_"):
        return key_principal(await by_key(context, given), address)
    try:
        claims = context.token_keys.verify(given, context.clock())
    except InvalidTokenError:
        raise UnauthorizedError from None
    return await _by_user(context, claims.client_id, claims.user_id, address)


async def by_cookie(context: Context, cookie: str, address: str) -> Principal:
    """Whoever signed in at the page. Raises ``UnauthorizedError``."""
    async with context.store.read() as reading:
        row = await sessions.find_session(reading, "cookie", digest(cookie))
        kind, _, found = row.holder.partition(":") if row else ("", "", "")
        key = await api_keys.find_key(reading, found) if kind == "key" else None
    if row is None or not row.holds(context.clock()):
        raise UnauthorizedError
    if kind == "user":
        return await _by_user(context, row.client_id, found, address)
    if key is None or not key.holds(context.clock()):
        raise UnauthorizedError
    return key_principal(key, address)


async def by_key(context: Context, given: str) -> KeyRow:
    """The row of an API key that holds. Raises ``UnauthorizedError``."""
    key_id, now = key_id_of(given), context.clock()
    async with context.store.read() as reading:
        row = await api_keys.find_key(reading, key_id) if key_id else None
    if row is None and key_id and same(given, digest(context.settings.first_key)):
        row = await _first(context, key_id, given)
    right = same(given, row.key_hash if row else UNKNOWN)
    if row is None or not right or not row.holds(now):
        raise UnauthorizedError
    if row.last_used_on != now.date():
        await _note_use(context, row.key_id)
    return row


async def _first(context: Context, key_id: str, given: str) -> KeyRow:
    """The key of the setting becomes a row like others, which can be revoked."""
    row = KeyRow(key_id, DEFAULT_CLIENT, FIRST_KEY, digest(given), SCOPES, "SENTINEL_FIRST_KEY", context.clock())
    async with context.store.write() as writing:
        await api_keys.insert_key(writing, row)
        kept = await api_keys.find_key(writing, key_id)
    return kept or row


async def _note_use(context: Context, key_id: str) -> None:
    """A store that takes nothing now still lets people read."""
    try:
        async with context.store.write() as writing:
            await api_keys.note_use(writing, key_id, context.clock().date())
    except StoreError as error:
        log.warning("key_use_not_noted", error=str(error))


async def _by_user(context: Context, client_id: str, user_id: str, address: str) -> Principal:
    async with context.store.read() as reading:
        row = await users.get_user(reading, client_id, user_id)
    if row is None or not row.active:
        raise UnauthorizedError
    return user_principal(row, address)


def user_principal(row: UserRow, address: str) -> Principal:
    """What a person may, now."""
    role = cast("Role", row.role)
    scopes: frozenset[Scope] = frozenset() if row.must_change else ROLES[role]
    holder = f"user:{row.user_id}"
    return Principal(row.client_id, row.email, role, scopes, holder, address, row.must_change)


def key_principal(row: KeyRow, address: str) -> Principal:
    """What a key may; a scope that is no more is none."""
    scopes = frozenset(scope for scope in SCOPES if scope in row.scopes)
    return Principal(row.client_id, f"key {row.name}", None, scopes, f"key:{row.key_id}", address)
