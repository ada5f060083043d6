"""Any file in FOCUS: 1.0 to 1.2 as AWS, Azure, Google Cloud and others deliver it, and the names of 1.3 and 1.4.

A value that FOCUS does not allow costs the row only where it is the charge category; elsewhere it becomes null, so that
no money is lost for a word.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from finops.readers import expressions as sql
from finops.readers.deliveries import by_month
from finops.readers.named import Named
from finops.readers.protocol import Control, LineMapping
from finops.readers.tags import tags, unreadable_tags
from schemas.focus import BY_NAME, FOCUS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from finops.readers.protocol import Columns, Delivery, Fetch, RawFile

NEEDED: Final = (
    *("BilledCost", "EffectiveCost", "BillingCurrency", "BillingPeriodStart", "BillingAccountId"),
    *("ChargeCategory", "ChargePeriodStart", "ServiceName"),
)
NEWER: Final = {"ProviderName": ("ProviderName", "ServiceProviderName")}
"""Names of FOCUS 1.3 and 1.4 for a column of 1.2."""
PROVIDERS: Final = {"aws": "aws|amazon", "azure": "microsoft|azure", "gcp": "google"}
FINAL_AFTER: Final = timedelta(days=15)
"""A bill without an invoice's number is taken as final so long after its period: the clouds close theirs within it."""
EXTRAS: Final = {
    "x_service_code": ("x_ServiceCode", "x_ServiceId"),
    "x_operation": ("x_Operation",),
    "x_usage_type": ("x_UsageType", "SkuMeter", "x_SkuMeterName"),
    "x_resource_group": ("x_ResourceGroupName",),
    "x_charge_type": ("x_ChargeType", "x_PricingSubcategory"),
    "x_line_id": ("x_LineItemId",),
}


class FocusFile:
    """CSV, CSV.gz or Parquet; the text ``NULL`` is nothing; columns that nobody knows are left alone."""

    name = "focus"

    def deliveries(self, files: Sequence[RawFile], fetch: Fetch) -> list[Delivery]:
        """By the manifests of AWS and Azure, else by month."""
        return by_month(files, fetch)

    def mapping(self, columns: Columns, as_of: datetime) -> LineMapping:
        """By the columns' own names."""
        bill = Named(columns, str.casefold)
        bill.need("a FOCUS file", *NEEDED)
        bill.need_one("a FOCUS file", *NEWER["ProviderName"])
        control = Control(bill.time("BillingPeriodStart"), bill.text("BillingCurrency"), bill.decimal("BilledCost"))
        return LineMapping(
            {**_as_told(bill), **_filled(bill), **_ours(bill, as_of)},
            control=control,
            unreadable=(*bill.unreadable(_of_kind("decimal"), _of_kind("time")), *_bad_tags(bill)),
            checked=frozenset({"ChargeCategory"}),
        )


def _of_kind(kind: str) -> list[str]:
    return [column.name for column in FOCUS if column.kind == kind]


def _as_told(bill: Named) -> dict[str, str]:
    return {column.name: _told(bill, column.name) for column in FOCUS}


def _told(bill: Named, name: str) -> str:
    """One column as it is told, in the form of its kind."""
    column, names = BY_NAME[name], NEWER.get(name, (name,))
    if column.kind == "decimal":
        return bill.decimal(name)
    if column.kind == "time":
        return bill.time(name)
    if name == "Tags":
        return _tags(bill)
    if column.kind == "json":
        return f"CAST(TRY_CAST({bill.text(name)} AS JSON) AS VARCHAR)"
    told = bill.text(*names)
    only_known = column.allowed and name != "ChargeCategory"
    return f"CASE WHEN {sql.among(told, column.allowed)} THEN {told} END" if only_known else told


def _filled(bill: Named) -> dict[str, str]:
    """What FOCUS wants in every row and some exports leave out."""
    billed, start = bill.decimal("BilledCost"), bill.time("ChargePeriodStart")
    return {
        "ContractedCost": sql.first(bill.decimal("ContractedCost"), billed),
        "ListCost": sql.first(bill.decimal("ListCost"), bill.decimal("ContractedCost"), billed),
        "BillingPeriodEnd": sql.first(bill.time("BillingPeriodEnd"), sql.next_month(bill.time("BillingPeriodStart"))),
        "ChargePeriodEnd": sql.first(bill.time("ChargePeriodEnd"), start),
        "ServiceCategory": sql.first(_told(bill, "ServiceCategory"), "'Other'"),
        "PublisherName": bill.text("PublisherName", *NEWER["ProviderName"]),
        "InvoiceId": bill.text("InvoiceId", "x_InvoiceId"),
    }


def _ours(bill: Named, as_of: datetime) -> dict[str, str]:
    categories = bill.real("x_CostCategories")
    return {
        **{column: bill.text(*names) for column, names in EXTRAS.items()},
        "x_provider": provider(bill.text(*NEWER["ProviderName"])),
        "x_source": "'focus'",
        "x_is_final": is_final(bill.text("InvoiceId", "x_InvoiceId"), _filled(bill)["BillingPeriodEnd"], as_of),
        "x_cost_categories": tags(categories[0], bill.types[categories[0]]) if categories else "NULL",
    }


def provider(told: str) -> str:
    """``aws``, ``azure``, ``gcp``, or a name in lower case with dashes."""
    whens = " ".join(
        f"WHEN regexp_matches(lower({told}), '{words}') THEN '{known}'" for known, words in PROVIDERS.items()
    )
    return f"CASE {whens} ELSE nullif(trim(regexp_replace(lower({told}), '[^a-z0-9]+', '-', 'g'), '-'), '') END"


def is_final(invoice: str, period_end: str, as_of: datetime) -> str:
    """With an invoice's number, or long after the period."""
    closed = (as_of - FINAL_AFTER).strftime("%Y-%m-%d %H:%M:%S")
    return f"({invoice} IS NOT NULL OR {period_end} <= TIMESTAMP '{closed}')"


def _tags(bill: Named) -> str:
    column = bill.real("Tags")
    return tags(column[0], bill.types[column[0]]) if column else "NULL"


def _bad_tags(bill: Named) -> tuple[tuple[str, str, str], ...]:
    columns = bill.real("Tags")
    return tuple((name, unreadable_tags(name, bill.types[name]), "a JSON object") for name in columns)
