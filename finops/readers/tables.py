"""The tables of docs/costs-sources.md: which columns of a bill a column of silver comes from, told by the mappings."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from finops.readers.registry import reader
from schemas.focus import FOCUS, SILVER

PAGE: Final = Path(__file__).parents[2] / "docs/costs-sources.md"
WIDEST: Final = 6
"""How many columns of a bill are named in a cell."""


def _names(told: str) -> dict[str, str]:
    return dict.fromkeys(told.split(), "VARCHAR")


COLUMNS: Final = {
    "aws-cur": _names(
        "identity_line_item_id bill_invoice_id bill_invoicing_entity bill_payer_account_id bill_payer_account_name "
        "bill_billing_period_start_date bill_billing_period_end_date line_item_usage_account_id "
        "line_item_usage_account_name line_item_line_item_type line_item_line_item_description line_item_legal_entity "
        "line_item_usage_start_date line_item_usage_end_date line_item_product_code line_item_usage_type "
        "line_item_operation line_item_availability_zone line_item_resource_id line_item_usage_amount "
        "line_item_currency_code line_item_unblended_cost line_item_unblended_rate pricing_unit pricing_rate_code "
        "pricing_public_on_demand_cost pricing_public_on_demand_rate product product_region_code product_location "
        "product_sku reservation_reservation_a_r_n reservation_effective_cost reservation_unused_recurring_fee "
        "reservation_unused_amortized_upfront_fee_for_billing_period savings_plan_savings_plan_a_r_n "
        "savings_plan_savings_plan_effective_cost savings_plan_total_commitment_to_date "
        "savings_plan_used_commitment savings_plan_offering_type resource_tags cost_category"
    ),
    "azure-export": _names(
        "costInBillingCurrency billingCurrency date billingPeriodStartDate billingProfileId billingAccountId "
        "billingProfileName billingAccountName subscriptionId subscriptionName invoiceId publisherName chargeType "
        "quantity unitOfMeasure productName frequency meterCategory consumedService meterName resourceGroup "
        "resourceLocation location availabilityZone resourceId resourceName productId meterId tags "
        "paygCostInBillingCurrency payGPrice unitPrice pricingCurrency costInPricingCurrency pricingModel benefitId "
        "benefitName reservationId reservationName"
    ),
    "gcp-export": _names(
        "billing_account_id service.id service.description sku.id sku.description usage_start_time usage_end_time "
        "project.id project.name labels location.location location.region location.zone resource.name "
        "resource.global_name cost currency usage.amount usage.unit usage.amount_in_pricing_units usage.pricing_unit "
        "price.effective_price credits invoice.month cost_type adjustment_info.id cost_at_list seller_name"
    ),
    "focus": dict.fromkeys([column.name for column in FOCUS], "VARCHAR")
    | _names("x_ServiceCode x_Operation x_UsageType x_ResourceGroupName x_CostCategories x_InvoiceId"),
}
"""A bill with all columns that a reader knows, in one spelling."""


def table(name: str) -> str:
    """Markdown: of each silver column what it is made of. What a reader leaves null is left out."""
    mapping = reader(name).mapping(COLUMNS[name], datetime(2026, 1, 1, tzinfo=UTC))
    lines = ["| silver | from |", "|---|---|"]
    for column in SILVER:
        told = mapping.expressions.get(column.name, "NULL")
        if told != "NULL":
            lines.append(f"| {column.name} | {_made_of(told, COLUMNS[name])} |")
    return "\n".join(lines)


def _made_of(expression: str, columns: dict[str, str]) -> str:
    quoted = re.findall(r'"((?:[^"]|"")+)"', expression) + [f"credits.{field}" for field in _credit(expression)]
    found = list(dict.fromkeys(each for each in quoted if each in columns or each.startswith("credits.")))
    if not found:
        return f"`{expression.strip(chr(39))}`" if expression.startswith("'") else "a table of the product"
    more = f" and {len(found) - WIDEST} more" if len(found) > WIDEST else ""
    return ", ".join(f"`{each}`" for each in found[:WIDEST]) + more


def _credit(expression: str) -> list[str]:
    return re.findall(r"\bcredit\.(\w+)", expression)


def page(written: str) -> str:
    """The page with its tables made anew: each between ``<!-- mapping NAME -->`` and ``<!-- end -->``."""
    marked = r"<!-- mapping ([\w-]+) -->\n.*?<!-- end -->"
    return re.sub(
        marked, lambda at: f"<!-- mapping {at[1]} -->\n{table(at[1])}\n<!-- end -->", written, flags=re.DOTALL
    )


def main(arguments: list[str]) -> int:
    """``--write`` writes the page, without it says when it is stale (exit 1)."""
    written = PAGE.read_text()
    made = page(written)
    if "--write" in arguments:
        PAGE.write_text(made)
        return 0
    if made != written:
        sys.stderr.write("docs/costs-sources.md is stale; run: make generate\n")
    return int(made != written)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
