"""Azure exports, by the column lists of Microsoft Learn ("Understand usage details fields"); values written by hand."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from finops.readers.azure_export import AzureExport
from schemas.errors import InvalidInputError
from tests.finops.readers.bills import Row, added_up, as_csv, read_csv, stored, take


def _ea(cost: str, **more: str) -> Row:
    """An Enterprise Agreement: PascalCase, dates as month/day/year, tags without braces."""
    return {
        "SubscriptionId": "11111111-1111-4111-8111-111111111111",
        "SubscriptionName": "shop",
        "ResourceGroup": "web",
        "ResourceLocation": "West Europe",
        "Date": "11/03/2026",
        "MeterCategory": "Virtual Machines",
        "MeterName": "D4s v5",
        "MeterId": "m-1",
        "UnitOfMeasure": "1 Hour",
        "Quantity": "24",
        "CostInBillingCurrency": cost,
        "ConsumedService": "Microsoft.Compute",
        "ResourceId": "/subscriptions/1/resourceGroups/web/providers/Microsoft.Compute/virtualMachines/vm1",
        "Tags": '"Team": "blue","Stage": "prod"',
        "ChargeType": "Usage",
        "Frequency": "UsageBased",
        "PricingModel": "OnDemand",
        "ReservationId": "",
        "BillingAccountId": "0000001",
        "BillingCurrencyCode": "EUR",
        "BillingPeriodStartDate": "11/01/2026",
        "BillingPeriodEndDate": "11/30/2026",
        **more,
    }


def _mca(cost: str, **more: str) -> Row:
    """A Customer Agreement: camelCase with exceptions, ISO or American dates, tags as an object."""
    return {
        "invoiceId": "",
        "billingAccountId": "acc:1",
        "billingProfileId": "PROFILE",
        "billingPeriodStartDate": "11/01/2026",
        "date": "2026-11-03",
        "meterCategory": "Storage",
        "meterName": "LRS Data Stored",
        "SubscriptionId": "22222222-2222-4222-8222-222222222222",
        "subscriptionName": "lab",
        "resourceGroupName": "data",
        "quantity": "1.5",
        "unitOfMeasure": "1 GB/Month",
        "chargeType": "Usage",
        "billingCurrency": "EUR",
        "pricingCurrency": "USD",
        "costInBillingCurrency": cost,
        "costInPricingCurrency": "1.00",
        "paygCostInBillingCurrency": "2.00",
        "tags": '{"Team": "red"}',
        "frequency": "UsageBased",
        "pricingModel": "OnDemand",
        **more,
    }


def test_an_enterprise_agreement(tmp_path: Path) -> None:
    line = take(AzureExport(), as_csv(tmp_path / "ea.csv", [_ea("1.234567890123456")], encoding="utf-8-sig")).lines[0]
    expected = {
        "BilledCost": Decimal("1.234567890123456"),
        "EffectiveCost": Decimal("1.234567890123456"),
        "BillingCurrency": "EUR",
        "BillingAccountId": "0000001",
        "SubAccountId": "11111111-1111-4111-8111-111111111111",
        "BillingPeriodStart": datetime(2026, 11, 1),  # noqa: DTZ001 - silver is UTC without saying so
        "BillingPeriodEnd": datetime(2026, 12, 1),  # noqa: DTZ001
        "ChargePeriodStart": datetime(2026, 11, 3),  # noqa: DTZ001
        "ChargePeriodEnd": datetime(2026, 11, 4),  # noqa: DTZ001
        "ServiceName": "Virtual Machines",
        "ServiceCategory": "Compute",
        "RegionId": "westeurope",
        "RegionName": "West Europe",
        "Tags": '{"Stage":"prod","Team":"blue"}',
        "ChargeCategory": "Usage",
        "ChargeFrequency": "Usage-Based",
        "PricingCategory": "Standard",
        "x_resource_group": "web",
        "x_usage_type": "D4s v5",
        "x_service_code": "Microsoft.Compute",
        "x_is_final": False,
        "x_provider": "azure",
    }
    assert {name: line[name] for name in expected} == expected


def test_a_customer_agreement(tmp_path: Path) -> None:
    line = take(AzureExport(), as_csv(tmp_path / "mca.csv", [_mca("0.93")])).lines[0]
    assert (line["BillingAccountId"], line["SubAccountName"]) == ("PROFILE", "lab")
    assert (line["BilledCost"], line["ListCost"]) == (Decimal("0.93"), Decimal(2))
    assert (line["PricingCurrency"], line["PricingCurrencyEffectiveCost"]) == ("USD", Decimal(1))
    assert line["ChargePeriodStart"] == datetime(2026, 11, 3)  # noqa: DTZ001
    assert line["Tags"] == '{"Team":"red"}'


@pytest.mark.parametrize("spelling", [str.lower, str.upper, lambda name: f" {name} "])
def test_names_in_any_case(tmp_path: Path, spelling: object) -> None:
    assert callable(spelling)
    told = {spelling(name): value for name, value in _ea("2.5").items()}
    assert take(AzureExport(), as_csv(tmp_path / "ea.csv", [told])).total("BilledCost") == Decimal("2.5")


COMMITTED = {"PricingModel": "Reservation", "ReservationId": "r-1"}


@pytest.mark.parametrize(
    ("told", "category", "status", "billed", "effective"),
    [
        ({"ChargeType": "Usage"}, "Usage", None, "5", "5"),
        ({"ChargeType": "Usage", **COMMITTED}, "Usage", "Used", "0", "5"),
        ({"ChargeType": "UnusedReservation", **COMMITTED}, "Usage", "Unused", "0", "5"),
        ({"ChargeType": "UnusedSavingsPlan", **COMMITTED, "PricingModel": "SavingsPlan"}, "Usage", "Unused", "0", "5"),
        ({"ChargeType": "Purchase", **COMMITTED}, "Purchase", None, "5", "5"),
        ({"ChargeType": "Refund"}, "Purchase", None, "5", "5"),
        ({"ChargeType": "Tax"}, "Tax", None, "5", "5"),
        ({"ChargeType": "Credit"}, "Credit", None, "5", "5"),
        ({"ChargeType": "RoundingAdjustment"}, "Adjustment", None, "5", "5"),
    ],
)
def test_each_charge_type(
    tmp_path: Path, told: dict[str, str], category: str, status: str | None, billed: str, effective: str
) -> None:
    line = take(AzureExport(), as_csv(tmp_path / "ea.csv", [_ea("5", **told)])).lines[0]
    assert (line["ChargeCategory"], line["CommitmentDiscountStatus"]) == (category, status)
    assert (line["BilledCost"], line["EffectiveCost"]) == (Decimal(billed), Decimal(effective))
    assert line["ChargeClass"] == ("Correction" if told["ChargeType"] == "Refund" else None)


def test_a_day_before_its_month_is_set_aside(tmp_path: Path) -> None:
    [aside] = take(AzureExport(), as_csv(tmp_path / "ea.csv", [_ea("1", Date="23/11/2026")])).rejected
    assert aside["reason"] == "Date: '23/11/2026' is not allowed; allowed: month/day/year or year-month-day"


def test_a_decimal_comma_is_set_aside(tmp_path: Path) -> None:
    [aside] = take(AzureExport(), as_csv(tmp_path / "ea.csv", [_ea("1,5", **COMMITTED)])).rejected
    assert aside["reason"].startswith("CostInBillingCurrency: '1,5' is not allowed; allowed: a decimal number")


def test_both_agreements_reconcile(tmp_path: Path) -> None:
    lines = [_ea("0.1", Date="11/02/2026"), _ea("-0.0000000000001"), _ea("7", ChargeType="Purchase")]
    part = as_csv(tmp_path / "ea.csv.gz", lines)
    taken = take(AzureExport(), part)
    apart = added_up(read_csv(part), "BillingPeriodStartDate", "BillingCurrencyCode", "CostInBillingCurrency")
    assert list(apart.values()) == list(stored(taken).values()) == [Decimal("7.0999999999999")]
    assert [row["billed"] for row in taken.control] == [Decimal("7.0999999999999")]


def test_names_of_another_language_are_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"an Azure cost export \(with English names\) needs the column"):
        take(AzureExport(), as_csv(tmp_path / "ea.csv", [{"Kosten": "1", "Datum": "2"}]))


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    told=some.lists(
        some.tuples(
            some.decimals(min_value=-(10**9), max_value=10**9, places=12),
            some.text(some.characters(exclude_categories=["Cs", "Cc"], include_characters="\n"), max_size=12),
        ),
        min_size=1,
        max_size=5,
    ),
    encoding=some.sampled_from(["utf-8", "utf-8-sig"]),
    ending=some.sampled_from(["\n", "\r\n"]),
)
def test_no_quoting_loses_a_line(tmp_path: Path, told: list[tuple[Decimal, str]], encoding: str, ending: str) -> None:
    lines = [_ea(f"{cost:f}", ResourceName=f'"{odd}", x', ResourceGroup=odd) for cost, odd in told]
    taken = take(AzureExport(), as_csv(tmp_path / "ea.csv", lines, encoding=encoding, ending=ending))
    assert taken.rejected == []
    assert sorted(line["BilledCost"] for line in taken.lines) == sorted(cost for cost, _ in told)
    assert sorted(line["ResourceName"] for line in taken.lines) == sorted(f'"{odd}", x' for _, odd in told)
