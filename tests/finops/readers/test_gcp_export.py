"""Google Cloud's billing export, by its published schema, nested and flat. Expected values are written by hand."""

from __future__ import annotations

import gzip
import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from finops.readers.files import Part
from finops.readers.gcp_export import GcpExport
from finops.readers.protocol import RawFile
from schemas.errors import InvalidInputError
from tests.finops.readers.bills import AS_OF, Row, as_csv, as_parquet, stored, take

CREDITS = [
    {
        "id": "sud",
        "name": "Sustained",
        "full_name": "Sustained use",
        "type": "SUSTAINED_USAGE_DISCOUNT",
        "amount": -0.3,
    },
    {"id": "p", "name": "Promotion", "type": "PROMOTION", "amount": "-0.0000001"},
]


def _row(cost: str, taken: object = "[]", **more: str) -> Row:
    """A row with dotted names, lists as JSON."""
    return {
        "billing_account_id": "01A2B3-C4D5E6-F70819",
        "service.id": "6F81-5844-456A",
        "service.description": "Compute Engine",
        "sku.id": "SKU-1",
        "sku.description": "N2 Instance Core",
        "usage_start_time": "2026-11-03 07:00:00 UTC",
        "usage_end_time": "2026-11-03T08:00:00Z",
        "project.id": "shop-1",
        "project.name": "shop",
        "labels": '[{"key": "team", "value": "blue"}]',
        "location.location": "europe-west1",
        "location.region": "europe-west1",
        "location.zone": "europe-west1-b",
        "cost": cost,
        "currency": "EUR",
        "usage.amount": "3600",
        "usage.unit": "seconds",
        "usage.amount_in_pricing_units": "1",
        "usage.pricing_unit": "hour",
        "credits": taken if isinstance(taken, str) else json.dumps(taken),
        "invoice.month": "202611",
        "cost_type": "regular",
        "cost_at_list": "2.5",
        **more,
    }


def test_each_credit_is_a_line_and_all_lines_add_up_to_the_row(tmp_path: Path) -> None:
    taken = take(GcpExport(), as_csv(tmp_path / "gcp.csv", [_row("2.0", CREDITS)]))
    told = {
        line["x_charge_type"]: (line["ChargeCategory"], line["BilledCost"], line["ListCost"]) for line in taken.lines
    }
    assert told == {
        "regular": ("Usage", Decimal(2), Decimal("2.5")),
        "SUSTAINED_USAGE_DISCOUNT": ("Credit", Decimal("-0.3"), Decimal(0)),
        "PROMOTION": ("Credit", Decimal("-0.0000001"), Decimal(0)),
    }
    assert stored(taken) == {("2026-11", "EUR"): Decimal("1.6999999")}
    assert [(row["rows"], row["billed"]) for row in taken.control] == [(1, Decimal("1.6999999"))]


def test_a_line_says_what_it_is(tmp_path: Path) -> None:
    line = take(GcpExport(), as_csv(tmp_path / "gcp.csv.gz", [_row("2.0")])).lines[0]
    expected = {
        "BillingAccountId": "01A2B3-C4D5E6-F70819",
        "SubAccountId": "shop-1",
        "SubAccountName": "shop",
        "BillingPeriodStart": datetime(2026, 11, 1),  # noqa: DTZ001 - silver is UTC without saying so
        "ChargePeriodStart": datetime(2026, 11, 3, 7),  # noqa: DTZ001
        "ChargePeriodEnd": datetime(2026, 11, 3, 8),  # noqa: DTZ001
        "ServiceName": "Compute Engine",
        "ServiceCategory": "Compute",
        "RegionId": "europe-west1",
        "AvailabilityZone": "europe-west1-b",
        "ConsumedQuantity": Decimal(3600),
        "PricingUnit": "hour",
        "Tags": '{"team":"blue"}',
        "x_usage_type": "N2 Instance Core",
        "x_provider": "gcp",
        "x_is_final": False,
    }
    assert {name: line[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("more", "category", "correction"),
    [
        ({"cost_type": "tax"}, "Tax", None),
        ({"cost_type": "adjustment", "adjustment_info.id": "a"}, "Adjustment", "Correction"),
        ({"cost_type": "rounding_error"}, "Adjustment", None),
        ({"cost_type": ""}, "Usage", None),
    ],
)
def test_each_cost_type(tmp_path: Path, more: dict[str, str], category: str, correction: str | None) -> None:
    line = take(GcpExport(), as_csv(tmp_path / "gcp.csv", [_row("1", **more)])).lines[0]
    assert (line["ChargeCategory"], line["ChargeClass"]) == (category, correction)


def test_what_belongs_to_no_project_belongs_to_the_billing_account(tmp_path: Path) -> None:
    line = take(GcpExport(), as_csv(tmp_path / "gcp.csv", [_row("1", **{"project.id": "", "project.name": ""})])).lines[
        0
    ]
    assert (line["SubAccountId"], line["BillingAccountId"]) == (None, "01A2B3-C4D5E6-F70819")


NESTED = """SELECT 'A-B' AS billing_account_id, {'id': 's', 'description': 'BigQuery'} AS service,
{'id': 'k', 'description': 'Analysis'} AS sku, TIMESTAMPTZ '2026-11-03 07:00:00+00' AS usage_start_time,
TIMESTAMPTZ '2026-11-03 08:00:00+00' AS usage_end_time, {'id': 'shop-1', 'number': '1', 'name': 'shop'} AS project,
[{'key': 'team', 'value': 'blue'}] AS labels, {'location': 'EU', 'region': NULL, 'zone': NULL} AS location,
CAST(0.1 AS DOUBLE) AS cost, 'USD' AS currency, {'amount': CAST(1.5 AS DOUBLE), 'unit': 'bytes',
'amount_in_pricing_units': CAST(2.5 AS DOUBLE), 'pricing_unit': 'TiB'} AS usage, {'month': '202611'} AS invoice,
[{'name': 'free', 'amount': CAST(-0.1 AS DOUBLE), 'full_name': NULL, 'id': 'f', 'type': 'FREE_TIER'}] AS credits,
'regular' AS cost_type"""


def test_the_nested_table_in_parquet(tmp_path: Path) -> None:
    taken = take(GcpExport(), as_parquet(tmp_path / "000000000000.parquet", NESTED))
    assert sorted((line["ChargeCategory"], line["BilledCost"]) for line in taken.lines) == [
        ("Credit", Decimal("-0.1")),
        ("Usage", Decimal("0.1")),
    ]
    usage = next(line for line in taken.lines if line["ChargeCategory"] == "Usage")
    assert (usage["ServiceName"], usage["SubAccountId"], usage["RegionId"]) == ("BigQuery", "shop-1", "EU")
    assert (usage["ConsumedQuantity"], usage["PricingQuantity"]) == (Decimal("1.5"), Decimal("2.5"))
    assert usage["Tags"] == '{"team":"blue"}'
    assert taken.control[0]["billed"] == Decimal(0)


def test_nested_columns_as_json_text(tmp_path: Path) -> None:
    row = _row("1.25", CREDITS[:1])
    for outer in ("service", "sku", "project", "location", "usage", "invoice"):
        fields = [name for name in row if name.startswith(f"{outer}.")]
        row[outer] = json.dumps({name.split(".")[1]: row.pop(name) for name in fields})
    taken = take(GcpExport(), as_csv(tmp_path / "gcp.csv", [row]))
    assert stored(taken) == {("2026-11", "EUR"): Decimal("0.95")}
    assert {line["ServiceName"] for line in taken.lines} == {"Compute Engine"}


@pytest.mark.parametrize(
    "told", ['[{"name": "x", "amount": "NaN"}]', '[{"name": "x"}]', "[{name: x}"], ids=["nan", "none", "no-json"]
)
def test_a_credit_without_an_amount_sets_the_whole_row_aside(tmp_path: Path, told: str) -> None:
    taken = take(GcpExport(), as_csv(tmp_path / "gcp.csv", [_row("5", told), _row("1")]))
    assert [line["BilledCost"] for line in taken.lines] == [Decimal(1)]
    [aside] = taken.rejected
    assert (aside["row"], aside["reason"].startswith("credits: '")) == (1, True)


def test_a_month_that_is_none_is_set_aside(tmp_path: Path) -> None:
    [aside] = take(GcpExport(), as_csv(tmp_path / "gcp.csv", [_row("5", **{"invoice.month": "2026-13"})])).rejected
    assert aside["reason"] == "invoice.month: '2026-13' is not allowed; allowed: a month, as 202611"


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    row = _row("5")
    del row["invoice.month"]
    with pytest.raises(InvalidInputError, match=r"a billing export of Google Cloud needs the column invoice.month"):
        take(GcpExport(), as_csv(tmp_path / "gcp.csv", [row]))


def test_json_with_an_object_a_line_as_bigquery_gives_it_out(tmp_path: Path) -> None:
    flat = _row("1.25", CREDITS[:1])
    row: dict[str, object] = {name: value for name, value in flat.items() if "." not in name}
    for name, value in flat.items():
        outer, _, field = name.partition(".")
        if field:
            nested = row.setdefault(outer, {})
            assert isinstance(nested, dict)
            nested[field] = value
    row |= {"credits": CREDITS[:1], "labels": [{"key": "team", "value": "blue"}], "cost": 1.25}
    path = tmp_path / "000000000000.json.gz"
    path.write_bytes(gzip.compress("".join(f"{json.dumps(each)}\n" for each in (row, row)).encode()))
    [delivery] = GcpExport().deliveries([RawFile(path.name, 1, AS_OF)], lambda _: b"")
    taken = take(GcpExport(), Part(delivery.parts[0], path))
    assert stored(taken) == {("2026-11", "EUR"): Decimal("1.9")}
    assert [(control["rows"], control["billed"]) for control in taken.control] == [(2, Decimal("1.9"))]
    assert {line["Tags"] for line in taken.lines} == {'{"team":"blue"}'}
    assert {line["SubAccountId"] for line in taken.lines} == {"shop-1"}
