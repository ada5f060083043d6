"""The API keys of a client."""

from __future__ import annotations

from datetime import datetime

from control_plane.audit.record import record
from control_plane.auth.opaque import digest, new_key
from control_plane.context import Context
from control_plane.errors import ForbiddenError, NotFoundError
from control_plane.keys.answer import KeyAnswer, KeyList, NewKeyAnswer
from control_plane.keys.request import KeyPage, NewKeyRequest
from control_plane.paging import read_cursor, write_cursor
from control_plane.principal import Principal
from schemas.errors import InvalidInputError
from stores import api_keys
from stores.api_keys import KeyRow


async def page(context: Context, principal: Principal, asked: KeyPage) -> KeyList:
    """Newest first."""
    cursor = read_cursor(asked.cursor, tuple[datetime, str])
    async with context.store.read() as reading:
        rows = await api_keys.list_keys(reading, principal.client_id, limit=asked.limit + 1, cursor=cursor)
    shown = rows[: asked.limit]
    more = write_cursor((shown[-1].created_at, shown[-1].key_id)) if len(rows) > len(shown) else None
    return KeyList(items=[KeyAnswer.of(row) for row in shown], next_cursor=more)


async def create(context: Context, principal: Principal, asked: NewKeyRequest) -> NewKeyAnswer:
    """Raises ``ForbiddenError`` for scopes not theirs to give, ``InvalidInputError`` for an end that is past."""
    now = context.clock()
    beyond = sorted(set(asked.scopes) - principal.scopes)
    if beyond:
        raise ForbiddenError(f'{principal.name} does not have the scope "{beyond[0]}" to give')
    if asked.expires_at is not None and asked.expires_at <= now:
        raise InvalidInputError("expires_at", asked.expires_at.isoformat(), "a time to come")
    made = new_key()
    scopes = tuple(sorted(set(asked.scopes)))
    row = KeyRow(
        made.key_id, principal.client_id, asked.name, digest(made.key), scopes, principal.name, now, asked.expires_at
    )
    async with context.store.write() as writing:
        await api_keys.insert_key(writing, row)
        told = {"name": row.name, "scopes": list(scopes)}
        await record(writing, context, principal, "key.create", f"key:{row.key_id}", **told)
    return NewKeyAnswer(**KeyAnswer.of(row).model_dump(), key=made.key)


async def revoke(context: Context, principal: Principal, key_id: str) -> KeyAnswer:
    """Revoking again changes nothing. Raises ``NotFoundError``."""
    async with context.store.write() as writing:
        if await api_keys.revoke_key(writing, principal.client_id, key_id, context.clock()):
            await record(writing, context, principal, "key.revoke", f"key:{key_id}")
        row = await api_keys.get_key(writing, principal.client_id, key_id)
    if row is None:
        raise NotFoundError("API key", key_id)
    return KeyAnswer.of(row)


async def one(context: Context, principal: Principal, key_id: str) -> KeyAnswer:
    """Raises ``NotFoundError``."""
    async with context.store.read() as reading:
        row = await api_keys.get_key(reading, principal.client_id, key_id)
    if row is None:
        raise NotFoundError("API key", key_id)
    return KeyAnswer.of(row)
