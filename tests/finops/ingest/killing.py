"""Kills ingestions, in processes that are forked from this one before it has any thread: ``python -m … FOLDER``.

Prints, as JSON, what store and lake hold in the end: of an ingestion that nobody disturbed, and of each that was killed
and run again.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import text

from finops.ingest.order import Desk
from finops.ingest.run import ingest
from stores.lake import duck, manifests
from tests.finops.ingest.given import bill, desk_in, line, order_of

STEPS = ("raw", "opening", "adding up", "begun", "silver", "gold", "telling", "swapping", "activating", "done")
RANDOM_KILLS = 3
LINES = 1100


QUERIES = (
    "SELECT * FROM ingestions ORDER BY id",
    "SELECT * FROM daily_costs ORDER BY id",
    "SELECT id FROM events ORDER BY id",
)


def main(folder: Path) -> None:
    """All of it."""
    lines = [line("0.10", 1 + n % 31, team=f"t{n}", id=f"{n}") for n in range(LINES)]
    first = bill(folder / "first" / "october.csv", *[line("1.00", id=str(n)) for n in range(3)])
    restated = bill(folder / "restated" / "october.csv", *lines)
    in_child(lambda: run(folder / "before", first))
    shutil.copytree(folder / "before", folder / "whole")
    began = time.monotonic()
    in_child(lambda: run(folder / "whole", restated))
    seconds = time.monotonic() - began
    told = {"undisturbed": in_child(lambda: show(folder / "whole"))}
    for step in STEPS:
        home = shutil.copytree(folder / "before", folder / f"step-{STEPS.index(step)}")
        assert in_child(lambda: run(home, restated, die_at=step)) is None, step  # noqa: B023 - called at once
        told[step] = again(home, restated)
    chance = random.Random(7)
    for number in range(RANDOM_KILLS):
        home = shutil.copytree(folder / "before", folder / f"random-{number}")
        in_child(lambda: run(home, restated), kill_after=chance.uniform(0, seconds))  # noqa: B023
        told[f"random {number}"] = again(home, restated)
    print(json.dumps(told, default=str))


def again(home: Path, path: Path) -> Any:
    in_child(lambda: run(home, path))
    return in_child(lambda: show(home))


def in_child(work: Any, kill_after: float | None = None) -> Any:
    """What the work returns; None when its process died."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        with os.fdopen(writing, "w") as out:
            json.dump(work() or "done", out, default=str)
        os._exit(0)
    os.close(writing)
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reading) as answer:
        body = answer.read()
    os.waitpid(child, 0)
    return json.loads(body) if body else None


def run(home: Path, path: Path, die_at: str | None = None) -> None:
    def step(name: str) -> None:
        if die_at is not None and die_at in name:
            os.kill(os.getpid(), signal.SIGKILL)

    async def work() -> None:
        async with desk_in(home) as desk:
            await ingest(order_of(path), replace(desk, step=step))

    asyncio.run(work())


def show(home: Path) -> Any:
    async def work() -> Any:
        async with desk_in(home) as desk:
            keys = sorted(each.key for each in desk.lake.list())
            return {"store": await stored(desk), "lake": in_lake(desk), "keys": keys}

    return asyncio.run(work())


async def stored(desk: Desk) -> Any:
    async with desk.store.read() as r:
        return [[list(row) for row in await r.rows(text(query))] for query in QUERIES]


def in_lake(desk: Desk) -> Any:
    """What the manifests name, without the order in which it was written."""
    with duck(desk.settings, desk.lake.staging) as connection:
        return [
            [one.ingestion_id, one.raw, connection.execute(f"SELECT * FROM '{path}' ORDER BY ALL").fetchall()]
            for one in manifests(desk.lake)
            for path in [desk.lake.local(file.key, desk.lake.staging) for file in (*one.silver, *one.gold)]
        ]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
