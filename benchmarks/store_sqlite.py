"""How fast the materializer's writes are on SQLite, against the bare driver on the same schema.

Floor: ``sqlite3.executemany`` of rows that are ready, in the same transactions, into tables that the same migration
made. Both write the same events to new files, in turns; medians are printed. Run: python -m benchmarks.store_sqlite
"""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from contextlib import closing
from functools import partial
from itertools import count
from pathlib import Path

from benchmarks.store_rounds import Batches, Cell, Spent, ask, compare, options, timed
from stores.columns import to_micros
from stores.event_rows import event_row
from stores.migrate import upgrade
from stores.sqlite import SqliteFile, appending
from stores.tables import events as table


def bare(url: str, batches: Batches) -> Spent:
    """The floor of the log: rows are ready before the clock starts."""
    path = Path(url.removeprefix("sqlite:///"))
    upgrade(SqliteFile(path))
    ready = [[event_row(event, body, to_micros) for event, body in batch] for batch in batches]
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA cache_size = -16384")
        began = Spent.now()
        for rows in ready:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(appending(table), rows)
            connection.execute("COMMIT")
        return began.since()


CELLS: dict[str, Cell] = {
    "bare driver": bare,
    "log": partial(timed, everything=False),
    "log+state+findings": partial(timed, everything=True),
    "  and what changed": partial(timed, everything=True, telling=True),
}


def main() -> None:
    """Interleaved rounds, medians, ratios."""
    asked = options(__doc__)
    numbers = count()
    with tempfile.TemporaryDirectory() as folder:
        last = compare(CELLS, lambda: f"sqlite:///{folder}/{next(numbers)}.sqlite", asked.events, asked.rounds)
        asyncio.run(ask(last))


if __name__ == "__main__":
    main()
