from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from schemas.errors import InvalidInputError, SentinelError
from stores import ReadSession, Store, StoreError, open_store, progress
from stores.migrate import HEAD, upgrade
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
        waiting = asyncio.create_task(_append(other))
        await asyncio.sleep(0.2)
        waiting.cancel()
        await progress.append(w, "scan", "scan_started", {}, NOW)
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await _append(store)
    await _append(other)
    assert await steps(store) == 3


async def _append(store: Store) -> None:
    async with store.write() as w:
        await progress.append(w, "scan", "task_started", {}, NOW)


async def test_a_reader_sees_one_moment_and_holds_nobody_up(store: Store, other: Store) -> None:
    async with store.read() as r:
        before = await progress.after(r, "scan", 0, 10)
        await _append(other)
        assert await progress.after(r, "scan", 0, 10) == before == []
    assert await steps(store) == 1


async def test_a_reader_cannot_write(store: Store) -> None:
    assert not hasattr(ReadSession, "change")
    with pytest.raises(StoreError):
        async with store.read() as r:
            await r.rows(text("DELETE FROM progress"))


async def test_writers_of_many_stores_wait_for_each_other(store: Store, other: Store) -> None:
    await asyncio.gather(*[_append(each) for each in [store, other] * 25])
    assert await steps(store) == 50


@pytest.mark.parametrize("url", ["postgresql://host/db", "sqlite://", "sqlite:///", "store.sqlite", "mysql:///x", ""])
def test_another_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidInputError, match="sqlite:///FILE") as refused:
        open_store(url)
    assert refused.value.field == "SENTINEL_STORE"


async def test_migrating_makes_the_folder_and_the_tables_and_again_does_nothing(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'new folder' / '100% é.sqlite'}")
    await store.migrate()
    await store.ping()
    await _append(store)
    await store.migrate()
    assert await steps(store) == 1
    await store.close()
    await store.close()


def test_the_migrations_make_the_tables_that_the_program_knows(tmp_path: Path) -> None:
    upgrade(tmp_path / "store.sqlite")
    engine = create_engine(f"sqlite:///{tmp_path / 'store.sqlite'}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    engine.dispose()


def test_the_head_is_the_last_revision() -> None:
    assert ScriptDirectory(str(ROOT / "stores" / "migrations")).get_heads() == [HEAD]


async def test_two_processes_migrate_at_once(opener: Opener, url: str) -> None:
    code = f"import asyncio\nfrom stores import open_store\nasyncio.run(open_store({url!r}).migrate())"
    both = [await asyncio.create_subprocess_exec(sys.executable, "-c", code, cwd=ROOT) for _ in range(3)]
    assert [await process.wait() for process in both] == [0, 0, 0]
    store = await opener()
    await store.ping()
    await _append(store)


async def test_a_store_that_is_not_migrated_says_what_to_do(opener: Opener) -> None:
    store = await opener()
    with pytest.raises(StoreError, match="run `sentinel db upgrade`"):
        await store.ping()
    with pytest.raises(StoreError, match="run `sentinel db upgrade`"):
        await _append(store)


async def test_a_store_of_another_version_is_not_ready(store: Store) -> None:
    async with store.write() as w:
        await w.change(text("UPDATE alembic_version SET version_num = 'v9999'"))
    with pytest.raises(StoreError, match="another version"):
        await store.ping()
    with pytest.raises(StoreError, match="was written by a newer version"):
        await store.migrate()


async def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = open_store(f"sqlite:///{tmp_path / 'file' / 'store.sqlite'}")
    with pytest.raises(StoreError) as told:
        await store.migrate()
    assert str(told.value) == f"store {tmp_path / 'file' / 'store.sqlite'}: File exists: {tmp_path / 'file'}"


async def test_a_path_that_is_a_folder_is_one_line(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}")
    for use in (store.migrate, store.ping):
        with pytest.raises(StoreError, match="cannot be opened; check that its folder exists and is writable"):
            await use()


async def test_a_file_that_is_no_database_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "store.sqlite").write_text("not a database " * 100)
    store = open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    with pytest.raises(StoreError, match="is not a SQLite database"):
        await store.migrate()
    with pytest.raises(StoreError, match="is not a SQLite database"):
        await store.ping()
    await store.close()


async def test_a_damaged_file_is_one_line(store: Store) -> None:
    async with store.write() as w:
        await progress.append(w, "scan", "task_failed", {"error": "x" * 200_000}, NOW)
    with closing(sqlite3.connect(store.path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = store.path.stat().st_size
    with store.path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
    damaged = open_store(f"sqlite:///{store.path}")
    with pytest.raises(StoreError, match="is damaged"):
        await steps(damaged)
    await damaged.close()


async def test_a_full_disk_is_one_line_and_the_next_write_works(store: Store) -> None:
    async with store.write() as w:
        (pages,) = await w.rows(text("PRAGMA page_count"))
        await w.rows(text(f"PRAGMA max_page_count = {pages[0]}"))
    with pytest.raises(StoreError, match="the disk is full; free some space"):
        async with store.write() as w:
            await progress.append(w, "scan", "task_failed", {"error": "x" * 100_000}, NOW)
    async with store.write() as w:
        await w.rows(text("PRAGMA max_page_count = 1000000"))
    await _append(store)
    assert await steps(store) == 1


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another process that does not let go."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield


async def test_a_lock_that_is_held_too_long_is_one_line(store: Store) -> None:
    async with store.write() as w:
        await w.rows(text("PRAGMA busy_timeout = 50"))
    with locked(store.path), pytest.raises(StoreError, match="another process holds it locked") as told:
        await _append(store)
    assert isinstance(told.value, SentinelError)
    assert "\n" not in str(told.value)
    await _append(store)


async def test_what_is_wrong_with_a_value_is_no_error_of_the_store(store: Store) -> None:
    with pytest.raises(Exception) as told:  # noqa: PT011 - any but the one named below
        async with store.write() as w:
            await progress.append(w, "scan", "task_failed", {"error": object()}, NOW)
    assert not isinstance(told.value, StoreError)
