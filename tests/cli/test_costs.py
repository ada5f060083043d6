"""``sentinel costs export|summary|top|sources``, over a store without a server."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from sqlalchemy import insert

from cli.costs import daily, figures
from cli.exits import CommandError
from schemas.errors import InvalidInputError
from stores import open_store
from stores.tables import daily_costs, ingestions
from tests.support.daily_costs import cost_row, ingestion_row

ALL = figures.Selection(since=None, until=None)


@pytest.fixture
async def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store with two months of costs."""
    monkeypatch.setenv("SENTINEL_HOME", str(tmp_path))
    monkeypatch.setenv("SENTINEL_FIXED_NOW", "2026-11-21T04:00:00Z")
    store = open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    await store.migrate()
    rows = [
        cost_row(1, "2026-10-10", "80"),
        cost_row(2, "2026-11-10", "100", billed="120"),
        cost_row(3, "2026-11-20", "20", service_name="Amazon S3", account_id="222", account_name="data"),
        cost_row(4, "2026-11-20", "9", currency="EUR", service_name="Amazon S3"),
    ]
    october = ingestion_row("october", billing_period="2026-10", last_day=date(2026, 10, 31))
    async with store.write() as writing:
        await writing.change(insert(ingestions), [ingestion_row("now", demo=True), october])
        await writing.change(insert(daily_costs), rows)
    await store.close()
    return tmp_path


def test_summary_is_a_line_for_each_cloud_and_currency(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert figures.summary("effective", "table") == 0
    head, euros, dollars = capsys.readouterr().out.splitlines()
    assert head.split()[:2] == ["cloud", "through"]
    assert euros.split() == ["aws", "2026-11-20", "9.00", "EUR", "0.00", "-", "0.45", "9.00", "-"]
    assert dollars.split()[1:6] == ["2026-11-20", "120.00", "USD", "80.00", "+50.0"]


def test_top_tells_the_rest_and_keeps_currencies_apart(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert figures.top(ALL, "service", 1, "billed", "table") == 0
    assert [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()] == [
        "Amazon S3 9.00 EUR",
        "all 9.00 EUR",
        "Amazon EC2 120.00 USD",
        "1 others 20.00 USD",
        "all 140.00 USD",
    ]


def test_top_as_json_names_the_accounts(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert figures.top(figures.Selection(since=None, until=None, cloud=["aws"]), "account", 5, "effective", "json") == 0
    euros, dollars = json.loads(capsys.readouterr().out)
    assert [(item["key"], item["name"], item["effective"]) for item in dollars["items"]] == [
        ("111", "retail", "100.00"),
        ("222", "data", "20.00"),
    ]
    assert euros["total"] == "9.00"


def test_sources_say_what_is_a_demo(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert figures.sources("table") == 0
    _, line = capsys.readouterr().out.splitlines()
    assert line.split()[:4] == ["aws", "999", "aws-cur", "2"]
    assert line.split()[-1] == "demo"


def test_export_as_csv_and_as_parquet(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    days = figures.Selection(since="2026-10-01", until="2026-11-11", service=["Amazon EC2"])
    assert figures.export(days, "month", "csv", None) == 0
    assert capsys.readouterr().out.splitlines() == [
        "month,currency,billed,effective,list,final,demo",
        "2026-10,USD,80.00,80.00,80.00,false,false",
        "2026-11,USD,120.00,100.00,100.00,false,false",
    ]
    file = home / "costs.parquet"
    assert figures.export(days, "month", "parquet", file) == 0
    with duckdb.connect() as connection:
        assert connection.execute(f"SELECT count(*), sum(billed) FROM '{file}'").fetchall()[0] == (2, 200)


@pytest.mark.parametrize(
    ("selection", "group_by", "form", "told"),
    [
        (figures.Selection(since="yesterday", until=None), "day", "csv", '--since "yesterday": a day'),
        (figures.Selection(since="2026-12-01", until="2026-11-01"), "day", "csv", "has to be before"),
        (figures.Selection(since=None, until=None, tag=["team"]), "day", "csv", "NAME=VALUE"),
        (ALL, "servise", "csv", 'did you mean "service"'),
        (ALL, "day,day", "csv", "each once"),
        (ALL, "day", "parquet", "needs --output FILE"),
        (figures.Selection(since=None, until=None, convert_to="USD"), "day", "csv", "SENTINEL_RATES"),
    ],
)
def test_what_is_refused(home: Path, selection: figures.Selection, group_by: str, form: str, told: str) -> None:
    with pytest.raises((CommandError, InvalidInputError), match=told):
        figures.export(selection, group_by, form, None)


def test_no_store_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENTINEL_HOME", str(tmp_path / "nothing"))
    with pytest.raises(CommandError, match="not there yet"):
        figures.summary("effective", "table")


def _daily(home: Path, **change: Any) -> daily.DailyOptions:
    given: dict[str, Any] = {
        "sources": (),
        "extract": False,
        "day": None,
        "days": 30,
        "folder": home / "data",
        "upload": None,
        "retention_days": 30,
        "measure": "billed",
    }
    return daily.DailyOptions(**(given | change))


def test_each_daily_run_is_a_line_of_the_history(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert daily.run_daily(_daily(home)) == 0
    assert capsys.readouterr().out.startswith("2026-11-21: 3 rows\n")
    with pytest.raises(CommandError, match="no-such-folder"):
        daily.run_daily(_daily(home, extract=True, sources=["focus=/no-such-folder"]))
    lines = (home / "data/history.jsonl").read_text().splitlines()
    done, failed = (json.loads(line) for line in lines)
    assert (done["status"], done["rows"], len(done["files"])) == ("COMPLETED", 3, 4)
    assert (failed["status"], failed["rows"], failed["files"]) == ("FAILED", None, [])
    assert "no-such-folder" in failed["error"]


def test_clean_up_deletes_what_is_old(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = home / "data/raw/costs_2026-10-01.csv"
    old.parent.mkdir(parents=True)
    old.write_text("x")
    assert daily.clean_up(_daily(home)) == 0
    assert capsys.readouterr().out.splitlines() == ["raw/costs_2026-10-01.csv", "1 files deleted"]
    assert not old.exists()
