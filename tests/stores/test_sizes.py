"""What a store takes: counted rows, bytes with indexes, and the events by their days."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import text

from stores import Store
from stores.sizes import TableSize, table_sizes
from stores.sqlite import SqliteFile
from stores.tables import metadata
from tests.stores.given import DAY, NOW, event, log, put, waste


async def sizes(store: Store) -> dict[str, TableSize]:
    async with store.read() as r:
        return {each.table: each for each in await table_sizes(r)}


async def test_an_empty_store_has_tables_without_rows(store: Store) -> None:
    found = await sizes(store)
    assert set(found) == set(metadata.tables)
    assert {each.rows for each in found.values()} == {0}
    assert found["events"].days == ()


async def test_rows_and_days_are_counted(store: Store) -> None:
    old = datetime(1969, 12, 31, 12, tzinfo=UTC)
    await log(store, *[event(id=str(n), asof=NOW + DAY * (n % 3)) for n in range(7)], event(id="old", asof=old))
    await put(store, waste(asof=NOW))
    found = await sizes(store)
    assert (found["events"].rows, found["findings"].rows, found["resources"].rows) == (9, 1, 1)
    days = [(each.day, each.rows) for each in found["events"].days]
    oldest = "1969-12-31" if isinstance(store.database, SqliteFile) else "before 2020"
    assert days == [(oldest, 1), ("2026-11-21", 4), ("2026-11-22", 2), ("2026-11-23", 2)]


async def test_bytes_grow_with_what_is_kept(store: Store) -> None:
    before = (await sizes(store))["events"].bytes
    await log(store, *[event(id=str(n), value="x" * 1000) for n in range(400)])
    found = (await sizes(store))["events"]
    assert before is not None
    assert found.bytes is not None
    assert 400_000 < found.bytes - before < 2_000_000
    if not isinstance(store.database, SqliteFile):
        assert [each.bytes for each in found.days] == [found.bytes]


async def test_the_bytes_are_those_of_the_whole_file(store: Store) -> None:
    await put(store, *[event(id=str(n), subject=f"arn:{n}") for n in range(200)])
    found = await sizes(store)
    total = sum(each.bytes or 0 for each in found.values())
    if isinstance(store.database, SqliteFile):
        async with store.read() as r:
            ((pages,),) = await r.rows(text("PRAGMA page_count"))
        assert 0 <= pages * 4096 - total <= 16 * 4096  # the schema, the revision, free pages
    else:
        assert total > 100_000
