"""The daily run over a store that is written by hand: its files, its upload, its clean-up."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import insert

from finops.daily.files import is_older
from finops.daily.run import DailyOrder, run_daily
from schemas.settings import Settings
from stores import Store, open_store
from stores.lake.folder import Folder
from stores.lake.objects import open_objects
from stores.tables import daily_costs, ingestions
from tests.support.daily_costs import cost_row, ingestion_row

DAY = date(2026, 11, 21)
TABLES = {
    "raw": "Date,Cloud,Service,Region,AccountName,AccountId,Cost,Currency",
    "processed": "Date,Cloud,Service,Region,AccountName,AccountId,Cost,Currency,"
    "Weekday,Week,Month,Quarter,ServiceCategory",
}


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """Three days of two currencies, one of them too long ago."""
    opened = open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    await opened.migrate()
    rows = [
        cost_row(1, "2026-10-21", "999"),
        cost_row(2, "2026-11-19", "60", operation="A"),
        cost_row(3, "2026-11-19", "30", operation="B"),
        cost_row(4, "2026-11-20", "10.005", service_name="Amazon S3", service_category="Storage", region=""),
        cost_row(5, "2026-11-20", "4", currency="EUR", is_final=True),
    ]
    async with opened.write() as writing:
        await writing.change(insert(ingestions), [ingestion_row("now", demo=True)])
        await writing.change(insert(daily_costs), rows)
    yield opened
    await opened.close()


def _order(folder: Path, **change: object) -> DailyOrder:
    given = {"client_id": "default", "day": DAY, "days": 30, "folder": folder, "retention_days": 30}
    return DailyOrder(**(given | change))  # type: ignore[arg-type]


async def test_the_tables_have_exactly_their_columns(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    result = await run_daily(_order(folder), store, None)
    told = {name: (folder / name / "costs_2026-11-21.csv").read_text().splitlines() for name in TABLES}
    assert {name: lines[0] for name, lines in told.items()} == TABLES
    # two operations are one row; the day of October is out of the thirty days
    assert told["processed"][1:] == [
        "2026-11-19,aws,Amazon EC2,eu-west-1,retail,111,90.00,USD,Thursday,2026-W47,2026-11,2026-Q4,Compute",
        "2026-11-20,aws,Amazon EC2,eu-west-1,retail,111,4.00,EUR,Friday,2026-W47,2026-11,2026-Q4,Compute",
        "2026-11-20,aws,Amazon S3,,retail,111,10.005,USD,Friday,2026-W47,2026-11,2026-Q4,Storage",
    ]
    assert told["raw"][1] == "2026-11-19,aws,Amazon EC2,eu-west-1,retail,111,90.00,USD"
    assert result.rows == 3


async def test_the_key_figures_keep_currencies_apart(store: Store, tmp_path: Path) -> None:
    await run_daily(_order(tmp_path / "data"), store, None)
    told = json.loads((tmp_path / "data/kpis/kpis_2026-11-21.json").read_text())
    assert (told["since"], told["through"], told["estimated"]) == ("2026-10-22", "2026-11-20", True)
    dollars = told["by_currency"]["USD"]
    assert (dollars["total"], dollars["average_per_day"]) == ("100.005", "3.33")
    assert dollars["dearest_day"] == {"date": "2026-11-19", "cost": "90.00"}
    assert dollars["top_services"] == [
        {"name": "Amazon EC2", "cost": "90.00"},
        {"name": "Amazon S3", "cost": "10.005"},
    ]
    assert told["by_currency"]["EUR"]["total"] == "4.00"
    assert [month["month_to_date"] for month in told["month_to_date"]] == ["4.00", "100.005"]
    report = (tmp_path / "data/reports/report_2026-11-21.txt").read_text()
    assert "USD: 100.00 in all, 3.33 a day" in report


async def test_the_same_day_gives_the_same_files(store: Store, tmp_path: Path) -> None:
    first = await run_daily(_order(tmp_path / "data"), store, None)
    second = await run_daily(_order(tmp_path / "data"), store, None)
    assert second.files == first.files
    assert sorted(path.name for path in (tmp_path / "data").rglob("*.*")) == [
        "costs_2026-11-21.csv",
        "costs_2026-11-21.csv",
        "kpis_2026-11-21.json",
        "report_2026-11-21.txt",
    ]


async def test_what_is_old_goes_and_everything_else_stays(store: Store, tmp_path: Path) -> None:
    folder, place = tmp_path / "data", tmp_path / "bucket"
    old = ["raw/costs_2026-10-21.csv", "reports/report_2026-10-21.txt"]
    kept = ["raw/costs_2026-10-22.csv", "raw/notes.csv", "raw/costs_2026-99-99.csv", "other/costs_2020-01-01.csv"]
    for root in (folder, place):
        for key in [*old, *kept]:
            (root / key).parent.mkdir(parents=True, exist_ok=True)
            (root / key).write_text("x")
    result = await run_daily(_order(folder), store, Folder(place))
    # of the place only what is uploaded there is looked at
    assert result.cleaned == [*old, f"{place}/reports/report_2026-10-21.txt"]
    assert all((root / key).exists() for root in (folder, place) for key in kept)
    assert result.uploaded == [
        "processed/costs_2026-11-21.csv",
        "kpis/kpis_2026-11-21.json",
        "reports/report_2026-11-21.txt",
    ]
    assert (place / result.uploaded[0]).read_bytes() == (folder / result.uploaded[0]).read_bytes()
    assert not (place / "raw/costs_2026-11-21.csv").exists()


async def test_a_bucket_gets_the_files_and_loses_the_old_ones(store: Store, tmp_path: Path, s3: str) -> None:
    settings = Settings(home=tmp_path / "home")
    place = open_objects(f"{s3}/daily", settings, "--upload")
    await run_daily(_order(tmp_path / "data", day=date(2026, 10, 20)), store, place)
    result = await run_daily(_order(tmp_path / "data"), store, place)
    assert sorted(found.key for found in place.list("")) == sorted(result.uploaded)
    assert f"{s3}/daily/kpis/kpis_2026-10-20.json" in result.cleaned


async def test_a_store_without_costs_gives_tables_without_rows(tmp_path: Path) -> None:
    empty = open_store(Settings(home=tmp_path).store_url)
    await empty.migrate()
    try:
        result = await run_daily(_order(tmp_path / "data"), empty, None)
    finally:
        await empty.close()
    assert result.rows == 0
    assert (tmp_path / "data/raw/costs_2026-11-21.csv").read_text().splitlines() == [TABLES["raw"]]


@pytest.mark.parametrize(
    ("name", "older"),
    [
        ("costs_2026-10-21.csv", True),
        ("costs_2026-10-22.csv", False),
        ("costs_2026-10-21.parquet", False),
        ("costs_2026-02-30.csv", False),
        ("2020.csv", False),
    ],
)
def test_only_names_with_a_day_are_old(name: str, older: bool) -> None:
    assert is_older(name, date(2026, 10, 22)) is older
