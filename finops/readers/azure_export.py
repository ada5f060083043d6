"""Azure Cost Management exports, ``ActualCost`` or ``AmortizedCost``, of an Enterprise or a Customer Agreement.

Column meanings: Microsoft Learn, "Understand usage details fields". An export holds one of the two views. Of what a
reservation or a savings plan covered, nothing is billed, and the effective cost is what the file says: 0 in actual
costs, its share of the commitment in amortized ones. Both views in one file exist only as the FOCUS export.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from finops.readers import expressions as sql
from finops.readers.deliveries import newest_runs
from finops.readers.focus_file import is_final
from finops.readers.named import Named
from finops.readers.protocol import Control, LineMapping
from finops.readers.service_categories import AZURE, CATEGORY, joined
from finops.readers.tags import tags, unreadable_tags
from schemas.focus import DECIMAL

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from finops.readers.protocol import Columns, Delivery, Fetch, RawFile

COST: Final = ("costInBillingCurrency", "cost", "preTaxCost", "extendedCost")
CURRENCY: Final = ("billingCurrency", "billingCurrencyCode", "currency")
DATE: Final = ("date", "usageDateTime", "usageDate")
SUBSCRIPTION: Final = ("subscriptionId", "subscriptionGuid")
NUMBERS: Final = (*COST, "quantity", "consumedQuantity", "usageQuantity", "unitPrice", "payGPrice", "effectivePrice")
CATEGORIES: Final = {
    **dict.fromkeys(("Usage", "UnusedReservation", "UnusedSavingsPlan"), "Usage"),
    **dict.fromkeys(("Purchase", "Refund"), "Purchase"),
    "Tax": "Tax",
    "Credit": "Credit",
}
"""By charge type. A refund gives a purchase back: a correction. ``RoundingAdjustment`` and the like: ``Adjustment``."""
FREQUENCIES: Final = {"OneTime": "One-Time", "Recurring": "Recurring", "UsageBased": "Usage-Based"}
PRICING: Final = {
    "OnDemand": "Standard",
    "Reservation": "Committed",
    "SavingsPlan": "Committed",
    "Spot": "Dynamic",
}
COMMITMENTS: Final = {"Reservation": "Usage", "SavingsPlan": "Spend"}
FORMATS: Final = ("%m/%d/%Y", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %I:%M:%S %p", "%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ")
DATE_ALLOWED: Final = "month/day/year or year-month-day"


class AzureExport:
    """CSV, CSV.gz or Parquet, with or without manifests; of repeated runs for a month the newest one."""

    name = "azure-export"

    def deliveries(self, files: Sequence[RawFile], fetch: Fetch) -> list[Delivery]:
        """Each run of an export is the whole month so far."""
        return newest_runs(files, fetch)

    def mapping(self, columns: Columns, as_of: datetime) -> LineMapping:
        """By the names in any case, with or without blanks."""
        bill = Named(columns, plain_name)
        for names in (COST, CURRENCY, DATE, SUBSCRIPTION, ("meterCategory",)):
            bill.need_one("an Azure cost export (with English names)", *names)
        setup, source = joined(AZURE, bill.text("meterCategory"))
        costs = _costs(bill)
        control = Control(_period(bill), bill.text(*CURRENCY), costs["BilledCost"])
        return LineMapping(
            {**_who_and_when(bill, as_of), **_what(bill), **costs, **_commitment(bill)},
            control=control,
            source=source,
            setup=setup,
            unreadable=(*bill.unreadable(NUMBERS, ()), *_bad_dates(bill), *_bad_tags(bill)),
        )


def plain_name(column: str) -> str:
    """``Cost In Billing Currency``, ``CostInBillingCurrency`` and ``costInBillingCurrency`` are one."""
    return re.sub(r"[^a-z0-9]", "", column.casefold())


def _date(bill: Named, *names: str) -> str:
    found = bill.real(*names)
    if not found:
        return "CAST(NULL AS TIMESTAMP)"
    return sql.first(*(_parsed(bill, column) for column in found))


def _parsed(bill: Named, column: str) -> str:
    """Dates of the United States, as all exports of Azure have them, or of ISO 8601."""
    if bill.types[column] != "VARCHAR":
        return sql.time(column, bill.types[column])
    formats = ", ".join(sql.literal(form) for form in FORMATS)
    return f"try_strptime({sql.text(column)}, [{formats}])"


def _bad_dates(bill: Named) -> tuple[tuple[str, str, str], ...]:
    columns = bill.real(*DATE, "billingPeriodStartDate")
    told = ((name, f"{sql.text(name)} IS NOT NULL AND {_parsed(bill, name)} IS NULL") for name in columns)
    return tuple((name, bad, DATE_ALLOWED) for name, bad in told if bill.types[name] == "VARCHAR")


def _bad_tags(bill: Named) -> tuple[tuple[str, str, str], ...]:
    return tuple((name, unreadable_tags(name, bill.types[name]), "a JSON object") for name in bill.real("tags"))


def _period(bill: Named) -> str:
    """The month of the billing period, or of the day in exports that name none."""
    return f"date_trunc('month', {sql.first(_date(bill, 'billingPeriodStartDate'), _date(bill, *DATE))})"


def _who_and_when(bill: Named, as_of: datetime) -> dict[str, str]:
    period, day = _period(bill), _date(bill, *DATE)
    account = sql.first(bill.text("billingProfileId", "billingAccountId"), bill.text(*SUBSCRIPTION))
    return {
        "BillingPeriodStart": period,
        "BillingPeriodEnd": sql.next_month(period),
        "ChargePeriodStart": day,
        "ChargePeriodEnd": f"({day} + INTERVAL 1 DAY)",
        "BillingAccountId": account,
        "BillingAccountName": bill.text("billingProfileName", "billingAccountName"),
        "BillingCurrency": f"upper({bill.text(*CURRENCY)})",
        "SubAccountId": bill.text(*SUBSCRIPTION),
        "SubAccountName": bill.text("subscriptionName"),
        "SubAccountType": "'Subscription'",
        "InvoiceId": bill.text("invoiceId"),
        "InvoiceIssuerName": "'Microsoft'",
        "ProviderName": "'Microsoft'",
        "PublisherName": sql.first(bill.text("publisherName"), "'Microsoft'"),
        "x_provider": "'azure'",
        "x_source": "'azure-export'",
        "x_is_final": is_final(bill.text("invoiceId"), sql.next_month(period), as_of),
    }


def _what(bill: Named) -> dict[str, str]:
    kind, quantity = _kind(bill), bill.decimal("quantity", "consumedQuantity", "usageQuantity")
    found = bill.real("tags")
    return {
        "ChargeCategory": sql.case(kind, CATEGORIES, "'Adjustment'"),
        "ChargeClass": f"CASE {kind} WHEN 'Refund' THEN 'Correction' END",
        "ChargeDescription": bill.text("productName", "product"),
        "ChargeFrequency": sql.case(bill.text("frequency"), FREQUENCIES),
        "x_charge_type": kind,
        "ServiceCategory": CATEGORY,
        "ServiceName": sql.first(bill.text("meterCategory"), bill.text("productName"), "'Other'"),
        "x_service_code": bill.text("consumedService"),
        "x_usage_type": bill.text("meterName"),
        "x_resource_group": bill.text("resourceGroup", "resourceGroupName"),
        "RegionId": f"lower(replace({bill.text('resourceLocation', 'location')}, ' ', ''))",
        "RegionName": bill.text("location", "resourceLocation"),
        "AvailabilityZone": bill.text("availabilityZone"),
        "ResourceId": bill.text("resourceId", "instanceId"),
        "ResourceName": bill.text("resourceName"),
        "SkuId": bill.text("productId", "partNumber"),
        "SkuPriceId": bill.text("meterId"),
        "SkuMeter": bill.text("meterName"),
        "ConsumedQuantity": quantity,
        "ConsumedUnit": bill.text("unitOfMeasure"),
        "PricingQuantity": quantity,
        "PricingUnit": bill.text("unitOfMeasure"),
        "Tags": tags(found[0], bill.types[found[0]]) if found else "NULL",
    }


def _kind(bill: Named) -> str:
    return sql.first(bill.text("chargeType"), "'Usage'")


def _costs(bill: Named) -> dict[str, str]:
    cost = bill.decimal(*COST)
    billed = f"CASE WHEN {_covered(bill)} THEN CAST(0 AS {DECIMAL}) ELSE {cost} END"
    return {
        "BilledCost": billed,
        "EffectiveCost": cost,
        "ContractedCost": cost,
        "ListCost": sql.first(bill.decimal("paygCostInBillingCurrency"), cost),
        "ListUnitPrice": bill.decimal("payGPrice"),
        "ContractedUnitPrice": bill.decimal("unitPrice"),
        "PricingCurrency": bill.text("pricingCurrency"),
        "PricingCurrencyEffectiveCost": bill.decimal("costInPricingCurrency"),
    }


def _covered(bill: Named) -> str:
    """A number that is no number stays one, so that its row is set aside."""
    used = sql.among(_kind(bill), ("Usage", "UnusedReservation", "UnusedSavingsPlan"))
    model = sql.first(bill.text("pricingModel"), "''")
    return f"({sql.among(model, COMMITMENTS)} AND {used} AND {bill.decimal(*COST)} IS NOT NULL)"


def _commitment(bill: Named) -> dict[str, str]:
    model, identity = bill.text("pricingModel"), bill.text("benefitId", "reservationId")
    unused = f"starts_with({_kind(bill)}, 'Unused')"
    return {
        "PricingCategory": sql.case(model, PRICING),
        "CommitmentDiscountId": identity,
        "CommitmentDiscountName": bill.text("benefitName", "reservationName"),
        "CommitmentDiscountCategory": sql.case(model, COMMITMENTS),
        "CommitmentDiscountType": f"CASE WHEN {sql.among(model, COMMITMENTS)} THEN {model} END",
        "CommitmentDiscountStatus": f"CASE WHEN {identity} IS NULL THEN NULL WHEN {unused} THEN 'Unused' "
        f"WHEN {_covered(bill)} THEN 'Used' END",
    }
