"""Files in FOCUS, by the column lists that AWS, Azure and Google Cloud publish. Expected values are written by hand."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from finops.readers.files import Part
from finops.readers.focus_file import FocusFile
from schemas.errors import InvalidInputError
from tests.finops.readers.bills import Row, added_up, as_csv, as_parquet, read_csv, stored, take


def _line(cost: str, **more: str) -> Row:
    """A line with the columns that FOCUS 1.0 makes mandatory."""
    return {
        "BilledCost": cost,
        "EffectiveCost": cost,
        "ListCost": cost,
        "ContractedCost": cost,
        "BillingAccountId": "111111111111",
        "BillingAccountName": "NULL",
        "BillingCurrency": "USD",
        "BillingPeriodStart": "2026-11-01T00:00:00Z",
        "BillingPeriodEnd": "2026-12-01T00:00:00Z",
        "ChargeCategory": "Usage",
        "ChargeClass": "",
        "ChargePeriodStart": "2026-11-03T07:00:00Z",
        "ChargePeriodEnd": "2026-11-03T08:00:00Z",
        "InvoiceIssuerName": "Amazon Web Services, Inc.",
        "ProviderName": "AWS",
        "ServiceCategory": "Compute",
        "ServiceName": "Amazon Elastic Compute Cloud",
        "SubAccountId": "222222222222",
        "Tags": "",
        **more,
    }


def test_the_text_null_is_nothing_and_blank_times_are_times(tmp_path: Path) -> None:
    odd = {
        "ResourceId": "NULL",
        "ChargePeriodStart": "2026-11-03 07:00:00",
        "ChargePeriodEnd": "2026-11-03 08:00:00",
        "Id": "17",
    }
    line = take(FocusFile(), as_csv(tmp_path / "focus.csv", [_line("1.5", **odd)])).lines[0]
    assert (line["ResourceId"], line["BillingAccountName"]) == (None, None)
    assert line["ChargePeriodStart"] == datetime(2026, 11, 3, 7)  # noqa: DTZ001 - silver is UTC without saying so


@pytest.mark.parametrize(
    ("names", "provider"),
    [
        ({"ProviderName": "AWS"}, "aws"),
        ({"ProviderName": "Amazon Web Services"}, "aws"),
        ({"ProviderName": "Microsoft"}, "azure"),
        ({"ProviderName": "Google Cloud"}, "gcp"),
        ({"ProviderName": "Oracle Cloud (OCI)"}, "oracle-cloud-oci"),
        ({"ProviderName": "", "ServiceProviderName": "AWS"}, "aws"),
    ],
)
def test_the_provider_is_known_by_its_name(tmp_path: Path, names: dict[str, str], provider: str) -> None:
    line = take(FocusFile(), as_csv(tmp_path / "focus.csv", [_line("1", **names)])).lines[0]
    assert line["x_provider"] == provider


def test_names_of_focus_1_4_stand_for_those_of_1_2(tmp_path: Path) -> None:
    told = _line("1", ServiceProviderName="Microsoft", HostProviderName="Microsoft", InvoiceDetailId="9")
    del told["ProviderName"]
    line = take(FocusFile(), as_csv(tmp_path / "focus.csv", [told])).lines[0]
    assert (line["ProviderName"], line["x_provider"]) == ("Microsoft", "azure")


@pytest.mark.parametrize(
    ("told", "tags"),
    [
        ('{"b": "2", "a": "1"}', '{"a":"1","b":"2"}'),
        ('"b": "2","a": "1"', '{"a":"1","b":"2"}'),
        ('[{"key": "b", "value": "2"}, {"key": "a", "value": "1"}, {"key": "a", "value": "3"}]', '{"a":"1","b":"2"}'),
        ('{"a": true}', '{"a":"true"}'),
        ("{}", None),
        ("", None),
        ("NULL", None),
    ],
)
def test_tags_in_any_form_are_one_json(tmp_path: Path, told: str, tags: str | None) -> None:
    assert take(FocusFile(), as_csv(tmp_path / "focus.csv", [_line("1", Tags=told)])).lines[0]["Tags"] == tags


def test_tags_that_are_no_json_are_set_aside(tmp_path: Path) -> None:
    [aside] = take(FocusFile(), as_csv(tmp_path / "focus.csv", [_line("1", Tags="{team: red")])).rejected
    assert aside["reason"] == "Tags: '{team: red' is not allowed; allowed: a JSON object"


PARQUET = """SELECT CAST(0.3 AS DOUBLE) AS BilledCost, CAST('0.29' AS DECIMAL(10, 2)) AS EffectiveCost,
'x' AS ServiceName, 'EUR' AS BillingCurrency, {when} AS BillingPeriodStart, {when} AS ChargePeriodStart,
'b' AS BillingAccountId, 'Usage' AS ChargeCategory, 'Google Cloud' AS ProviderName, {tags} AS Tags"""


@pytest.mark.parametrize(
    "tags",
    [
        "MAP {'b': '2', 'a': '1'}",
        "[{'key': 'b', 'value': '2', 'inherited': true}, {'key': 'a', 'value': '1', 'inherited': false}]",
    ],
    ids=["map", "list-of-structs"],
)
@pytest.mark.parametrize(
    "when", ["TIMESTAMP '2026-11-01'", "TIMESTAMPTZ '2026-11-01 01:00:00+01'", "DATE '2026-11-01'"], ids=str.split
)
def test_parquet_with_its_own_types(tmp_path: Path, tags: str, when: str) -> None:
    taken = take(FocusFile(), as_parquet(tmp_path / "focus.parquet", PARQUET.format(when=when, tags=tags)))
    line = taken.lines[0]
    assert (line["BilledCost"], line["EffectiveCost"]) == (Decimal("0.3"), Decimal("0.29"))
    assert line["Tags"] == '{"a":"1","b":"2"}'
    assert line["BillingPeriodStart"] == datetime(2026, 11, 1)  # noqa: DTZ001
    assert line["BillingPeriodEnd"] == datetime(2026, 12, 1)  # noqa: DTZ001
    assert (line["ListCost"], line["ServiceCategory"]) == (Decimal("0.3"), "Other")


def test_a_charge_category_that_focus_does_not_know_is_set_aside(tmp_path: Path) -> None:
    [aside] = take(FocusFile(), as_csv(tmp_path / "f.csv", [_line("1", ChargeCategory="Fee")])).rejected
    assert aside["reason"] == (
        "ChargeCategory: 'Fee' is not allowed; allowed: Usage, Purchase, Tax, Credit, Adjustment"
    )


def test_another_word_that_focus_does_not_know_costs_no_money(tmp_path: Path) -> None:
    odd = {"ServiceCategory": "Quantum", "PricingCategory": "On-Demand", "ChargeClass": "Correction"}
    line = take(FocusFile(), as_csv(tmp_path / "f.csv", [_line("1", **odd)])).lines[0]
    assert (line["ServiceCategory"], line["PricingCategory"], line["ChargeClass"]) == ("Other", None, "Correction")


@pytest.mark.parametrize(
    ("more", "final"),
    [
        ({"InvoiceId": "7"}, True),
        ({"x_InvoiceId": "7"}, True),
        ({"InvoiceId": "NULL"}, False),
        ({"BillingPeriodStart": "2026-10-01T00:00:00Z", "BillingPeriodEnd": "2026-11-01T00:00:00Z"}, True),
    ],
    ids=["invoice", "azure-1.0", "open", "long-over"],
)
def test_final_by_its_invoice_or_its_age(tmp_path: Path, more: dict[str, str], final: bool) -> None:
    assert take(FocusFile(), as_csv(tmp_path / "f.csv", [_line("1", **more)])).lines[0]["x_is_final"] is final


def test_it_reconciles_with_all_charge_categories(tmp_path: Path) -> None:
    kinds = ("Usage", "Purchase", "Tax", "Credit", "Adjustment")
    costs = ("10.000000000000000001", "0.3", "2", "-4.1", "0")
    lines = [_line(cost, ChargeCategory=kind) for kind, cost in zip(kinds, costs, strict=True)]
    part = as_csv(tmp_path / "focus.csv.gz", lines)
    taken = take(FocusFile(), part)
    apart = added_up(read_csv(part), "BillingPeriodStart", "BillingCurrency", "BilledCost")
    assert stored(taken) == apart == {("2026-11", "USD"): Decimal("8.200000000000000001")}
    assert {line["ChargeCategory"]: line["BilledCost"] for line in taken.lines}["Credit"] == Decimal("-4.1")


def test_what_is_no_focus_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="a FOCUS file needs the column BilledCost, EffectiveCost"):
        take(FocusFile(), as_csv(tmp_path / "f.csv", [{"lineItem/UnblendedCost": "1", "b": "2"}]))


def test_a_file_that_names_no_provider_is_told(tmp_path: Path) -> None:
    line = _line("1")
    del line["ProviderName"]
    with pytest.raises(InvalidInputError, match="ProviderName or ServiceProviderName"):
        take(FocusFile(), as_csv(tmp_path / "f.csv", [line]))


SAMPLES = Path(__file__).parent / "samples"


@pytest.mark.parametrize(
    ("sample", "provider", "billed", "effective"),
    [
        ("focus_1_2_azure.csv", "azure", "1283.683058", "161.970482"),
        ("focus_1_3_gcp.csv", "gcp", "149.05059248", "149.05059248"),
    ],
)
def test_published_samples_reconcile(sample: str, provider: str, billed: str, effective: str) -> None:
    taken = take(FocusFile(), Part(sample, SAMPLES / sample))
    assert len(taken.lines) == 3
    assert {line["x_provider"] for line in taken.lines} == {provider}
    assert taken.total("BilledCost") == Decimal(billed) == taken.control[0]["billed"]
    assert taken.total("EffectiveCost") == Decimal(effective)
    assert taken.rejected == []
    assert all(line["x_is_final"] and line["Tags"] for line in taken.lines)
