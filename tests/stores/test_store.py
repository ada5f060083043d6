from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from schemas.errors import InvalidInputError, SentinelError
from stores import ReadSession, Store, StoreError, open_store, progress
from stores.migrate import HEAD, downgrade
from stores.sqlite import SqliteFile
from stores.tables import metadata
from tests.stores.conftest import Opener
from tests.stores.given import NOW

ROOT = Path(__file__).parents[2]


async def steps(store: Store) -> int:
    async with store.read() as r:
        return len(await progress.after(r, "scan", 0, 100))


async def test_what_is_written_is_read(store: Store, other: Store) -> None:
    async with store.write() as w:
        await progress.append(w, "scan", "scan_started", {}, NOW)
    assert await steps(other) == 1


async def test_an_error_undoes_the_whole_transaction(store: Store) -> None:
    async def half() -> None:
        async with store.write() as w:
            await progress.append(w, "scan", "scan_started", {}, NOW)
            raise KeyError

    with pytest.raises(KeyError):
        await half()
    assert await steps(store) == 0


async def test_a_cancelled_writer_leaves_nothing_and_the_next_one_writes(store: Store) -> None:
    wrote = asyncio.Event()

    async def write() -> None:
        async with store.write() as w:
            await progress.append(w, "scan", "scan_started", {}, NOW)
            wrote.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(write())
    await wrote.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with store.write() as w:
        await progress.append(w, "scan", "scan_finished", {}, NOW)
    assert await steps(store) == 1


async def test_a_writer_that_is_cancelled_while_it_waits_holds_no_lock(store: Store, other: Store) -> None:
    async with store.write() as w:
        waiting = asyncio.create_task(append(other))
        await asyncio.sleep(0.2)
        waiting.cancel()
        await progress.append(w, "scan", "scan_started", {}, NOW)
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await append(store)
    await append(other)
    assert await steps(store) == 3


async def append(store: Store) -> None:
    async with store.write() as w:
        await progress.append(w, "scan", "task_started", {}, NOW)


async def test_a_reader_sees_one_moment_and_holds_nobody_up(store: Store, other: Store) -> None:
    async with store.read() as r:
        before = await progress.after(r, "scan", 0, 10)
        await append(other)
        assert await progress.after(r, "scan", 0, 10) == before == []
    assert await steps(store) == 1


async def test_readers_do_not_wait_for_an_open_writer(store: Store) -> None:
    async with store.write() as w:
        await progress.append(w, "scan", "scan_started", {}, NOW)
        assert await steps(store) == 0
    assert await steps(store) == 1


async def test_a_lock_that_is_held_too_long_is_one_line(store: Store, other: Store) -> None:
    patience = "PRAGMA busy_timeout = 50" if isinstance(store.database, SqliteFile) else "SET lock_timeout = '50ms'"
    async with store.write() as w:
        await w.change(text(patience))
    async with other.write():
        with pytest.raises(StoreError, match="another process holds it locked") as told:
            await append(store)
    assert isinstance(told.value, SentinelError)
    assert "\n" not in str(told.value)
    await append(store)
    assert await steps(store) == 1


async def test_migrating_again_and_closing_again_do_nothing(store: Store) -> None:
    await append(store)
    await store.migrate()
    await store.ping()
    assert await steps(store) == 1
    await store.close()
    await store.close()


async def test_a_reader_cannot_write(store: Store) -> None:
    assert not hasattr(ReadSession, "change")
    with pytest.raises(StoreError):
        async with store.read() as r:
            await r.rows(text("DELETE FROM progress"))


async def test_writers_of_many_stores_wait_for_each_other(store: Store, other: Store) -> None:
    await asyncio.gather(*[append(each) for each in [store, other] * 25])
    assert await steps(store) == 50


ALLOWED = "sqlite:///FILE or postgresql://USER:PASSWORD@HOST"
WRONG = ["sqlite://", "sqlite:///", "store.sqlite", "mysql:///x", "", "postgresql+psycopg://host/db"]


@pytest.mark.parametrize("address", WRONG)
def test_another_address_is_refused(address: str) -> None:
    with pytest.raises(InvalidInputError, match=ALLOWED) as refused:
        open_store(address)
    assert refused.value.field == "SENTINEL_STORE"


def difference(connection: Connection) -> None:
    assert compare_metadata(MigrationContext.configure(connection), metadata) == []


async def test_the_migrations_make_the_tables_that_the_program_knows(store: Store) -> None:
    await asyncio.to_thread(store.database.migrate, difference)


def only_the_revision_is_left(connection: Connection) -> None:
    assert inspect(connection).get_table_names() == ["alembic_version"]


async def test_an_older_version_is_reached_again_and_its_rows_stay(store: Store) -> None:
    await append(store)
    await asyncio.to_thread(downgrade, store.database, "v0001")
    with pytest.raises(StoreError, match="another version"):
        await store.ping()
    assert await steps(store) == 1
    await store.migrate()
    await asyncio.to_thread(store.database.migrate, difference)
    assert await steps(store) == 1
    await asyncio.to_thread(downgrade, store.database, "base")
    await asyncio.to_thread(store.database.migrate, only_the_revision_is_left)
    await store.migrate()
    assert await steps(store) == 0


def test_the_head_is_the_last_revision() -> None:
    assert ScriptDirectory(str(ROOT / "stores" / "migrations")).get_heads() == [HEAD]


async def test_two_processes_migrate_at_once(opener: Opener, url: str) -> None:
    code = f"import asyncio\nfrom stores import open_store\nasyncio.run(open_store({url!r}).migrate())"
    both = [await asyncio.create_subprocess_exec(sys.executable, "-c", code, cwd=ROOT) for _ in range(3)]
    assert [await process.wait() for process in both] == [0, 0, 0]
    store = await opener()
    await store.ping()
    await append(store)


async def test_a_store_that_is_not_migrated_says_what_to_do(opener: Opener) -> None:
    store = await opener()
    with pytest.raises(StoreError, match="run `sentinel db upgrade`"):
        await store.ping()
    with pytest.raises(StoreError, match="run `sentinel db upgrade`"):
        await append(store)


async def test_a_store_of_another_version_is_not_ready(store: Store) -> None:
    async with store.write() as w:
        await w.change(text("UPDATE alembic_version SET version_num = 'v9999'"))
    with pytest.raises(StoreError, match="another version"):
        await store.ping()
    with pytest.raises(StoreError, match="was written by a newer version"):
        await store.migrate()


async def test_what_is_wrong_with_a_value_is_no_error_of_the_store(store: Store) -> None:
    with pytest.raises(Exception) as told:  # noqa: PT011 - any but the one named below
        async with store.write() as w:
            await progress.append(w, "scan", "task_failed", {"error": object()}, NOW)
    assert not isinstance(told.value, StoreError)
