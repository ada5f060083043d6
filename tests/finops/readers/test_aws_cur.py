"""The Cost and Usage Report, in the shapes that AWS documents. Every expected value is written by hand."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from finops.readers.aws_cur import AwsCur, snake_case
from schemas.errors import InvalidInputError
from tests.finops.readers.bills import Row, added_up, as_csv, as_parquet, read_csv, stored, take

RI = "arn:aws:ec2:eu-west-1:111111111111:reserved-instances/0a"
PLAN = "arn:aws:savingsplans::111111111111:savingsplan/0b"


def _line(kind: str, cost: str, **more: str) -> Row:
    """A line of a legacy report, as CSV has it."""
    return {
        "identity/LineItemId": f"id-{kind}",
        "bill/InvoiceId": "",
        "bill/PayerAccountId": "111111111111",
        "bill/BillingPeriodStartDate": "2026-11-01T00:00:00Z",
        "bill/BillingPeriodEndDate": "2026-12-01T00:00:00Z",
        "lineItem/UsageAccountId": "222222222222",
        "lineItem/LineItemType": kind,
        "lineItem/UsageStartDate": "2026-11-03T07:00:00Z",
        "lineItem/UsageEndDate": "2026-11-03T08:00:00Z",
        "lineItem/ProductCode": "AmazonEC2",
        "lineItem/UsageType": "EU-BoxUsage:m5.large",
        "lineItem/Operation": "RunInstances",
        "lineItem/UsageAmount": "1.0",
        "lineItem/CurrencyCode": "USD",
        "lineItem/UnblendedCost": cost,
        "product/region": "eu-west-1",
        "pricing/publicOnDemandCost": "",
        "reservation/ReservationARN": "",
        "reservation/EffectiveCost": "",
        "reservation/UnusedRecurringFee": "",
        "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod": "",
        "savingsPlan/SavingsPlanARN": "",
        "savingsPlan/SavingsPlanEffectiveCost": "",
        "savingsPlan/TotalCommitmentToDate": "",
        "savingsPlan/UsedCommitment": "",
        "resourceTags/user:Team": "",
        **more,
    }


COMMITMENTS = [
    # an hour on demand, one under a reservation, one under a savings plan, and what each commitment itself costs
    _line("Usage", "0.1070000000", **{"resourceTags/user:Team": "blue", "lineItem/ResourceId": "i-1"}),
    _line("DiscountedUsage", "0", **{"reservation/EffectiveCost": "0.0670", "reservation/ReservationARN": RI}),
    _line(
        "RIFee",
        "48.24",
        **{
            "reservation/ReservationARN": RI,
            "reservation/UnusedRecurringFee": "3.35",
            "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod": "1.15",
        },
    ),
    _line("Fee", "120.00", **{"reservation/ReservationARN": RI}),
    _line(
        "SavingsPlanCoveredUsage",
        "0.1070000000",
        **{"savingsPlan/SavingsPlanEffectiveCost": "0.0780", "savingsPlan/SavingsPlanARN": PLAN},
    ),
    _line("SavingsPlanNegation", "-0.1070000000", **{"savingsPlan/SavingsPlanARN": PLAN}),
    _line(
        "SavingsPlanRecurringFee",
        "0.1000",
        **{
            "savingsPlan/TotalCommitmentToDate": "0.1000",
            "savingsPlan/UsedCommitment": "0.0780",
            "savingsPlan/SavingsPlanARN": PLAN,
        },
    ),
    _line("Tax", "9.1234567890", **{"bill/InvoiceId": "7001"}),
    _line("Credit", "-5.00"),
    _line("Refund", "-2.50"),
    _line("EdpDiscount", "-0.3300"),
]


def test_billed_is_what_the_invoice_says_and_effective_what_the_use_cost(tmp_path: Path) -> None:
    taken = take(AwsCur(), as_csv(tmp_path / "cur.csv.gz", COMMITMENTS))
    told = {line["x_charge_type"]: (line["BilledCost"], line["EffectiveCost"]) for line in taken.lines}
    assert told == {
        "Usage": (Decimal("0.107"), Decimal("0.107")),
        "DiscountedUsage": (Decimal(0), Decimal("0.067")),
        "RIFee": (Decimal("48.24"), Decimal("4.50")),
        "Fee": (Decimal(120), Decimal(0)),
        "SavingsPlanCoveredUsage": (Decimal("0.107"), Decimal("0.078")),
        "SavingsPlanNegation": (Decimal("-0.107"), Decimal(0)),
        "SavingsPlanRecurringFee": (Decimal("0.1"), Decimal("0.022")),
        "Tax": (Decimal("9.123456789"), Decimal("9.123456789")),
        "Credit": (Decimal(-5), Decimal(-5)),
        "Refund": (Decimal("-2.5"), Decimal("-2.5")),
        "EdpDiscount": (Decimal("-0.33"), Decimal("-0.33")),
    }
    assert taken.total("BilledCost") == Decimal("169.740456789")
    assert taken.total("EffectiveCost") == Decimal("6.067456789")


def test_every_line_keeps_its_charge_category(tmp_path: Path) -> None:
    taken = take(AwsCur(), as_csv(tmp_path / "cur.csv", COMMITMENTS))
    told = {line["x_charge_type"]: line["ChargeCategory"] for line in taken.lines}
    assert told == {
        "Usage": "Usage",
        "DiscountedUsage": "Usage",
        "SavingsPlanCoveredUsage": "Usage",
        "SavingsPlanNegation": "Usage",
        "EdpDiscount": "Usage",
        "RIFee": "Purchase",
        "SavingsPlanRecurringFee": "Purchase",
        "Fee": "Purchase",
        "Tax": "Tax",
        "Credit": "Credit",
        "Refund": "Adjustment",
    }
    assert [line["x_charge_type"] for line in taken.lines if line["ChargeClass"] == "Correction"] == ["Refund"]


def test_a_line_says_what_it_is(tmp_path: Path) -> None:
    line = take(AwsCur(), as_csv(tmp_path / "cur.csv", COMMITMENTS[:1])).lines[0]
    expected = {
        "BillingAccountId": "111111111111",
        "SubAccountId": "222222222222",
        "BillingPeriodStart": datetime(2026, 11, 1),  # noqa: DTZ001 - silver is UTC without saying so
        "BillingPeriodEnd": datetime(2026, 12, 1),  # noqa: DTZ001
        "ChargePeriodStart": datetime(2026, 11, 3, 7),  # noqa: DTZ001
        "ChargePeriodEnd": datetime(2026, 11, 3, 8),  # noqa: DTZ001
        "ServiceName": "AmazonEC2",
        "ServiceCategory": "Compute",
        "RegionId": "eu-west-1",
        "ResourceId": "i-1",
        "Tags": '{"Team":"blue"}',
        "PricingCategory": "Standard",
        "ChargeFrequency": "Usage-Based",
        "x_operation": "RunInstances",
        "x_usage_type": "EU-BoxUsage:m5.large",
        "x_is_final": False,
        "x_provider": "aws",
        "x_source": "aws-cur",
    }
    assert {name: line[name] for name in expected} == expected


def test_a_bill_with_an_invoice_is_final(tmp_path: Path) -> None:
    taken = take(AwsCur(), as_csv(tmp_path / "cur.csv", COMMITMENTS))
    assert {line["x_charge_type"] for line in taken.lines if line["x_is_final"]} == {"Tax"}


def test_it_reconciles_to_the_last_digit(tmp_path: Path) -> None:
    part = as_csv(tmp_path / "cur.csv.gz", COMMITMENTS)
    taken = take(AwsCur(), part)
    apart = added_up(read_csv(part), "bill/BillingPeriodStartDate", "lineItem/CurrencyCode", "lineItem/UnblendedCost")
    assert stored(taken) == apart == {("2026-11", "USD"): Decimal("169.740456789")}
    assert [(row["rows"], row["billed"]) for row in taken.control] == [(11, Decimal("169.740456789"))]


def test_several_months_and_changing_columns(tmp_path: Path) -> None:
    october = _line("Usage", "1.10", **{"bill/BillingPeriodStartDate": "2026-10-01T00:00:00Z"})
    del october["resourceTags/user:Team"]
    november = _line("Usage", "2.20", **{"resourceTags/user:Stage": "prod"})
    both = take(AwsCur(), as_csv(tmp_path / "cur-1.csv", [october]), as_csv(tmp_path / "cur-2.csv.gz", [november]))
    assert stored(both) == {("2026-10", "USD"): Decimal("1.1"), ("2026-11", "USD"): Decimal("2.2")}
    assert [line["Tags"] for line in both.lines] == [None, '{"Stage":"prod"}']


CUR2 = """SELECT 'id-1' AS identity_line_item_id, NULL::VARCHAR AS bill_invoice_id,
'111111111111' AS bill_payer_account_id, 'Example Ltd' AS bill_payer_account_name,
TIMESTAMP '2026-11-01' AS bill_billing_period_start_date, TIMESTAMP '2026-12-01' AS bill_billing_period_end_date,
'222222222222' AS line_item_usage_account_id, 'shop' AS line_item_usage_account_name,
'Usage' AS line_item_line_item_type, TIMESTAMP '2026-11-03 07:00:00' AS line_item_usage_start_date,
TIMESTAMP '2026-11-03 08:00:00' AS line_item_usage_end_date, 'AmazonS3' AS line_item_product_code,
'EU-TimedStorage-ByteHrs' AS line_item_usage_type, 'USD' AS line_item_currency_code,
{cost} AS line_item_unblended_cost, {tags} AS resource_tags, {product} AS product,
'eu-west-1' AS product_region_code"""


@pytest.mark.parametrize(
    ("tags", "product"),
    [
        ("MAP {'user_team': 'red', 'user_app': 'a\"b'}", "MAP {'product_name': 'Amazon Simple Storage Service'}"),
        (
            """'{"user_team": "red", "user_app": "a\\"b"}'""",
            """'{"product_name": "Amazon Simple Storage Service"}'""",
        ),
    ],
    ids=["maps", "maps-as-json-text"],
)
def test_cur_2_in_parquet(tmp_path: Path, tags: str, product: str) -> None:
    select = CUR2.format(cost="CAST(0.1 AS DOUBLE)", tags=tags, product=product)
    line = take(AwsCur(), as_parquet(tmp_path / "cur.parquet", select)).lines[0]
    assert line["BilledCost"] == Decimal("0.1")
    assert line["Tags"] == '{"app":"a\\"b","team":"red"}'
    assert line["ServiceName"] == "Amazon Simple Storage Service"
    assert (line["SubAccountName"], line["RegionId"]) == ("shop", "eu-west-1")


@pytest.mark.parametrize(
    ("double", "exact"),
    [
        ("0.1", "0.1"),
        ("1e-07", "0.0000001"),
        ("123456789.12345678", "123456789.12345678"),
        ("-0.0000000001", "-0.0000000001"),
        ("3e15", "3000000000000000"),
    ],
)
def test_a_double_is_what_its_shortest_text_says(tmp_path: Path, double: str, exact: str) -> None:
    select = CUR2.format(cost=f"CAST('{double}' AS DOUBLE)", tags="NULL::VARCHAR", product="NULL::VARCHAR")
    assert take(AwsCur(), as_parquet(tmp_path / "cur.parquet", select)).lines[0]["BilledCost"] == Decimal(exact)


@pytest.mark.parametrize("cost", ["NaN", "inf", "-inf", "12,5", "abc", "1e30"])
def test_what_is_no_amount_is_set_aside_with_file_row_column_and_value(tmp_path: Path, cost: str) -> None:
    part = as_csv(tmp_path / "cur.csv", [_line("Usage", "1.5"), _line("Usage", cost)])
    taken = take(AwsCur(), part)
    assert [line["BilledCost"] for line in taken.lines] == [Decimal("1.5")]
    [aside] = taken.rejected
    assert (aside["file"], aside["row"]) == ("cur.csv", 2)
    assert aside["reason"].startswith(f"lineItem/UnblendedCost: '{cost}' is not allowed; allowed: a decimal number")
    assert json.loads(aside["line"])["lineItem/UnblendedCost"] == cost


def test_nan_in_a_parquet_double_is_set_aside(tmp_path: Path) -> None:
    select = CUR2.format(cost="CAST('nan' AS DOUBLE)", tags="NULL::VARCHAR", product="NULL::VARCHAR")
    [aside] = take(AwsCur(), as_parquet(tmp_path / "cur.parquet", select)).rejected
    assert aside["reason"].startswith("line_item_unblended_cost: 'nan' is not allowed")


def test_a_covered_line_without_its_effective_cost_is_not_guessed(tmp_path: Path) -> None:
    taken = take(AwsCur(), as_csv(tmp_path / "cur.csv", [_line("DiscountedUsage", "0")]))
    assert taken.lines == []
    assert [row["reason"] for row in taken.rejected] == ["EffectiveCost: missing; a value is needed"]


def test_a_wrong_currency_is_set_aside(tmp_path: Path) -> None:
    lines = [_line("Usage", "1", **{"lineItem/CurrencyCode": currency}) for currency in ("USD", "dollars")]
    taken = take(AwsCur(), as_csv(tmp_path / "cur.csv", lines))
    assert [row["reason"] for row in taken.rejected] == [
        "BillingCurrency: 'dollars' is not allowed; allowed: three letters, as USD"
    ]


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    line = _line("Usage", "1")
    del line["lineItem/UnblendedCost"]
    with pytest.raises(InvalidInputError, match="needs the column line_item_unblended_cost; the file has identity"):
        take(AwsCur(), as_csv(tmp_path / "cur.csv", [line]))


@pytest.mark.parametrize(
    ("legacy", "snake"),
    [
        ("lineItem/UnblendedCost", "line_item_unblended_cost"),
        ("savingsPlan/SavingsPlanARN", "savings_plan_savings_plan_a_r_n"),
        ("reservation/ReservationARN", "reservation_reservation_a_r_n"),
        ("product/servicecode", "product_servicecode"),
        ("product/ProductName", "product_product_name"),
        ("pricing/publicOnDemandCost", "pricing_public_on_demand_cost"),
        ("line_item_unblended_cost", "line_item_unblended_cost"),
    ],
)
def test_legacy_names_are_turned_as_aws_turns_them(legacy: str, snake: str) -> None:
    assert snake_case(legacy) == snake
