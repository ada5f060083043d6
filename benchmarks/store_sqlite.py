"""How fast the materializer's writes are on SQLite, against the bare driver on the same schema.

Floor: ``sqlite3.executemany`` of rows that are ready, in the same transactions, into tables that the same migration
made. Both write the same events to new files, in turns; medians are printed. Run: python benchmarks/store_sqlite.py
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec

from schemas.event import Data, Event, encode, event_id, source_of
from stores import Store, events, facts, open_store
from stores.columns import to_micros
from stores.event_rows import event_row
from stores.events import EventQuery
from stores.migrate import upgrade
from stores.sqlite import SqliteFile, appending
from stores.tables import events as table

BATCH = 2000
FACTS = 15
START = datetime(2026, 11, 21, 4, tzinfo=UTC)
DETAILS = [f"metadata.ebs.field_{n}" for n in range(FACTS - 1)] + ["waste.ebs.unattached"]
FINDING = {
    "rule": "disk.unattached",
    "outcome": "waste",
    "severity": "high",
    "reason": "attached to nothing for 41 days",
    "monthly_saving": "8.80",
    "currency": "USD",
    "evidence": {"state": "available", "age_days": 41, "tags": {"text": "x" * 300}},
}

Read = tuple[Event, bytes]
Batches = Sequence[Sequence[Read]]


class Spent(NamedTuple):
    """Seconds on the wall, and of CPU over all threads: on a loaded machine only the latter can be compared."""

    wall: float
    cpu: float

    @classmethod
    def now(cls) -> Spent:
        return cls(time.perf_counter(), time.process_time())

    def since(self) -> Spent:
        return Spent(time.perf_counter() - self.wall, time.process_time() - self.cpu)


def made(count: int) -> Iterator[Read]:
    """Events of about 1 KB, as scans send them: all facts of a resource in a row."""
    for n in range(count):
        subject = f"arn:aws:ec2:eu-west-1:111111111111:volume/vol-{n // FACTS:017x}"
        kind = f"aws.{DETAILS[n % FACTS]}"
        event = Event(
            id=event_id("scan-1", subject, kind),
            source=source_of("aws", "111111111111"),
            type=kind,
            subject=subject,
            time=START + timedelta(microseconds=n),
            clientid="default",
            scanid="scan-1",
            taskid="scan-1-1",
            attempt=1,
            asof=START,
            provider="aws",
            accountid="111111111111",
            region="eu-west-1",
            resourcetype="AWS::EC2::Volume",
            partitionkey=subject,
            data=Data(FINDING if "waste" in kind else "x" * 300),
        )
        yield event, encode(event)


def bare(path: Path, batches: Batches) -> Spent:
    """The floor of the log: rows are ready before the clock starts."""
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


async def _timed(path: Path, batches: Batches, *, everything: bool) -> Spent:
    store = open_store(f"sqlite:///{path}")
    await store.migrate()
    async with store.write() as w:
        await facts.positions(w)
    began = Spent.now()
    for number, batch in enumerate(batches):
        await _write(store, batch, number, everything=everything)
    elapsed = began.since()
    await store.close()
    return elapsed


async def _write(store: Store, batch: Sequence[Read], number: int, *, everything: bool) -> None:
    async with store.write() as w:
        await facts.store_events(w, batch)
        if everything:
            told = [event for event, _ in batch]
            await facts.fold_state(w, told)
            await facts.upsert_findings(w, told)
            await facts.advance(w, {("sentinel.events", 0): number})


def log(path: Path, batches: Batches) -> Spent:
    """The event log by itself, through the store."""
    return asyncio.run(_timed(path, batches, everything=False))


def everything(path: Path, batches: Batches) -> Spent:
    """As the materializer writes: log, state, findings and positions."""
    return asyncio.run(_timed(path, batches, everything=True))


async def _queries(path: Path) -> None:
    store = open_store(f"sqlite:///{path}")
    asked = {"all": {}, "type aws.waste.*": {"type": "aws.waste.*"}, "scan": {"scan_id": "scan-1"}}
    for name, query in asked.items():
        took = []
        for _ in range(100):
            began = time.perf_counter()
            async with store.read() as r:
                await events.find_events(r, msgspec.convert({"client_id": "default", **query}, EventQuery))
            took.append(time.perf_counter() - began)
        took.sort()
        print(f"page of 100 events, {name:18} p50 {took[50] * 1000:6.2f} ms   p95 {took[94] * 1000:6.2f} ms")
    await store.close()


CELLS: dict[str, Callable[[Path, Batches], Spent]] = {"bare driver": bare, "log": log, "log+state+findings": everything}


def _median(found: Sequence[Spent]) -> Spent:
    return Spent(statistics.median(each.wall for each in found), statistics.median(each.cpu for each in found))


def main() -> None:
    """Interleaved rounds, medians, ratios."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--events", type=int, default=100_000)
    arguments.add_argument("--rounds", type=int, default=3)
    options = arguments.parse_args()
    ready = list(made(options.events))
    batches = [ready[n : n + BATCH] for n in range(0, len(ready), BATCH)]
    spent: dict[str, list[Spent]] = {name: [] for name in CELLS}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(options.rounds):
            for name, cell in CELLS.items():
                path = Path(folder) / f"{name}-{number}.sqlite"
                spent[name].append(cell(path, batches))
        size = sum(len(body) for _, body in ready) / len(ready)
        print(f"{options.events} events of {size:.0f} bytes, {options.rounds} rounds, load {os.getloadavg()[0]:.1f}")
        floor = _median(spent["bare driver"])
        for name, found in spent.items():
            each = _median(found)
            rate, cpu = options.events / each.wall, each.cpu / options.events * 1e6
            ratios = f"{floor.wall / each.wall:.2f} of the floor's rate, {floor.cpu / each.cpu:.2f} by CPU"
            print(f"{name:20} {rate:8,.0f} events/s  {cpu:5.1f} us of CPU an event   {ratios}")
        asyncio.run(_queries(path))


if __name__ == "__main__":
    main()
