"""What the benchmarks of both stores share: the events, the writes, the rounds in turns, the figures."""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import msgspec

from schemas.event import Data, Event, encode, event_id, source_of
from stores import Store, changes, events, facts, open_store
from stores.events import EventQuery

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

    def since(self, served: float = 0.0) -> Spent:
        """``served``: seconds of CPU that a server spent on it meanwhile."""
        return Spent(time.perf_counter() - self.wall, time.process_time() - self.cpu + served)


Cell = Callable[[str, Batches], Spent]
"""One measurement in an empty store that it is told the address of."""


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


async def write(store: Store, batches: Batches, *, everything: bool, telling: bool = False) -> None:
    """Batch by batch, as the materializer does: the log alone; or also state, findings, positions; and the changes."""
    for number, batch in enumerate(batches):
        async with store.write() as w:
            await facts.store_events(w, batch)
            if everything:
                told = [event for event, _ in batch]
                folded = await facts.fold_state(w, told)
                before = await changes.verdicts_before(w, told) if telling else {}
                await facts.upsert_findings(w, told)
                if telling:
                    await changes.note_batch(w, told, folded, before)
                await facts.advance(w, {("sentinel.events", 0): number})


async def ask(url: str) -> None:
    """How long pages of the log take."""
    store = open_store(url)
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


def options(description: str | None, **more: str) -> argparse.Namespace:
    """From the command line; ``more``: further words and what they mean."""
    arguments = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--events", type=int, default=100_000)
    arguments.add_argument("--rounds", type=int, default=5)
    for name, meaning in more.items():
        arguments.add_argument(f"--{name}", help=meaning)
    return arguments.parse_args()


def compare(cells: Mapping[str, Cell], places: Callable[[], str], events: int, rounds: int) -> str:
    """In turns, each in a new place; medians against the first cell. The place of the last one."""
    ready = list(made(events))
    batches = [ready[n : n + BATCH] for n in range(0, len(ready), BATCH)]
    spent: dict[str, list[Spent]] = {name: [] for name in cells}
    place = ""
    for _ in range(rounds):
        for name, cell in cells.items():
            place = places()
            spent[name].append(cell(place, batches))
    size = sum(len(body) for _, body in ready) / len(ready)
    print(f"{events} events of {size:.0f} bytes, {rounds} rounds, load {os.getloadavg()[0]:.1f}")
    floor = _median(next(iter(spent.values())))
    for name, found in spent.items():
        _tell(name, _median(found), floor, events)
    return place


def _median(found: Sequence[Spent]) -> Spent:
    return Spent(statistics.median(each.wall for each in found), statistics.median(each.cpu for each in found))


def _tell(name: str, each: Spent, floor: Spent, events: int) -> None:
    rate, cpu = events / each.wall, each.cpu / events * 1e6
    ratios = f"{floor.wall / each.wall:.2f} of the floor's rate, {floor.cpu / each.cpu:.2f} by CPU"
    print(f"{name:20} {rate:8,.0f} events/s  {cpu:5.1f} us of CPU an event   {ratios}")


def timed(url: str, batches: Batches, *, everything: bool, telling: bool = False) -> Spent:
    """Through a store that needs no server."""
    return asyncio.run(_timed(url, batches, everything=everything, telling=telling))


async def _timed(url: str, batches: Batches, *, everything: bool, telling: bool) -> Spent:
    store = open_store(url)
    await store.migrate()
    async with store.write() as w:
        await facts.positions(w)
    began = Spent.now()
    await write(store, batches, everything=everything, telling=telling)
    elapsed = began.since()
    await store.close()
    return elapsed
