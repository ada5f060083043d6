"""The AWS bill as a data export of the table COST_AND_USAGE_REPORT (CUR 2.0): CSV in gzip, a manifest a month."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Final

from demo_cloud.bills.aws_bill import aws_charges
from demo_cloud.bills.charge import MARK, Charge
from demo_cloud.bills.files import by_month, write_csv
from demo_cloud.bills.planted import PLAN_ID
from demo_cloud.bills.season import next_month
from demo_cloud.names import ACCOUNTS, PLATFORM

EXPORT: Final = "demo-cur"
ACTIVATED: Final = ("team", *MARK)
PRODUCTS: Final = {
    "AmazonEC2": "Amazon Elastic Compute Cloud",
    "AmazonVPC": "Amazon Virtual Private Cloud",
    "AmazonRDS": "Amazon Relational Database Service",
    "AmazonS3": "Amazon Simple Storage Service",
    "AWSLambda": "AWS Lambda",
    "AmazonCloudWatch": "AmazonCloudWatch",
    "AmazonDynamoDB": "Amazon DynamoDB",
    "AmazonECS": "Amazon Elastic Container Service",
    "ComputeSavingsPlans": "Savings Plans for AWS Compute usage",
}
TYPES: Final = {
    "bill_bill_type": "string",
    "bill_billing_entity": "string",
    "bill_billing_period_end_date": "timestamp",
    "bill_billing_period_start_date": "timestamp",
    "bill_invoice_id": "string",
    "bill_invoicing_entity": "string",
    "bill_payer_account_id": "string",
    "bill_payer_account_name": "string",
    "cost_category": "map",
    "discount": "map",
    "identity_line_item_id": "string",
    "identity_time_interval": "string",
    "line_item_availability_zone": "string",
    "line_item_blended_cost": "double",
    "line_item_blended_rate": "string",
    "line_item_currency_code": "string",
    "line_item_legal_entity": "string",
    "line_item_line_item_description": "string",
    "line_item_line_item_type": "string",
    "line_item_operation": "string",
    "line_item_product_code": "string",
    "line_item_resource_id": "string",
    "line_item_unblended_cost": "double",
    "line_item_unblended_rate": "string",
    "line_item_usage_account_id": "string",
    "line_item_usage_account_name": "string",
    "line_item_usage_amount": "double",
    "line_item_usage_end_date": "timestamp",
    "line_item_usage_start_date": "timestamp",
    "line_item_usage_type": "string",
    "pricing_currency": "string",
    "pricing_public_on_demand_cost": "double",
    "pricing_public_on_demand_rate": "string",
    "pricing_term": "string",
    "pricing_unit": "string",
    "product": "map",
    "product_instance_type": "string",
    "product_product_family": "string",
    "product_region_code": "string",
    "product_servicecode": "string",
    "reservation_effective_cost": "double",
    "reservation_reservation_a_r_n": "string",
    "resource_tags": "map",
    "savings_plan_savings_plan_a_r_n": "string",
    "savings_plan_savings_plan_effective_cost": "double",
    "savings_plan_total_commitment_to_date": "double",
    "savings_plan_used_commitment": "double",
}
"""The columns that the export selects, with their types."""


def write_cur(folder: Path, now: datetime) -> list[Path]:
    """Write every month below ``folder``; the manifests, oldest first."""
    return [_write_month(folder / EXPORT, month, lines, now) for month, lines in by_month(aws_charges(now))]


def _write_month(root: Path, month: date, lines: Iterable[Charge], now: datetime) -> Path:
    period = f"BILLING_PERIOD={month:%Y-%m}"
    data = root / "data" / period / f"{EXPORT}-00001.csv.gz"
    closed = next_month(month) <= now.date()
    rows = (_row(number, line, month, closed=closed) for number, line in enumerate(lines))
    write_csv(data, TYPES, rows)
    manifest = root / "metadata" / period / f"{EXPORT}-Manifest.json"
    manifest.parent.mkdir(parents=True, exist_ok=True)
    told = {
        "exportName": EXPORT,
        "executionId": f"0de00000-0000-4000-8000-{month:%Y%m}000000",
        "billingPeriod": {"start": _moment(month), "end": _moment(next_month(month))},
        "columns": [{"name": name, "type": kind} for name, kind in TYPES.items()],
        "dataFiles": [data.relative_to(root.parent).as_posix()],
    }
    manifest.write_text(json.dumps(told, indent=1))
    return manifest


def _row(number: int, line: Charge, month: date, *, closed: bool) -> dict[str, object]:
    meter = line.meter
    start, end = _moment(line.start), _moment(line.end)
    row: dict[str, object] = {
        "bill_bill_type": "Refund" if line.line_type == "Refund" else "Anniversary",
        "bill_billing_entity": "AWS",
        "bill_billing_period_start_date": _moment(month),
        "bill_billing_period_end_date": _moment(next_month(month)),
        "bill_invoice_id": f"DEMO{month:%Y%m}" if closed else "",
        "bill_invoicing_entity": "Demo cloud",
        "bill_payer_account_id": PLATFORM,
        "bill_payer_account_name": "demo (synthetic)",
        "cost_category": "{}",
        "discount": "{}",
        "identity_line_item_id": f"demo{month:%Y%m}{number:08d}",
        "identity_time_interval": f"{start[:-5]}Z/{end[:-5]}Z",
        "line_item_blended_cost": line.billed,
        "line_item_blended_rate": meter.price,
        "line_item_currency_code": "USD",
        "line_item_legal_entity": "Demo cloud",
        "line_item_line_item_description": line.text or f"${meter.price} per {meter.unit}: {meter.usage_type}",
        "line_item_line_item_type": line.line_type,
        "line_item_operation": meter.operation,
        "line_item_product_code": meter.service,
        "line_item_resource_id": meter.resource,
        "line_item_unblended_cost": line.billed,
        "line_item_unblended_rate": meter.price,
        "line_item_usage_account_id": meter.account,
        "line_item_usage_account_name": f"{ACCOUNTS[meter.account]} (demo)",
        "line_item_usage_amount": line.quantity,
        "line_item_usage_start_date": start,
        "line_item_usage_end_date": end,
        "line_item_usage_type": meter.usage_type,
        "pricing_currency": "USD",
        "pricing_public_on_demand_cost": line.list_cost,
        "pricing_public_on_demand_rate": meter.price,
        "pricing_term": "OnDemand" if line.line_type == "Usage" else "",
        "pricing_unit": meter.unit,
        "product": json.dumps({"product_name": PRODUCTS[meter.service]}),
        "product_instance_type": meter.kind if meter.family.endswith("Instance") else "",
        "product_product_family": meter.family,
        "product_region_code": meter.region,
        "product_servicecode": meter.service,
        "resource_tags": json.dumps(_tags(meter.tags)),
    }
    return row | _plan(line)


def _tags(tags: Mapping[str, str]) -> dict[str, str]:
    """The tags that the payer has activated for costs."""
    return {f"user_{name}": value for name, value in {**tags, **MARK}.items() if name in ACTIVATED}


def _plan(line: Charge) -> dict[str, object]:
    """What a commitment adds to its lines."""
    match line.line_type:
        case "SavingsPlanCoveredUsage":
            return {
                "savings_plan_savings_plan_a_r_n": PLAN_ID,
                "savings_plan_savings_plan_effective_cost": line.effective,
            }
        case "SavingsPlanNegation" | "SavingsPlanUpfrontFee":
            return {"savings_plan_savings_plan_a_r_n": PLAN_ID}
        case "SavingsPlanRecurringFee":
            return {
                "savings_plan_savings_plan_a_r_n": PLAN_ID,
                "savings_plan_total_commitment_to_date": line.billed * 2,
                "savings_plan_used_commitment": line.billed * 2 - line.effective,
            }
    return {}


def _moment(day: date) -> str:
    return f"{day.isoformat()}T00:00:00.000Z"
