"""Failed sign-ins, counted for a while, so that nobody can try passwords without end at any of several processes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql

from stores.identity_tables import sign_in_failures as failures
from stores.store import ReadSession, WriteSession

WINDOW: Final = timedelta(minutes=15)
"""How long failures count, from the first of them."""


async def count(r: ReadSession, about: str, now: datetime) -> tuple[int, datetime]:
    """How many there were, and when they will be forgotten."""
    row = await r.row(select(failures).where(failures.c.about == about, failures.c.since > now - WINDOW))
    return (0, now) if row is None else (int(row.failures), row.since + WINDOW)


async def add(w: WriteSession, about: Iterable[str], now: datetime) -> None:
    """One more for each; what is old is forgotten."""
    await w.change(delete(failures).where(failures.c.since <= now - WINDOW))
    statement = postgresql.insert(failures)
    one_more = statement.on_conflict_do_update(index_elements=["about"], set_={"failures": failures.c.failures + 1})
    await w.change(one_more, [{"about": each, "failures": 1, "since": now} for each in about])


async def forget(w: WriteSession, about: str) -> None:
    """Somebody signed in: what failed before was a slip."""
    await w.change(delete(failures).where(failures.c.about == about))
