"""Refresh tokens, the cookies of the page and the links that open it: known by their hashes, in families.

A family begins when somebody signs in. A token that serves once (``refresh``, ``link``) and comes again was stolen,
or its successor was: the whole family ends.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec
from sqlalchemy import delete, insert, select, update

from stores.identity_tables import sessions
from stores.store import ReadSession, WriteSession

Kind = Literal["refresh", "cookie", "link"]


class SessionRow(msgspec.Struct, frozen=True):
    """One token, by its hash."""

    token_hash: str
    kind: Kind
    family: str
    client_id: str
    holder: str
    """``user:`` or ``key:`` and the id: whose rights it has."""
    issued_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    revoked_at: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Whether it is neither over nor revoked."""
        return self.revoked_at is None and now < self.expires_at


async def insert_session(w: WriteSession, row: SessionRow) -> None:
    """A new one; those that are over leave."""
    await w.change(delete(sessions).where(sessions.c.expires_at < row.issued_at))
    await w.change(insert(sessions).values(msgspec.structs.asdict(row)))


async def find_session(r: ReadSession, kind: Kind, token_hash: str) -> SessionRow | None:
    """The token is what names the client: it is looked for among all of them."""
    row = await r.row(select(sessions).where(sessions.c.token_hash == token_hash, sessions.c.kind == kind))
    return None if row is None else SessionRow(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name


async def use(w: WriteSession, token_hash: str, now: datetime) -> bool:
    """Take a token that serves once. False when it was taken before."""
    fresh = sessions.c.token_hash == token_hash, sessions.c.used_at.is_(None)
    return bool(await w.change(update(sessions).where(*fresh).values(used_at=now)))


async def revoke_family(w: WriteSession, family: str, now: datetime) -> None:
    """No token of it serves any more."""
    mine = sessions.c.family == family, sessions.c.revoked_at.is_(None)
    await w.change(update(sessions).where(*mine).values(revoked_at=now))


async def revoke_holder(w: WriteSession, client_id: str, holder: str, now: datetime) -> None:
    """Signed out everywhere."""
    mine = sessions.c.client_id == client_id, sessions.c.holder == holder, sessions.c.revoked_at.is_(None)
    await w.change(update(sessions).where(*mine).values(revoked_at=now))
