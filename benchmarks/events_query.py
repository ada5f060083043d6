"""How long a page of ``GET /api/v1/events`` takes, against the bare SQL of the same page on the same database.

Floor: the driver alone, with the statement that the store sends, which fetches the bodies and drops them. The store
and the API (a process of its own, asked over a kept connection) take turns with it. Printed: p50, p95, ratios of p50.

Run: python -m benchmarks.events_query [--events 2000000] [--postgres ADDRESS]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec
from sqlalchemy.dialects import postgresql, sqlite

from benchmarks.store_rounds import BATCH, START, made
from cli.ports import free_port
from schemas.scan import DEFAULT_CLIENT, Connection, ScanSpec
from stores import Store, facts, open_store, scans
from stores.columns import to_micros
from stores.events import EventQuery, find_events, page_of

PAGE: Final = 100
SCAN: Final = ScanSpec(
    scan_id="scan-1",
    client_id=DEFAULT_CLIENT,
    provider="aws",
    connection=Connection(mode="demo"),
    services=("ebs",),
    regions=None,
    categories=("metadata", "waste"),
    resource_ids=None,
    lookback_days=14,
    asof=START,
)
Spent = dict[str, list[float]]
Bare = Callable[[EventQuery], Awaitable[None]]


def queries(count: int) -> Mapping[str, dict[str, Any]]:
    """By what people ask for; the deep page begins in the middle of everything."""
    middle = START + timedelta(microseconds=count // 2)
    subject = f"arn:aws:ec2:eu-west-1:111111111111:volume/vol-{count // 30:017x}"
    return {
        "client": {},
        "deep page": {"cursor": (middle, "")},
        "common prefix": {"type": "aws.metadata.*"},
        "rare prefix": {"type": "aws.waste.ebs.*"},
        "resource": {"resource_id": subject},
        "scan": {"scan_id": "scan-1"},
        "time window": {"since": middle, "until": middle + timedelta(milliseconds=5)},
    }


async def fill(store: Store, count: int) -> None:
    """The log alone, and the scan that it is of; state is not asked here."""
    async with store.write() as w:
        await scans.insert_scan(w, SCAN, START)
    batch = []
    for read in made(count):
        batch.append(read)
        if len(batch) == BATCH:
            async with store.write() as w:
                await facts.store_events(w, batch)
            batch = []
    async with store.write() as w:
        await facts.store_events(w, batch)


def bare_sqlite(path: Path) -> Bare:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)

    async def ask(query: EventQuery) -> None:
        compiled = page_of(query).compile(dialect=sqlite.dialect(), compile_kwargs={"render_postcompile": True})
        values = [compiled.construct_params()[name] for name in compiled.positiontup or ()]
        connection.execute(str(compiled), [_as_sqlite(value) for value in values]).fetchall()

    return ask


def _as_sqlite(value: object) -> object:
    return to_micros(value) if isinstance(value, datetime) else value


async def bare_postgres(address: str) -> Bare:
    import asyncpg

    connection = await asyncpg.connect(address)

    async def ask(query: EventQuery) -> None:
        compiled = page_of(query).compile(dialect=postgresql.asyncpg.dialect())
        values = [compiled.construct_params()[name] for name in compiled.positiontup or ()]
        await connection.fetch(str(compiled), *values)

    return ask


def _asked(name: str, told: dict[str, Any]) -> dict[str, str]:
    """As the API takes it. A cursor is its own matter: the first page of the same window stands for it."""
    if name == "deep page":
        return {"until": told["cursor"][0].isoformat()}
    return {key: value.isoformat() if hasattr(value, "isoformat") else value for key, value in told.items()}


async def measure(store: Store, bare: Bare, api: httpx.Client, count: int, rounds: int) -> Mapping[str, Spent]:
    """Each in turns, for each kind of question."""
    found: dict[str, Spent] = {}
    for name, told in queries(count).items():
        query = msgspec.convert({"client_id": DEFAULT_CLIENT, "limit": PAGE, **told}, EventQuery)
        spent: Spent = {"SQL": [], "store": [], "API": []}

        async def by_store(query: EventQuery = query) -> None:
            async with store.read() as reading:
                await find_events(reading, query)

        for _ in range(rounds):
            await _timed(spent["SQL"], bare(query))
            await _timed(spent["store"], by_store())
            began = time.perf_counter()
            answer = api.get(  # noqa: ASYNC212 - nothing else runs meanwhile
                "/api/v1/events", params={"limit": PAGE, **_asked(name, told)}
            )
            spent["API"].append(time.perf_counter() - began)
            answer.raise_for_status()
        found[name] = spent
    return found


async def _timed(into: list[float], work: Awaitable[None]) -> None:
    began = time.perf_counter()
    await work
    into.append(time.perf_counter() - began)


def tell(found: Mapping[str, Spent]) -> None:
    for name, spent in found.items():
        floor = statistics.median(spent["SQL"])
        cells = [
            f"{way} p50 {_quantile(times, 0.5):6.2f} p95 {_quantile(times, 0.95):6.2f} ms "
            f"({statistics.median(times) / floor:4.1f} x)"
            for way, times in spent.items()
        ]
        print(f"{name:14} {'   '.join(cells)}")


def _quantile(times: Sequence[float], share: float) -> float:
    """In milliseconds."""
    return sorted(times)[int(len(times) * share)] * 1000


async def run(events: int, rounds: int, postgres: str | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store.sqlite"
        url = postgres or f"sqlite:///{path}"
        store = open_store(url)
        await store.migrate()
        await fill(store, events)
        bare = await bare_postgres(postgres) if postgres else bare_sqlite(path)
        port, key = free_port(), f"csk_{secrets.token_hex(8)}_{secrets.token_urlsafe(32)}"
        settings = {"STORE": url, "PORT": str(port), "HOME": folder, "FIRST_KEY": key, "LOG_LEVEL": "error"}
        settings["API_REQUESTS_PER_SECOND"] = "100000"
        environment = {**os.environ, **{f"SENTINEL_{name}": value for name, value in settings.items()}}
        server = subprocess.Popen([sys.executable, "-m", "control_plane"], env=environment)  # noqa: ASYNC220
        try:
            headers = {"Authorization": f"Bearer {key}"}
            base = f"http://127.0.0.1:{port}"
            with closing(httpx.Client(base_url=base, headers=headers, timeout=60, trust_env=False)) as api:
                _wait(api)
                print(f"{events:,} events, pages of {PAGE}, {rounds} rounds, load {os.getloadavg()[0]:.1f}")
                tell(await measure(store, bare, api, events, rounds))
        finally:
            server.terminate()
            server.wait()
            await store.close()


def _wait(api: httpx.Client) -> None:
    for _ in range(300):
        try:
            if api.get("/readyz").is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise TimeoutError("the API does not start")


def main() -> None:
    """Fill, ask, tell."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--events", type=int, default=2_000_000)
    arguments.add_argument("--rounds", type=int, default=100)
    arguments.add_argument("--postgres", metavar="ADDRESS", help="an empty database, instead of a SQLite file")
    asked = arguments.parse_args()
    asyncio.run(run(asked.events, asked.rounds, asked.postgres))


if __name__ == "__main__":
    main()
