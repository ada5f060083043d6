"""``sentinel db size``: a table for people, JSON for programs, and nothing is made for it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from cli.database import readable
from stores import open_store
from tests.cli.terminal import sentinel
from tests.stores.given import DAY, NOW, event, log
from tests.support.postgres import PASSWORD


async def fill(url: str) -> None:
    store = open_store(url)
    await store.migrate()
    await log(store, *[event(id=str(n), asof=NOW + DAY * (n % 2)) for n in range(1500)])
    await store.close()


def test_a_table_tells_rows_size_and_days(home: Path) -> None:
    asyncio.run(fill(f"sqlite:///{home}/sentinel/store.sqlite"))
    ran = sentinel("db", "size", home=home)
    assert (ran.code, ran.err) == (0, "")
    lines = [line.split() for line in ran.out.splitlines()]
    assert lines[0] == ["table", "rows", "size"]
    (events,) = [number for number, line in enumerate(lines) if line[0] == "events"]
    assert lines[events][1] == "1,500"
    assert lines[events][3] == "MiB"
    assert lines[events + 1] == ["2026-11-21", "750", "-"]
    assert lines[events + 2] == ["2026-11-22", "750", "-"]
    assert lines[-1][:2] == ["all", "1,500"]


def test_json_tells_the_bytes_of_each_day_on_postgres_and_no_password(home: Path, postgres_url: str) -> None:
    asyncio.run(fill(postgres_url))
    ran = sentinel("db", "size", "--format", "json", home=home, variables={"SENTINEL_STORE": postgres_url})
    assert (ran.code, ran.err) == (0, "")
    assert PASSWORD not in ran.out
    told = json.loads(ran.out)
    (events,) = [each for each in told["tables"] if each["table"] == "events"]
    assert [(day["day"], day["rows"]) for day in events["days"]] == [("2026-11-21", 750), ("2026-11-22", 750)]
    assert sum(day["bytes"] for day in events["days"]) == events["bytes"]
    assert told["bytes"] == sum(each["bytes"] for each in told["tables"])


def test_a_store_that_is_not_there_is_not_made(home: Path) -> None:
    ran = sentinel("db", "size", home=home)
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (3, "", 1)
    assert "sentinel db upgrade" in ran.err
    assert list(home.iterdir()) == []


def test_another_format_is_refused(home: Path) -> None:
    ran = sentinel("db", "size", "--format", "yaml", home=home)
    assert (ran.code, ran.out) == (2, "")
    assert "yaml" in ran.err


@pytest.mark.parametrize(
    ("taken", "told"),
    [
        (None, "-"),
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (1536, "1.5 KiB"),
        (5 * 1024**2, "5.0 MiB"),
        (3 * 1024**4, "3.0 TiB"),
        (2000 * 1024**4, "2000.0 TiB"),
    ],
)
def test_sizes_are_readable(taken: int | None, told: str) -> None:
    assert readable(taken) == told
