"""The audit log: it tells who did what, when, from where, and nobody can change what it told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DBAPIError

from stores import Store
from stores.audit import AuditEntry, AuditFilters, append, find_entries
from stores.identity_tables import audit_log
from stores.sqlite import SqliteFile
from tests.stores.given import NOW


async def tell(store: Store, action: str, *, client_id: str = "acme", actor: str = "ann@acme.test") -> None:
    async with store.write() as w:
        where = {"address": "192.0.2.7", "details": {"mode": "assume_role"}}
        await append(w, client_id, actor, action, "account:1", at=NOW, **where)  # type: ignore[arg-type]


async def told(store: Store, filters: AuditFilters, *, before: int | None = None, limit: int = 10) -> list[AuditEntry]:
    async with store.read() as r:
        return await find_entries(r, "acme", filters, limit=limit, before=before)


async def test_it_tells_who_did_what_when_from_where(store: Store) -> None:
    await tell(store, "account.create")
    (entry,) = await told(store, AuditFilters())
    assert (entry.actor, entry.action, entry.target) == ("ann@acme.test", "account.create", "account:1")
    assert (entry.at, entry.address, entry.details) == (NOW, "192.0.2.7", {"mode": "assume_role"})


async def test_pages_are_newest_first_and_of_one_client(store: Store) -> None:
    for action in ("a.first", "a.second", "a.third"):
        await tell(store, action)
    await tell(store, "a.foreign", client_id="globex")
    page = await told(store, AuditFilters(), limit=2)
    assert [entry.action for entry in page] == ["a.third", "a.second"]
    assert [entry.action for entry in await told(store, AuditFilters(), before=page[-1].seq)] == ["a.first"]
    assert [entry.action for entry in await told(store, AuditFilters(action="a.second"))] == ["a.second"]
    assert await told(store, AuditFilters(actor="bob@acme.test")) == []


@pytest.mark.parametrize(
    "change",
    [update(audit_log).values(actor="somebody else"), delete(audit_log), delete(audit_log).where(audit_log.c.seq == 1)],
    ids=["update", "delete", "delete one"],
)
async def test_the_database_refuses_every_change(store: Store, change: object) -> None:
    await tell(store, "account.create")
    before = await told(store, AuditFilters())
    with pytest.raises(DBAPIError, match="append-only"):
        async with store.write() as w:
            await w.change(change)  # type: ignore[arg-type]
    assert await told(store, AuditFilters()) == before


async def test_it_cannot_be_emptied_at_once(store: Store) -> None:
    if isinstance(store.database, SqliteFile):
        return  # it has no TRUNCATE
    await tell(store, "account.create")
    with pytest.raises(DBAPIError, match="append-only"):
        async with store.write() as w:
            await w.change(text("TRUNCATE audit_log"))


async def fail_after_telling(store: Store) -> None:
    async with store.write() as w:
        await append(w, "acme", "ann", "account.create", "account:1", at=NOW)
        raise RuntimeError


async def test_a_deed_that_is_rolled_back_is_not_told(store: Store) -> None:
    with pytest.raises(RuntimeError):
        await fail_after_telling(store)
    assert await told(store, AuditFilters()) == []
    await tell(store, "later")
    (entry,) = await told(store, AuditFilters())
    assert entry.at - NOW == timedelta()
