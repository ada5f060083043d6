"""The demo's bills: what the price list says, what is planted, and the forms of the clouds."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from demo_cloud.azure.names import LAB, SHOP
from demo_cloud.bills.azure import azure_charges
from demo_cloud.bills.charge import Charge
from demo_cloud.bills.gcp import gcp_charges

NOW = datetime(2026, 11, 21, 4, tzinfo=UTC)
A_DAY = date(2026, 11, 12)
"""A Thursday on which nothing is planted."""


def _rows(path: Path) -> list[dict[str, str]]:
    text = gzip.decompress(path.read_bytes()).decode() if path.suffix == ".gz" else path.read_text("utf-8-sig")
    return list(csv.DictReader(text.splitlines()))


def _of(lines: Iterable[Charge], resource: str, day: date = A_DAY) -> list[Charge]:
    return [line for line in lines if line.meter.resource.endswith(resource) and line.start == day]


@pytest.mark.parametrize(
    ("resource", "billed"),
    [
        ("vol-0de01e10000000001", "0.2933333333"),  # gp3 in Ireland: 100 GiB x 0.088 / 30 days
        ("i-0de02a10000000021", "18.4320000000"),  # m5.4xlarge in Virginia: 24 h x 0.768
        ("db:orders-old", "4.7280000000"),  # postgres on db.m5.large in Ireland: 24 h x 0.197
    ],
)
def test_a_resource_costs_a_day_what_the_price_list_says(aws_lines: list[Charge], resource: str, billed: str) -> None:
    found = _of(aws_lines, resource)
    assert str(max(line.billed for line in found)) == billed


def test_what_has_no_price_is_not_billed(aws_lines: list[Charge]) -> None:
    assert _of(aws_lines, "vol-0de01e10000000003") == []  # st1 in Ireland


def test_a_stopped_machine_costs_only_its_disks(aws_lines: list[Charge]) -> None:
    assert _of(aws_lines, "i-0de01e10000000001") == []
    assert [line.meter.family for line in _of(aws_lines, "vol-0de01e10000000001")] == ["Storage"]


def test_the_anomalies_are_what_the_documentation_says(aws_lines: list[Charge]) -> None:
    def extra(lines: Iterable[Charge], usage_type: str, day: date, week_before: date) -> Decimal:
        found = [line for line in lines if line.meter.usage_type == usage_type and line.meter.account != LAB]
        billed = {line.start: line.billed for line in found}
        return billed[day] - billed[week_before]

    # the same weekday a week before has the usual amount, give or take noise and growth
    fargate = extra(aws_lines, "Fargate-vCPU-Hours:perCPU", date(2026, 11, 12), date(2026, 11, 5))
    assert Decimal(46) < fargate < Decimal("50.50")
    logs = extra(azure_charges(NOW), "Analytics Logs Data Ingestion", date(2026, 11, 16), date(2026, 11, 9))
    assert Decimal(350) < logs < Decimal(367)
    storage = extra(gcp_charges(NOW), "Log Storage cost", date(2026, 11, 5), date(2026, 10, 29))
    assert Decimal(147) < storage < Decimal(153)


def test_what_a_savings_plan_covers_is_not_invoiced_but_has_an_effective_cost(aws_lines: list[Charge]) -> None:
    day = [line for line in aws_lines if line.start == A_DAY and line.line_type.startswith("SavingsPlan")]
    covered = [line for line in day if line.line_type == "SavingsPlanCoveredUsage"]
    negated = [line for line in day if line.line_type == "SavingsPlanNegation"]
    fee = next(line for line in day if line.line_type == "SavingsPlanRecurringFee")
    assert len(covered) == 20
    assert sum(line.billed for line in [*covered, *negated]) == 0
    effective = sum(line.effective for line in covered)
    # half of the commitment is invoiced by the day: what is used and 0.05 an hour that is not
    assert fee.billed * 2 == effective + Decimal("1.20")
    assert fee.effective == Decimal("1.20")


def test_weekends_are_calmer_and_the_months_grow(aws_lines: list[Charge]) -> None:
    lines = [line for line in aws_lines if line.meter.usage_type == "EU-NatGateway-Bytes"]
    by_day: dict[date, Decimal] = {}
    for line in lines:
        by_day[line.start] = by_day.get(line.start, Decimal(0)) + line.billed
    assert by_day[date(2026, 11, 15)] < by_day[date(2026, 11, 10)] * Decimal("0.65")
    mondays = [by_day[date(2025, 11, 3)], by_day[date(2026, 5, 4)], by_day[date(2026, 11, 2)]]
    assert all(later > earlier for earlier, later in pairwise(mondays))


def test_there_are_thirteen_months_and_few_enough_lines(bills: dict[str, Path]) -> None:
    files = sorted(bills["aws-cur"].glob("data/*/*.csv.gz"))
    assert [path.parent.name for path in (files[0], files[-1])] == ["BILLING_PERIOD=2025-11", "BILLING_PERIOD=2026-11"]
    assert len(files) == 13
    lines = sum(gzip.decompress(path.read_bytes()).count(b"\n") for path in files)
    assert 50_000 < lines < 100_000


def test_a_manifest_names_its_file_and_its_columns(bills: dict[str, Path]) -> None:
    root = bills["aws-cur"]
    told = json.loads((root / "metadata/BILLING_PERIOD=2026-11/demo-cur-Manifest.json").read_text())
    path = root.parent / told["dataFiles"][0]
    assert list(_rows(path)[0]) == [column["name"] for column in told["columns"]]


def test_every_line_says_that_it_is_a_demo(bills: dict[str, Path]) -> None:
    newest = bills["aws-cur"] / "data/BILLING_PERIOD=2026-11/demo-cur-00001.csv.gz"
    assert {row["bill_payer_account_name"] for row in _rows(newest)} == {"demo (synthetic)"}
    assert {json.loads(row["resource_tags"])["user_demo"] for row in _rows(newest)} == {"synthetic"}
    shop = next(bills[f"azure-export {SHOP}"].glob("20261101-*/*/part_0_0001.csv"))
    assert {row["BillingAccountName"] for row in _rows(shop)} == {"demo (synthetic)"}
    google = bills["gcp-export"] / "202611/000000000000.csv.gz"
    assert all('"demo"' in row["labels"] for row in _rows(google))


def test_one_subscription_is_billed_in_dollars_and_one_in_euros(bills: dict[str, Path]) -> None:
    shop = next(bills[f"azure-export {SHOP}"].glob("20261001-*/*/part_0_0001.csv"))
    lab = next(bills[f"azure-export {LAB}"].glob("20261001-*/*/part_0_0001.csv"))
    assert {row["BillingCurrencyCode"] for row in _rows(shop)} == {"USD"}
    rows = [row for row in _rows(lab) if row["meterName"] == "Basic Gateway"]
    # 24 h x 0.036 = 0.864 dollars at 0.92
    assert {(row["costInPricingCurrency"], row["costInBillingCurrency"]) for row in rows} == {
        ("0.8640000000", "0.7948800000")
    }


def test_google_tells_the_last_two_days_by_the_hour_and_loses_nothing(bills: dict[str, Path]) -> None:
    rows = _rows(bills["gcp-export"] / "202611/000000000000.csv.gz")
    newest = [row for row in rows if row["usage_start_time"].startswith("2026-11-20")]
    sku = [row for row in newest if row["sku.description"].startswith("Cloud SQL")]
    assert len(sku) == 24
    assert sum(Decimal(row["cost"]) for row in sku) == Decimal("6.4848")  # 24 h x 0.2702


def test_a_month_of_google_has_half_of_its_databases_credited(bills: dict[str, Path]) -> None:
    rows = _rows(bills["gcp-export"] / "202603/000000000000.csv.gz")
    granted = [json.loads(row["credits"]) for row in rows]
    given = sum(Decimal(credit["amount"]) for found in granted for credit in found)
    assert given == Decimal("-100.5144")  # 31 days x 24 h x 0.2702 / 2


def test_the_same_moment_gives_the_same_bill() -> None:
    assert gcp_charges(NOW) == gcp_charges(NOW)
