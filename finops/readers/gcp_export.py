"""Google Cloud's billing export, standard or detailed: nested (Parquet), or flat with dotted or JSON columns.

Column meanings: Google Cloud, "Structure of standard (detailed) data export". Each credit of a row becomes a line of
its own with the charge category ``Credit``, so that the lines of a row add up to what it costs: ``cost`` and its
credits. The billing period is the invoice's month. The fee of a commitment is told day by day: effective is billed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from finops.readers import expressions as sql
from finops.readers.deliveries import by_month
from finops.readers.files import ENDINGS
from finops.readers.focus_file import is_final
from finops.readers.named import Named
from finops.readers.protocol import Control, LineMapping
from finops.readers.service_categories import CATEGORY, GCP, joined
from finops.readers.tags import tags, unreadable_tags
from schemas.focus import DECIMAL

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from finops.readers.protocol import Columns, Delivery, Fetch, RawFile

NESTED: Final = {
    "service": ("id", "description"),
    "sku": ("id", "description"),
    "project": ("id", "number", "name"),
    "location": ("location", "country", "region", "zone"),
    "resource": ("name", "global_name"),
    "usage": ("amount", "unit", "amount_in_pricing_units", "pricing_unit"),
    "price": ("effective_price", "unit"),
    "invoice": ("month",),
    "adjustment_info": ("id", "type"),
}
MEMBERS: Final = (
    *("billing_account_id", "usage_start_time", "usage_end_time", "labels", "cost", "currency", "credits"),
    *("cost_type", "cost_at_list", "seller_name"),
)
"""What is not nested."""
NEEDED: Final = ("cost", "currency", "usage_start_time", "billing_account_id", "invoice.month", "service.description")
NUMBERS: Final = ("cost", "cost_at_list", "usage.amount", "usage.amount_in_pricing_units", "price.effective_price")
CATEGORIES: Final = {"regular": "Usage", "tax": "Tax", "adjustment": "Adjustment", "rounding_error": "Adjustment"}
CREDITS: Final = "STRUCT(id VARCHAR, name VARCHAR, full_name VARCHAR, type VARCHAR, amount VARCHAR)[]"
AMOUNTS: Final = "list_transform(_credits, lambda each: each.amount)"
BAD_AMOUNTS: Final = (
    f"len(list_filter({AMOUNTS}, lambda told: told IS NULL OR TRY_CAST(told AS {DECIMAL}) IS NULL)) > 0"
)


class GcpExport:
    """CSV, CSV.gz, Parquet, or JSON with an object a line, as BigQuery gives a table out."""

    name = "gcp-export"

    def deliveries(self, files: Sequence[RawFile], fetch: Fetch) -> list[Delivery]:
        """All files of a month's folder, or all files: one row is in one file only."""
        return by_month(files, fetch, ENDINGS)

    def mapping(self, columns: Columns, as_of: datetime) -> LineMapping:
        """By the names of the export's table."""
        opened = _opened(columns)
        columns = {**columns, **dict.fromkeys(opened, "VARCHAR")}
        flat = _flat(columns)
        bill = Named({**columns, **{name: kind for name, (_, kind) in flat.items()}}, str.casefold)
        bill.need("a billing export of Google Cloud", *NEEDED)
        setup, joining = joined(GCP, bill.text("service.description"))
        told = ["*", f"{_credits(columns)} AS _credits", *(f"{made} AS {sql.name(n)}" for n, (made, _) in flat.items())]
        rows = ", ".join(["*", *(f"{made} AS {sql.name(name)}" for name, made in opened.items())])
        return LineMapping(
            {**_who_and_when(bill, as_of), **_what(bill), **_costs(bill)},
            control=_control(bill),
            source=f"flat AS {joining}, unnest(list_prepend(NULL, coalesce(_credits, []))) AS taken(credit)",
            setup=(f"opened AS (SELECT {rows} FROM raw)", f"flat AS (SELECT {', '.join(told)} FROM opened)", *setup),
            unreadable=(
                *bill.unreadable(NUMBERS, ("usage_start_time", "usage_end_time")),
                *_bad_month(bill),
                *_bad_credits(columns),
                *((name, unreadable_tags(name, bill.types[name]), "a JSON list") for name in bill.real("labels")),
            ),
        )


def _opened(columns: Columns) -> dict[str, str]:
    """Of rows that are JSON objects, their members as text."""
    if set(columns) - {"_file", "_number"} != {"page"}:
        return {}
    return {name: f"(page ->> {sql.literal(name)})" for name in (*MEMBERS, *NESTED)}


def _bad_month(bill: Named) -> tuple[tuple[str, str, str], ...]:
    told = bill.text("invoice.month")
    return (("invoice.month", f"({told} IS NOT NULL AND {_month(bill)} IS NULL)", "a month, as 202611"),)


def _flat(columns: Columns) -> dict[str, tuple[str, str]]:
    """Of nested columns, their fields by dotted names: (SQL, type)."""
    found: dict[str, tuple[str, str]] = {}
    for outer, fields in NESTED.items():
        for field in fields:
            told = _field(columns, outer, field)
            if told and f"{outer}.{field}" not in columns:
                found[f"{outer}.{field}"] = told
    return found


def _field(columns: Columns, outer: str, field: str) -> tuple[str, str] | None:
    kind = columns.get(outer, "")
    if kind.startswith("STRUCT"):
        return (f"{sql.name(outer)}.{sql.name(field)}", _kind_of(kind, field)) if field in kind else None
    if kind in {"VARCHAR", "JSON"}:
        return f"(TRY_CAST({sql.name(outer)} AS JSON) ->> '{field}')", "VARCHAR"
    flat = f"{outer}_{field}"
    return (sql.name(flat), columns[flat]) if flat in columns else None


def _kind_of(struct: str, field: str) -> str:
    """A field's type within ``STRUCT(id VARCHAR, "amount" DOUBLE)``."""
    inner = struct[len("STRUCT(") : -1]
    told = dict(part.strip().replace('"', "").split(" ", 1) for part in inner.split(", ") if " " in part.strip())
    return told.get(field, "VARCHAR")


def _credits(columns: Columns) -> str:
    """The list of credits, with amounts as text: of a double its shortest."""
    kind = columns.get("credits", "")
    if not kind:
        return f"CAST(NULL AS {CREDITS})"
    if kind.endswith("[]"):
        fields = ("id", "name", "full_name", "type", "amount")
        told = ", ".join(
            f"'{field}': {f'CAST(each.{field} AS VARCHAR)' if field in kind else 'NULL'}" for field in fields
        )
        return f"list_transform(credits, lambda each: {{{told}}})"
    return f"TRY_CAST(TRY_CAST({sql.text('credits')} AS JSON) AS {CREDITS})"


def _bad_credits(columns: Columns) -> tuple[tuple[str, str, str], ...]:
    if "credits" not in columns:
        return ()
    unread = f"(_credits IS NULL AND {sql.text('credits')} IS NOT NULL)" if columns["credits"] == "VARCHAR" else "FALSE"
    return (("credits", f"({unread} OR {BAD_AMOUNTS})", "a list of credits, each with an amount"),)


def _control(bill: Named) -> Control:
    """Apart from the lines: what each row costs, and its credits added."""
    amounts = f"list_transform(_credits, lambda each: TRY_CAST(each.amount AS {DECIMAL}))"
    billed = f"({bill.decimal('cost')} + coalesce(list_sum({amounts}), 0))"
    return Control(_month(bill), bill.text("currency"), billed, source="flat")


def _month(bill: Named) -> str:
    return f"try_strptime({bill.text('invoice.month')}, '%Y%m')"


def _who_and_when(bill: Named, as_of: datetime) -> dict[str, str]:
    period, start = _month(bill), bill.time("usage_start_time")
    return {
        "BillingPeriodStart": period,
        "BillingPeriodEnd": sql.next_month(period),
        "ChargePeriodStart": start,
        "ChargePeriodEnd": sql.first(bill.time("usage_end_time"), start),
        "BillingAccountId": bill.text("billing_account_id"),
        "BillingCurrency": bill.text("currency"),
        "SubAccountId": bill.text("project.id"),
        "SubAccountName": bill.text("project.name", "project.id"),
        "SubAccountType": f"CASE WHEN {bill.text('project.id')} IS NOT NULL THEN 'Project' END",
        "InvoiceIssuerName": sql.first(bill.text("seller_name"), "'Google Cloud'"),
        "ProviderName": "'Google Cloud'",
        "PublisherName": sql.first(bill.text("seller_name"), "'Google Cloud'"),
        "x_provider": "'gcp'",
        "x_source": "'gcp-export'",
        "x_is_final": is_final("NULL", sql.next_month(period), as_of),
    }


def _what(bill: Named) -> dict[str, str]:
    kind, labels = sql.first(bill.text("cost_type"), "'regular'"), bill.real("labels")
    category = sql.case(kind, CATEGORIES, "'Adjustment'")
    used = f"(credit IS NULL AND {kind} = 'regular')"
    return {
        "ChargeCategory": f"CASE WHEN credit IS NOT NULL THEN 'Credit' ELSE {category} END",
        "ChargeClass": f"CASE WHEN {bill.text('adjustment_info.id')} IS NOT NULL THEN 'Correction' END",
        "ChargeDescription": sql.first("credit.full_name", "credit.name", bill.text("sku.description")),
        "ChargeFrequency": f"CASE WHEN {used} THEN 'Usage-Based' END",
        "x_charge_type": sql.first("credit.type", "credit.name", kind),
        "ServiceCategory": CATEGORY,
        "ServiceName": bill.text("service.description"),
        "x_service_code": bill.text("service.id"),
        "x_usage_type": bill.text("sku.description"),
        "RegionId": bill.text("location.region", "location.location"),
        "RegionName": bill.text("location.location"),
        "AvailabilityZone": bill.text("location.zone"),
        "ResourceId": bill.text("resource.global_name"),
        "ResourceName": bill.text("resource.name"),
        "SkuId": bill.text("sku.id"),
        "SkuMeter": bill.text("sku.description"),
        "ConsumedQuantity": f"CASE WHEN {used} THEN {bill.decimal('usage.amount')} END",
        "ConsumedUnit": f"CASE WHEN {used} THEN {bill.text('usage.unit')} END",
        "PricingQuantity": f"CASE WHEN {used} THEN {bill.decimal('usage.amount_in_pricing_units')} END",
        "PricingUnit": f"CASE WHEN {used} THEN {bill.text('usage.pricing_unit')} END",
        "PricingCategory": f"CASE WHEN {used} THEN 'Standard' END",
        "Tags": tags(labels[0], bill.types[labels[0]]) if labels else "NULL",
    }


def _costs(bill: Named) -> dict[str, str]:
    """A credit lowers no list cost."""
    cost, taken = bill.decimal("cost"), sql.to_decimal("credit.amount")
    billed = f"CASE WHEN credit IS NOT NULL THEN {taken} ELSE {cost} END"
    at_list = sql.first(bill.decimal("cost_at_list"), cost)
    return {
        "BilledCost": billed,
        "EffectiveCost": billed,
        "ContractedCost": billed,
        "ListCost": f"CASE WHEN credit IS NOT NULL THEN 0 ELSE {at_list} END",
        "ContractedUnitPrice": f"CASE WHEN credit IS NULL THEN {bill.decimal('price.effective_price')} END",
    }
