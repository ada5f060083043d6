"""AWS Cost and Usage Report: legacy (``lineItem/UnblendedCost``) and 2.0 (``line_item_unblended_cost``).

Column meanings: AWS, Data Exports user guide, "Cost and Usage Report (CUR) 2.0 table dictionary". Billed is the
unblended cost. Effective (amortized) cost follows the guides "Understanding Savings Plans" and "Understanding your
reservations": what a commitment covered costs its effective cost; the fee itself costs what of it stayed unused;
negations and upfront fees cost nothing. Both add up to the same total over the term of the commitments.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from finops.readers import expressions as sql
from finops.readers.deliveries import by_month
from finops.readers.named import Named
from finops.readers.protocol import Control, LineMapping
from finops.readers.service_categories import AWS, CATEGORY, joined

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from finops.readers.protocol import Columns, Delivery, Fetch, RawFile

NEEDED: Final = (
    "line_item_line_item_type",
    "line_item_unblended_cost",
    "line_item_currency_code",
    "line_item_usage_start_date",
    "line_item_usage_account_id",
    "line_item_product_code",
    "bill_billing_period_start_date",
    "bill_payer_account_id",
)
COVERED: Final = {"DiscountedUsage": "Usage", "SavingsPlanCoveredUsage": "Spend"}
DISCOUNTS: Final = (
    *("EdpDiscount", "PrivateRateDiscount", "BundledDiscount", "RiVolumeDiscount"),
    *("SppDiscount", "DistributorDiscount", "Discount"),
)
FEES: Final = ("RIFee", "SavingsPlanRecurringFee", "SavingsPlanUpfrontFee", "Fee")
CATEGORIES: Final = {
    **dict.fromkeys(("Usage", *COVERED, "SavingsPlanNegation", *DISCOUNTS), "Usage"),
    **dict.fromkeys(FEES, "Purchase"),
    "Tax": "Tax",
    "Credit": "Credit",
}
"""By line type. Discounts lower the price of usage; a refund, and a type that AWS may add, is an ``Adjustment``."""
NUMBERS: Final = (
    "line_item_unblended_cost",
    "line_item_usage_amount",
    "line_item_unblended_rate",
    "pricing_public_on_demand_cost",
    "pricing_public_on_demand_rate",
    "reservation_effective_cost",
    "reservation_unused_amortized_upfront_fee_for_billing_period",
    "reservation_unused_recurring_fee",
    "savings_plan_savings_plan_effective_cost",
    "savings_plan_total_commitment_to_date",
    "savings_plan_used_commitment",
)
TIMES: Final = (
    "line_item_usage_start_date",
    "line_item_usage_end_date",
    "bill_billing_period_start_date",
    "bill_billing_period_end_date",
)


class AwsCur:
    """CSV, CSV.gz or Parquet, with or without manifests."""

    name = "aws-cur"

    def deliveries(self, files: Sequence[RawFile], fetch: Fetch) -> list[Delivery]:
        """A month is what its newest manifest names."""
        return by_month(files, fetch)

    def mapping(self, columns: Columns, as_of: datetime) -> LineMapping:  # noqa: ARG002 - AWS says itself what is final
        """A bill is final once it carries an invoice's number."""
        bill = Named(columns, snake_case, nothing=("",))
        bill.need("a Cost and Usage Report", *NEEDED)
        setup, source = joined(AWS, bill.text("line_item_product_code"))
        start = bill.time("bill_billing_period_start_date")
        control = Control(start, bill.text("line_item_currency_code"), bill.decimal("line_item_unblended_cost"))
        return LineMapping(
            {**_who_and_when(bill), **_what(bill), **_costs(bill), **_commitment(bill)},
            control=control,
            source=source,
            setup=setup,
            unreadable=bill.unreadable(NUMBERS, TIMES),
        )


def snake_case(column: str) -> str:
    """As AWS itself turns legacy names into those of Parquet: ``savingsPlan/SavingsPlanARN`` to ``..._a_r_n``."""
    told = re.sub(r"(?<=[^/:_])([A-Z])", r"_\1", column)
    return re.sub(r"[^a-z0-9]+", "_", told.lower()).strip("_")


def _who_and_when(bill: Named) -> dict[str, str]:
    period, start = bill.time("bill_billing_period_start_date"), bill.time("line_item_usage_start_date")
    return {
        "BillingPeriodStart": period,
        "BillingPeriodEnd": sql.first(bill.time("bill_billing_period_end_date"), sql.next_month(period)),
        "ChargePeriodStart": start,
        "ChargePeriodEnd": sql.first(bill.time("line_item_usage_end_date"), start),
        "BillingAccountId": bill.text("bill_payer_account_id"),
        "BillingAccountName": bill.text("bill_payer_account_name"),
        "BillingCurrency": bill.text("line_item_currency_code"),
        "SubAccountId": bill.text("line_item_usage_account_id"),
        "SubAccountName": bill.text("line_item_usage_account_name"),
        "InvoiceId": bill.text("bill_invoice_id"),
        "InvoiceIssuerName": bill.text("bill_invoicing_entity", "line_item_legal_entity"),
        "ProviderName": "'AWS'",
        "PublisherName": sql.first(bill.text("line_item_legal_entity"), "'Amazon Web Services, Inc.'"),
        "x_provider": "'aws'",
        "x_source": "'aws-cur'",
        "x_is_final": f"({bill.text('bill_invoice_id')} IS NOT NULL)",
        "x_line_id": bill.text("identity_line_item_id"),
    }


def _what(bill: Named) -> dict[str, str]:
    kind = bill.text("line_item_line_item_type")
    used = sql.among(kind, ("Usage", *COVERED))
    amount = f"CASE WHEN {used} THEN {bill.decimal('line_item_usage_amount')} END"
    return {
        "ChargeCategory": sql.case(kind, CATEGORIES, "'Adjustment'"),
        "ChargeClass": f"CASE {kind} WHEN 'Refund' THEN 'Correction' END",
        "ChargeDescription": bill.text("line_item_line_item_description"),
        "ChargeFrequency": _frequency(kind),
        "x_charge_type": kind,
        "ServiceCategory": CATEGORY,
        "ServiceName": sql.first(_product(bill, "product_name"), bill.text("line_item_product_code")),
        "x_service_code": bill.text("line_item_product_code"),
        "x_operation": bill.text("line_item_operation"),
        "x_usage_type": bill.text("line_item_usage_type"),
        "RegionId": _product(bill, "region_code", "region"),
        "RegionName": _product(bill, "location"),
        "AvailabilityZone": bill.text("line_item_availability_zone"),
        "ResourceId": bill.text("line_item_resource_id"),
        "SkuId": _product(bill, "sku"),
        "SkuPriceId": bill.text("pricing_rate_code", "pricing_rate_id"),
        "SkuMeter": bill.text("line_item_usage_type"),
        "ConsumedQuantity": amount,
        "ConsumedUnit": f"CASE WHEN {used} THEN {bill.text('pricing_unit')} END",
        "PricingQuantity": amount,
        "PricingUnit": f"CASE WHEN {used} THEN {bill.text('pricing_unit')} END",
        "Tags": _tags(bill),
        "x_cost_categories": sql.sorted_json(bill.mapped("cost_category")) if bill.has("cost_category") else "NULL",
    }


def _frequency(kind: str) -> str:
    recurring = sql.among(kind, ("RIFee", "SavingsPlanRecurringFee"))
    usage = sql.among(kind, ("Usage", *COVERED, "SavingsPlanNegation", *DISCOUNTS))
    return f"CASE WHEN {recurring} THEN 'Recurring' WHEN {usage} THEN 'Usage-Based' ELSE 'One-Time' END"


def _costs(bill: Named) -> dict[str, str]:
    kind, billed = bill.text("line_item_line_item_type"), bill.decimal("line_item_unblended_cost")
    public = sql.first(bill.decimal("pricing_public_on_demand_cost"), billed)
    usage = sql.among(kind, ("Usage", *COVERED))
    nothing = sql.among(kind, ("SavingsPlanNegation", *DISCOUNTS))
    priced = {
        "ListUnitPrice": bill.decimal("pricing_public_on_demand_rate"),
        "ContractedUnitPrice": bill.decimal("line_item_unblended_rate"),
    }
    return {
        "BilledCost": billed,
        "EffectiveCost": effective_cost(bill),
        "ListCost": f"CASE WHEN {usage} THEN {public} WHEN {nothing} THEN 0 ELSE {billed} END",
        "ContractedCost": f"CASE {kind} WHEN 'DiscountedUsage' THEN {public} WHEN 'SavingsPlanNegation' THEN 0 "
        f"ELSE {billed} END",
        **{column: f"CASE WHEN {usage} THEN {price} END" for column, price in priced.items()},
    }


def effective_cost(bill: Named) -> str:
    """The amortized cost of a line: see the module's first lines. Null, and the row set aside, where AWS tells none."""
    kind, billed = bill.text("line_item_line_item_type"), bill.decimal("line_item_unblended_cost")
    reserved = f"{bill.text('reservation_reservation_a_r_n')} IS NOT NULL"
    unused_fee = bill.decimal("reservation_unused_recurring_fee")
    unused_upfront = bill.decimal("reservation_unused_amortized_upfront_fee_for_billing_period")
    committed = bill.decimal("savings_plan_total_commitment_to_date")
    return (
        f"CASE {kind} WHEN 'DiscountedUsage' THEN {bill.decimal('reservation_effective_cost')} "
        f"WHEN 'RIFee' THEN {unused_fee} + coalesce({unused_upfront}, 0) "
        f"WHEN 'SavingsPlanCoveredUsage' THEN {bill.decimal('savings_plan_savings_plan_effective_cost')} "
        f"WHEN 'SavingsPlanRecurringFee' THEN {committed} - {bill.decimal('savings_plan_used_commitment')} "
        "WHEN 'SavingsPlanNegation' THEN 0 WHEN 'SavingsPlanUpfrontFee' THEN 0 "
        f"WHEN 'Fee' THEN CASE WHEN {reserved} THEN 0 ELSE {billed} END ELSE {billed} END"
    )


def _commitment(bill: Named) -> dict[str, str]:
    kind = bill.text("line_item_line_item_type")
    reserved, planned = bill.text("reservation_reservation_a_r_n"), bill.text("savings_plan_savings_plan_a_r_n")
    identity = sql.first(planned, reserved)
    covered = sql.among(kind, COVERED)
    spot = f"contains(coalesce({bill.text('line_item_usage_type')}, ''), 'SpotUsage')"
    category = f"CASE WHEN {planned} IS NOT NULL THEN 'Spend' WHEN {reserved} IS NOT NULL THEN 'Usage' END"
    plan = sql.first(bill.text("savings_plan_offering_type"), "'Savings Plan'")
    return {
        "CommitmentDiscountId": identity,
        "CommitmentDiscountCategory": category,
        "CommitmentDiscountType": f"CASE {category} WHEN 'Spend' THEN {plan} WHEN 'Usage' THEN 'Reserved Instance' END",
        "CommitmentDiscountStatus": f"CASE WHEN {covered} AND {identity} IS NOT NULL THEN 'Used' END",
        "PricingCategory": f"CASE WHEN {covered} THEN 'Committed' WHEN {kind} = 'Usage' AND {spot} THEN 'Dynamic' "
        f"WHEN {kind} = 'Usage' THEN 'Standard' END",
    }


def _product(bill: Named, *names: str) -> str:
    """A property of the product: a column of its own, or a key of the map ``product`` of CUR 2.0."""
    own = bill.text(*(f"product_{name}" for name in names))
    if not bill.has("product"):
        return own
    products = bill.mapped("product")
    return sql.first(own, *(f"nullif({products}[{sql.literal(name)}], '')" for name in names))


def _tags(bill: Named) -> str:
    """``Tags``: the map of CUR 2.0, or the columns of a legacy report; ``user:`` before a key is left out."""
    if bill.has("resource_tags"):
        plain = "CASE WHEN entry.key[1:5] IN ('user_', 'user:') THEN entry.key[6:] ELSE entry.key END"
        return sql.entries_json(f"map_entries({bill.mapped('resource_tags')})", plain)
    columns = {key: column for column in bill.types if (key := _tag_key(column))}
    return sql.json_object({key: sql.text(column, nothing=("",)) for key, column in columns.items()})


def _tag_key(column: str) -> str:
    found = re.match(r"resourceTags/(?:user:)?(.+)|resource_tags_(?:user_)?(.+)", column)
    return (found[1] or found[2]) if found else ""
