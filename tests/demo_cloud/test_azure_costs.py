"""Cost Management's query as Azure documents it, over the demo's bills."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from werkzeug.test import Client

from demo_cloud.azure.cost_query import CostQuery, Units
from demo_cloud.azure.graph import Quota
from demo_cloud.azure.layer import AzureLayer
from demo_cloud.azure.names import LAB, SHOP
from demo_cloud.azure.refusal import Refusal
from demo_cloud.azure.scenario import build_azure_world
from schemas.demo import DEMO_CLIENT_ID, DEMO_SECRET, DEMO_TENANT
from tests.demo_cloud.clients import NOW

WEEK = {"from": "2026-11-13T00:00:00Z", "to": "2026-11-19T23:59:59Z"}
COST = {"totalCost": {"name": "Cost", "function": "Sum"}}


@pytest.fixture(scope="module")
def azure() -> Client:
    """Azure without its socket."""
    return Client(AzureLayer(build_azure_world(NOW), page_size=100, quota=Quota()))


def _asked(granularity: str = "Daily", *dimensions: str, **more: Any) -> dict[str, Any]:
    grouping = [{"type": "Dimension", "name": name} for name in dimensions]
    dataset = {"granularity": granularity, "aggregation": COST, "grouping": grouping}
    return {"type": "ActualCost", "timeframe": "Custom", "timePeriod": WEEK, "dataset": dataset, **more}


def _post(azure: Client, subscription: str, body: dict[str, Any]) -> Any:
    form = {
        "client_id": DEMO_CLIENT_ID,
        "client_secret": DEMO_SECRET,
        "scope": "https://management.azure.com/.default",
        "grant_type": "client_credentials",
    }
    token = azure.post(f"/{DEMO_TENANT}/oauth2/v2.0/token", data=form).get_json()["access_token"]
    path = f"/subscriptions/{subscription}/providers/Microsoft.CostManagement/query?api-version=2025-03-01"
    return azure.post(path, json=body, headers={"Authorization": f"Bearer {token}"})


def test_columns_name_what_the_rows_hold(azure: Client) -> None:
    told = _post(azure, SHOP, _asked("Daily", "ServiceName")).get_json()["properties"]
    assert [(column["name"], column["type"]) for column in told["columns"]] == [
        ("Cost", "Number"),
        ("UsageDate", "Number"),
        ("ServiceName", "String"),
        ("Currency", "String"),
    ]
    logs = {row[1]: Decimal(str(row[0])) for row in told["rows"] if row[2] == "Azure Monitor"}
    # a debug log for one day: 120 GB x 2.99
    assert Decimal(350) < logs[20261116] - logs[20261117] < Decimal(370)


def test_the_laboratory_answers_in_euros(azure: Client) -> None:
    told = _post(azure, LAB, _asked("None", "ServiceName")).get_json()["properties"]
    gateway = next(row for row in told["rows"] if row[1] == "VPN Gateway")
    assert gateway == [pytest.approx(5.56416), "VPN Gateway", "EUR"]  # 7 days x 24 h x 0.036 x 0.92


def test_pages_follow_the_next_link_and_none_is_lost() -> None:
    small = CostQuery(NOW, page_size=10, units=Units(in_ten_seconds=100))
    whole, _ = CostQuery(NOW).answer(SHOP, _asked("Daily", "Meter"), "https://azure/query?a=b", None)
    page, _ = small.answer(SHOP, _asked("Daily", "Meter"), "https://azure/query?a=b", None)
    rows = page["properties"]["rows"]
    while link := page["properties"]["nextLink"]:
        page, _ = small.answer(SHOP, _asked("Daily", "Meter"), "https://azure/query?a=b", link.partition("token=")[2])
        rows += page["properties"]["rows"]
    assert rows == whole["properties"]["rows"]
    assert len(rows) > 50


def test_a_tenant_that_asks_for_too_much_is_told_how_long_to_wait() -> None:
    now = [100.0]
    units = Units(clock=lambda: now[0])
    assert units.take(12)["x-ms-ratelimit-microsoft.costmanagement-qpu-remaining"] == "0"
    now[0] = 103.0
    with pytest.raises(Refusal) as caught:
        units.take(1)
    assert caught.value.status == 429
    assert caught.value.headers["x-ms-ratelimit-microsoft.costmanagement-qpu-retry-after"] == "7"
    now[0] = 110.0
    assert units.take(1)["x-ms-ratelimit-microsoft.costmanagement-qpu-consumed"] == "1"


@pytest.mark.parametrize(
    "change",
    [
        {"type": "Costs"},
        {"timePeriod": {"from": "2025-11-01T00:00:00Z", "to": "2026-11-19T00:00:00Z"}},
        {"dataset": {"granularity": "Hourly", "aggregation": COST}},
        {"dataset": {"granularity": "Daily", "aggregation": {}}},
        {"dataset": _asked("Daily", "Meter", "ServiceName", "ResourceId")["dataset"]},
        {"dataset": _asked("Daily", "Colour")["dataset"]},
    ],
)
def test_what_azure_refuses(azure: Client, change: dict[str, Any]) -> None:
    answer = _post(azure, SHOP, _asked() | change)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (400, "BadRequest")
