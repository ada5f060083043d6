"""What only a SQLite file can be: its place, its damage, its lock."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from stores import Store, StoreError, open_store, progress
from tests.stores.given import NOW
from tests.stores.test_store import append, steps


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite"


@pytest.fixture
def url(path: Path) -> str:
    return f"sqlite:///{path}"


async def test_migrating_makes_the_folder_and_the_tables(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'new folder' / '100% é.sqlite'}")
    await store.migrate()
    await store.ping()
    await append(store)
    assert await steps(store) == 1
    await store.close()


async def test_the_log_is_written_ahead(store: Store, path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


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


def damage(path: Path) -> None:
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))


async def test_a_damaged_file_is_one_line(store: Store, path: Path) -> None:
    async with store.write() as w:
        await progress.append(w, "scan", "task_failed", {"error": "x" * 200_000}, NOW)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    damage(path)
    damaged = open_store(f"sqlite:///{path}")
    with pytest.raises(StoreError, match="is damaged"):
        await steps(damaged)
    await damaged.close()


async def test_a_full_disk_is_one_line_and_the_next_write_works(store: Store, path: Path) -> None:
    async with store.write() as w:
        (pages,) = await w.rows(text("PRAGMA page_count"))
        await w.rows(text(f"PRAGMA max_page_count = {pages[0]}"))
    with pytest.raises(StoreError, match="the disk is full; free some space"):
        async with store.write() as w:
            await progress.append(w, "scan", "task_failed", {"error": "x" * 100_000}, NOW)
    async with store.write() as w:
        await w.rows(text("PRAGMA max_page_count = 1000000"))
    await append(store)
    assert await steps(store) == 1
