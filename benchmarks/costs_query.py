"""What GET /api/v1/costs takes against the bare SQL of the same sums, on three years of 200 accounts in SQLite.

    python -m benchmarks.costs_query [--accounts 200] [--services 5]

Both run in turns in one process; what is told is the best of each and their ratio, which is to be at most 3.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import structlog
from sqlalchemy import insert

from control_plane.app import create_app
from schemas.settings import Settings
from stores import open_store
from stores.tables import daily_costs, ingestions
from tests.support.daily_costs import cost_row, ingestion_row
from tests.support.identity import SETTINGS, SIGNED_IN

FIRST, LAST = date(2023, 11, 1), date(2026, 11, 1)
NOW = datetime(2026, 11, 1, 4, tzinfo=UTC)
ROUNDS = 3
SUMS = "sum(billed), sum(effective), sum(list)"
ACTIVE = "ingestion_id IN (SELECT id FROM ingestions WHERE client_id = 'default' AND status = 'complete')"
QUESTIONS = {
    "month,service": "substr(day, 1, 7), service_name",
    "account": "account_id",
    "day": "day",
}


async def fill(home: Path, accounts: int, services: int) -> int:
    """Every account has every service on every day; how many rows that makes."""
    store = open_store(f"sqlite:///{home / 'store.sqlite'}")
    await store.migrate()
    days = [FIRST + timedelta(days=number) for number in range((LAST - FIRST).days)]
    months = sorted({f"{day:%Y-%m}" for day in days})
    async with store.write() as writing:
        bills = [ingestion_row(f"i-{month}", billing_period=month) for month in months]
        await writing.change(insert(ingestions), bills)
        example = await _example(writing)
    await store.close()
    with sqlite3.connect(home / "store.sqlite") as connection:
        names = [column.name for column in daily_costs.columns]
        places = ", ".join("?" for _ in names)
        connection.execute("DELETE FROM daily_costs")
        rows = _rows(names, example, days, accounts, services)
        connection.executemany(f"INSERT INTO daily_costs VALUES ({places})", rows)
        connection.execute("ANALYZE")
        return int(connection.execute("SELECT count(*) FROM daily_costs").fetchone()[0])


async def _example(writing: object) -> dict[str, object]:
    """A row as the store itself writes it."""
    from sqlalchemy import text

    await writing.change(insert(daily_costs), [cost_row(0, "2026-10-01", "1.23456789")])  # type: ignore[attr-defined]
    row = await writing.row(text("SELECT * FROM daily_costs"))  # type: ignore[attr-defined]
    return dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name


def _rows(
    names: list[str], example: dict[str, object], days: list[date], accounts: int, services: int
) -> Iterator[tuple[object, ...]]:
    number = 0
    for day in days:
        for account in range(accounts):
            for service in range(services):
                number += 1
                told = {
                    **example,
                    "id": f"{number:032x}",
                    "ingestion_id": f"i-{day:%Y-%m}",
                    "day": day.isoformat(),
                    "billing_period": f"{day:%Y-%m}",
                    "account_id": f"{account:012d}",
                    "service_name": f"Service {service}",
                }
                yield tuple(told[name] for name in names)


def bare(home: Path, columns: str) -> Callable[[], int]:
    """The same sums by the driver alone."""
    sql = (
        f"SELECT {columns}, currency, {SUMS} FROM daily_costs WHERE client_id = 'default' AND {ACTIVE} "
        f"AND day >= '{FIRST}' AND day < '{LAST}' GROUP BY {columns}, currency ORDER BY {columns}, currency"
    )

    def run() -> int:
        with sqlite3.connect(home / "store.sqlite") as connection:
            return len(connection.execute(sql).fetchall())

    return run


async def measure(home: Path) -> None:
    settings = Settings(home=home, fixed_now=NOW, log_level="error", **SETTINGS)
    app = create_app(settings, clock=lambda: NOW)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://api.test", headers=SIGNED_IN, timeout=300) as api,
    ):
        for groups, columns in QUESTIONS.items():
            floor, asked = bare(home, columns), []
            floors = []
            for _ in range(ROUNDS):
                began = time.perf_counter()
                count = floor()
                floors.append(time.perf_counter() - began)
                began = time.perf_counter()
                params = {"group_by": groups, "since": str(FIRST), "until": str(LAST), "limit": 10_000}
                answer = await api.get("/api/v1/costs", params=params)
                asked.append(time.perf_counter() - began)
                assert len(answer.json()["items"]) == count, answer.text[:300]
            ratio = min(asked) / min(floors)
            print(f"{groups:<14} {count:>6,} groups  bare {min(floors):.3f} s  API {min(asked):.3f} s  x {ratio:.2f}")


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    parser = argparse.ArgumentParser()
    parser.add_argument("--accounts", type=int, default=200)
    parser.add_argument("--services", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        home = Path(made)
        rows = asyncio.run(fill(home, options.accounts, options.services))
        print(f"{rows:,} daily costs")
        asyncio.run(measure(home))


if __name__ == "__main__":
    main()
