"""/api/v1/costs, over daily costs and silver that are written by hand."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import httpx
import msgspec
import pytest
from sqlalchemy import insert

from control_plane.app import create_app
from schemas.focus import SILVER
from schemas.settings import Settings
from stores import Store
from stores.lake.manifest import File, Manifest
from stores.tables import daily_costs, ingestions
from tests.support.daily_costs import WHEN, cost_row, ingestion_row
from tests.support.identity import SIGNED_IN

NOW = datetime(2026, 11, 21, 4, tzinfo=UTC)
AZURE = {
    "provider": "azure",
    "billing_account_id": "lab",
    "ingestion_id": "azure",
    "account_id": "a",
    "account_name": "laboratory",
    "currency": "EUR",
}
ROWS = [
    # October: what the days of November are compared with
    cost_row(1, "2026-10-01", "40"),
    cost_row(2, "2026-10-20", "60"),
    cost_row(3, "2026-10-21", "999"),
    # November: a quiet week, then a dearer one
    cost_row(4, "2026-11-01", "50"),
    cost_row(5, "2026-11-10", "20", billed="25"),
    cost_row(6, "2026-11-16", "30", service_name="Amazon S3", service_category="Storage"),
    cost_row(7, "2026-11-20", "25", region="", tags={}),
    cost_row(8, "2026-11-18", "10", **AZURE),
    cost_row(9, "2026-11-19", "7", **AZURE),
    cost_row(10, "2026-11-20", "1000", **AZURE),
]


@pytest.fixture
async def costs(app: Any, store: Store, api: httpx.AsyncClient) -> httpx.AsyncClient:
    """Two bills: that of AWS told the 20th whole, that of Azure ended in the middle of it."""
    early = datetime(2026, 11, 20, 12, tzinfo=UTC)
    azure = ingestion_row(
        "azure", source="azure-export", provider="azure", billing_account_id="lab", accounts=("a",), asof=early
    )
    october = ingestion_row("october", billing_period="2026-10", last_day=date(2026, 10, 31))
    failed = ingestion_row("failed", status="failed", asof=WHEN + timedelta(hours=1), error="a part is missing")
    async with store.write() as writing:
        await writing.change(insert(ingestions), [ingestion_row("now", asof=WHEN), october])
        await writing.change(insert(ingestions), [azure])
        await writing.change(insert(ingestions), [failed])
        await writing.change(insert(daily_costs), ROWS)
    return api


async def _get(api: httpx.AsyncClient, path: str, **asked: Any) -> Any:
    answer = await api.get(f"/api/v1/costs{path}", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def _told(body: Any, *dimensions: str) -> list[tuple[str, ...]]:
    return [
        (*(item["keys"][name] for name in dimensions), item["currency"], item["effective"]) for item in body["items"]
    ]


async def test_without_days_it_is_the_current_month(costs: httpx.AsyncClient) -> None:
    body = await _get(costs, "")
    assert (body["since"], body["until"]) == ("2026-11-01", "2026-11-22")
    assert _told(body) == [("EUR", "1017.00"), ("USD", "125.00")]


async def test_groups_filters_and_pages(costs: httpx.AsyncClient) -> None:
    asked = {"group_by": "service,day", "cloud": "aws", "limit": 2}
    first = await _get(costs, "", **asked)
    second = await _get(costs, "", **asked, cursor=first["next_cursor"])
    assert _told(first, "service", "day") == [
        ("Amazon EC2", "2026-11-01", "USD", "50.00"),
        ("Amazon EC2", "2026-11-10", "USD", "20.00"),
    ]
    assert _told(second, "day") == [("2026-11-20", "USD", "25.00"), ("2026-11-16", "USD", "30.00")]
    assert second["next_cursor"] is None


async def test_an_account_is_told_with_its_name(costs: httpx.AsyncClient) -> None:
    body = await _get(costs, "", group_by="account")
    assert [item["account_name"] for item in body["items"]] == ["retail", "laboratory"]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"tag": "team="}, [("USD", "25.00")]),
        ({"tag": "team=checkout", "cloud": "aws"}, [("USD", "100.00")]),
        ({"region": ""}, [("USD", "25.00")]),
        ({"currency": "EUR"}, [("EUR", "1017.00")]),
        ({"service": ["Amazon S3", "Amazon EC2"], "cloud": "aws"}, [("USD", "125.00")]),
        ({"since": "2026-10-21", "until": "2026-10-22"}, [("USD", "999.00")]),
    ],
)
async def test_filters(costs: httpx.AsyncClient, asked: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert _told(await _get(costs, "", **asked)) == expected


async def test_the_dearest_and_what_all_others_cost(costs: httpx.AsyncClient) -> None:
    body = await _get(costs, "/top", by="day", count=1, cloud="aws", measure="billed")
    (dollars,) = body["tops"]
    assert [item["keys"]["day"] for item in dollars["items"]] == ["2026-11-01"]
    assert (dollars["total"], dollars["others"], dollars["rest"]) == ("130.00", 3, "80.00")


async def test_the_month_to_date_ends_with_the_last_whole_day(costs: httpx.AsyncClient) -> None:
    aws, azure = (await _get(costs, "/summary"))["months"]
    told = ("through", "month_to_date", "same_days_last_month", "change_percent", "average_per_day")
    # 50 + 20 + 30 + 25, against the 1st to the 20th of October; 125 / 20
    assert [aws[name] for name in told] == ["2026-11-20", "125.00", "100.00", "25.0", "6.25"]
    # the 14th to the 20th against the 7th to the 13th
    assert [aws[name] for name in ("last_7_days", "previous_7_days", "trend_percent")] == ["55.00", "20.00", "175.0"]
    # its bill was read at noon of the 20th: that day is not told whole
    assert [azure[name] for name in told] == ["2026-11-19", "17.00", "0.00", None, "0.89"]


async def test_sources_tell_what_is_active_and_what_failed(costs: httpx.AsyncClient) -> None:
    aws, azure = (await _get(costs, "/sources"))["items"]
    assert (aws["source"], aws["months"], aws["last_error"]) == ("aws-cur", 2, "a part is missing")
    assert (azure["source"], azure["accounts"], azure["last_error"]) == ("azure-export", ["a"], None)


async def test_csv_by_format_and_by_accept(costs: httpx.AsyncClient) -> None:
    asked: dict[str, Any] = {"group_by": "account", "limit": 1}
    answer = await costs.get("/api/v1/costs", params=asked | {"format": "csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert row == {
        "account": "111",
        "account_name": "retail",
        "currency": "USD",
        "billed": "130.00",
        "effective": "125.00",
        "list": "125.00",
        "final": "false",
        "demo": "false",
    }
    more = {**asked, "cursor": answer.headers["x-next-cursor"]}
    second = await costs.get("/api/v1/costs", params=more, headers={"accept": "text/csv"})
    assert "laboratory" in second.text
    assert "x-next-cursor" not in second.headers


async def test_parquet_has_exact_amounts(costs: httpx.AsyncClient, tmp_path: Path) -> None:
    answer = await costs.get("/api/v1/costs", params={"format": "parquet", "group_by": "month", "cloud": "aws"})
    file = tmp_path / "costs.parquet"
    file.write_bytes(answer.content)
    with duckdb.connect() as connection:
        kinds = {name: kind for name, kind, *_ in connection.execute(f"DESCRIBE FROM '{file}'").fetchall()}
        assert connection.execute(f"SELECT month, CAST(billed AS VARCHAR), final FROM '{file}'").fetchall() == [
            ("2026-11", "130.000000000000000000", False)
        ]
    assert kinds["effective"] == "DECIMAL(38,18)"


async def test_currencies_are_added_only_by_the_rates_of_the_user(
    settings: Settings, tmp_path: Path, costs: httpx.AsyncClient
) -> None:
    answer = await costs.get("/api/v1/costs", params={"convert_to": "USD"})
    assert answer.status_code == 422
    assert "SENTINEL_RATES" in answer.json()["detail"]
    rates = tmp_path / "rates.csv"
    rates.write_text("from,to,date,rate\nEUR,USD,2026-01-01,1.10\nEUR,USD,2026-11-20,1.20\n")
    application = create_app(settings.model_copy(update={"rates": rates}), clock=lambda: NOW)
    async with (
        application.router.lifespan_context(application),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(application), base_url="http://api.test", headers=SIGNED_IN
        ) as api,
    ):
        body = await _get(api, "", convert_to="USD")
    # 125 + 17 x 1.10 + 1000 x 1.20
    assert [(item["currency"], float(item["effective"])) for item in body["items"]] == [("USD", 1343.7)]
    assert [(rate["since"], rate["rate"]) for rate in body["rates"]] == [("2026-01-01", "1.10"), ("2026-11-20", "1.20")]


@pytest.mark.parametrize(
    ("path", "asked", "field", "allowed"),
    [
        ("", {"group_by": "colour"}, "group_by", "allowed: day, month"),
        ("", {"group_by": "day,day"}, "group_by", "each dimension once"),
        ("", {"tag": "team"}, "tag[0]", "a tag as NAME=VALUE"),
        ("", {"since": "2026-11-02", "until": "2026-11-02"}, "since", "before until"),
        ("", {"top": 3, "cursor": "abc"}, "cursor", "not with top"),
        ("", {"convert_to": "USD", "group_by": "hour"}, "convert_to", "needs days"),
        ("", {"until": "0"}, "until", "a day, for example"),
        ("", {"since": "0001-01-01"}, "since", "a day from 2000-01-01"),
        ("", {"limit": 10_001}, "limit", "at most 10000"),
        ("", {"measure": "net"}, "measure", "allowed: billed, effective, list"),
        ("/top", {"by": "colour"}, "by", "allowed: day, month"),
        ("/lines", {"colour": "red"}, "colour", "unknown field"),
    ],
)
async def test_what_is_refused(
    api: httpx.AsyncClient, path: str, asked: dict[str, Any], field: str, allowed: str
) -> None:
    answer = await api.get(f"/api/v1/costs{path}", params=asked)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert allowed in error["allowed"]


LINES = [
    {"ResourceId": "i-1", "BilledCost": "1.5", "EffectiveCost": "1.25", "hour": 0},
    {"ResourceId": "i-1", "BilledCost": "1.5", "EffectiveCost": "1.25", "hour": 1},
    {"ResourceId": "vol-1", "BilledCost": "0.2933333333", "EffectiveCost": "0.2933333333", "hour": 0},
]


def _silver(file: Path) -> None:
    told = {
        "BillingAccountId": "'999'",
        "BillingCurrency": "'USD'",
        "BillingPeriodStart": "TIMESTAMP '2026-11-01'",
        "BillingPeriodEnd": "TIMESTAMP '2026-12-01'",
        "ChargeCategory": "'Usage'",
        "ContractedCost": "0",
        "ListCost": "2",
        "ProviderName": "'AWS'",
        "ServiceCategory": "'Compute'",
        "ServiceName": "'Amazon EC2'",
        "SubAccountId": "'111'",
        "Tags": '\'{"team":"checkout"}\'',
        "x_provider": "'aws'",
        "x_source": "'aws-cur'",
        "x_is_final": "false",
    }
    rows = []
    for line in LINES:
        own = {
            "ResourceId": f"'{line['ResourceId']}'",
            "BilledCost": str(line["BilledCost"]),
            "EffectiveCost": str(line["EffectiveCost"]),
            "ChargePeriodStart": f"TIMESTAMP '2026-11-20 0{line['hour']}:00:00'",
            "ChargePeriodEnd": f"TIMESTAMP '2026-11-20 0{int(str(line['hour'])) + 1}:00:00'",
        }
        columns = [f"CAST({(told | own).get(c.name, 'NULL')} AS {c.type}) AS {c.name}" for c in SILVER]
        rows.append(f"SELECT {', '.join(columns)}")
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({' UNION ALL '.join(rows)}) TO '{file}' (FORMAT parquet)")


@pytest.fixture
async def lake(settings: Settings, api: httpx.AsyncClient) -> httpx.AsyncClient:
    """A month of silver."""
    place = Path(settings.lake_place)
    key = "silver/client=default/provider=aws/billing_period=2026-11/one.parquet"
    manifest = Manifest(
        client_id="default",
        ingestion_id="one",
        source="aws-cur",
        provider="aws",
        billing_account_id="999",
        billing_period="2026-11",
        raw=(),
        silver=(File(key, 3, 1),),
        gold=(),
        totals={},
        asof=WHEN,
        demo=True,
    )
    (place / key).parent.mkdir(parents=True)
    _silver(place / key)
    told = place / "manifests/client=default/provider=aws/billing_account=999/billing_period=2026-11.json"
    told.parent.mkdir(parents=True)
    told.write_bytes(msgspec.json.encode(manifest))
    return api


async def test_hours_and_resources_come_from_the_lines(lake: httpx.AsyncClient) -> None:
    body = await _get(lake, "", group_by="resource,hour", since="2026-11-20")
    assert _told(body, "resource", "hour") == [
        ("i-1", "2026-11-20T00:00:00Z", "USD", "1.25"),
        ("i-1", "2026-11-20T01:00:00Z", "USD", "1.25"),
        ("vol-1", "2026-11-20T00:00:00Z", "USD", "0.2933333333"),
    ]
    assert all(item["demo"] for item in body["items"])
    dearest = await _get(lake, "/top", by="resource", count=1)
    assert [item["keys"]["resource"] for item in dearest["tops"][0]["items"]] == ["i-1"]


async def test_from_a_figure_to_its_line_items(lake: httpx.AsyncClient) -> None:
    asked = {"service": "Amazon EC2", "tag": "team=checkout", "limit": 2}
    first = await _get(lake, "/lines", **asked)
    second = await _get(lake, "/lines", **asked, cursor=first["next_cursor"])
    seen = [(line["resource"], line["start"], line["billed"]) for line in first["items"] + second["items"]]
    assert seen == [
        ("i-1", "2026-11-20T00:00:00Z", "1.5"),
        ("vol-1", "2026-11-20T00:00:00Z", "0.2933333333"),
        ("i-1", "2026-11-20T01:00:00Z", "1.5"),
    ]
    assert second["next_cursor"] is None


async def test_lines_as_csv(lake: httpx.AsyncClient) -> None:
    answer = await lake.get("/api/v1/costs/lines", params={"resource": "vol-1", "format": "csv"})
    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert (row["resource"], row["billed"], row["demo"]) == ("vol-1", "0.2933333333", "true")


async def test_no_lake_has_no_lines(api: httpx.AsyncClient) -> None:
    assert (await _get(api, "/lines"))["items"] == []
