"""How fast the materializer's writes are on PostgreSQL, against the bare driver on the same schema.

Floor: asyncpg's COPY of rows that are ready into a staging table, and from there ON CONFLICT DO NOTHING, in the same
transactions, into tables that the same migration made. Both write the same events to new databases, in turns; medians
are printed, CPU is that of the client and of the server's process behind its connection. A server is started from the
local binaries (with fsync) unless one is given. Run: python -m benchmarks.store_postgres [--server postgresql://…]
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count

import asyncpg
import psutil
from sqlalchemy import make_url, text

from benchmarks.store_rounds import START, Batches, Cell, Spent, ask, compare, options, write
from stores import Store, facts, open_store
from stores.columns import aware
from stores.event_rows import event_row
from stores.retention import prepare_days
from tests.support.postgres import own_server

STAGE = "CREATE TEMP TABLE staged (LIKE events) ON COMMIT DELETE ROWS"
MERGE = "INSERT INTO events SELECT * FROM staged ON CONFLICT DO NOTHING"
PID = "SELECT pg_backend_pid()"


def served(pid: int) -> float:
    """Seconds of CPU of a server's process; none when it runs elsewhere."""
    if not psutil.pid_exists(pid):
        return 0.0
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


async def _migrated(url: str) -> Store:
    """With the day's partition: the floor makes none."""
    store = open_store(url)
    await store.migrate()
    async with store.write() as w:
        await prepare_days(w, START, 0)
        await facts.positions(w)
    return store


async def _bare(url: str, batches: Batches) -> Spent:
    await (await _migrated(url)).close()
    ready = [[event_row(event, body, aware) for event, body in batch] for batch in batches]
    connection = await asyncpg.connect(url)
    pid = await connection.fetchval(PID)
    await connection.execute(STAGE)
    before, began = served(pid), Spent.now()
    for rows in ready:
        async with connection.transaction():
            await connection.copy_records_to_table("staged", records=rows)
            await connection.execute(MERGE)
    elapsed = began.since(served(pid) - before)
    await connection.close()
    return elapsed


async def _timed(url: str, batches: Batches, *, everything: bool) -> Spent:
    store = await _migrated(url)
    async with store.write() as w:
        ((pid,),) = await w.rows(text(PID))
    before, began = served(pid), Spent.now()
    await write(store, batches, everything=everything)
    elapsed = began.since(served(pid) - before)
    await store.close()
    return elapsed


def bare(url: str, batches: Batches) -> Spent:
    """The floor of the log: rows are ready before the clock starts."""
    return asyncio.run(_bare(url, batches))


def timed(url: str, batches: Batches, *, everything: bool) -> Spent:
    """Through the store."""
    return asyncio.run(_timed(url, batches, everything=everything))


CELLS: dict[str, Cell] = {
    "bare driver": bare,
    "log": partial(timed, everything=False),
    "log+state+findings": partial(timed, everything=True),
}


@contextmanager
def _server(given: str | None) -> Iterator[str]:
    if given:
        yield given
        return
    with own_server(fsync=True) as server:
        yield server.address


async def _execute(address: str, statement: str) -> None:
    connection = await asyncpg.connect(address)
    await connection.execute(statement)
    await connection.close()


class Databases:
    """Databases of their own, the one before the last dropped: a disk is not without an end."""

    def __init__(self, server: str) -> None:
        self._server, self._numbers, self._last = server, count(), ""

    def new(self) -> str:
        self.drop()
        self._last = f"sentinel_benchmark_{next(self._numbers)}"
        asyncio.run(_execute(self._server, f"CREATE DATABASE {self._last} TEMPLATE template0"))
        return make_url(self._server).set(database=self._last).render_as_string(hide_password=False)

    def drop(self) -> None:
        if self._last:
            asyncio.run(_execute(self._server, f"DROP DATABASE {self._last} WITH (FORCE)"))


def main() -> None:
    """Interleaved rounds, medians, ratios."""
    asked = options(__doc__, server="address of a server and of a user who may create databases")
    with _server(asked.server) as address:
        databases = Databases(address)
        asyncio.run(ask(compare(CELLS, databases.new, asked.events, asked.rounds)))
        databases.drop()


if __name__ == "__main__":
    main()
