"""The Google Cloud bill as the detailed export to BigQuery has it, taken out as CSV: nested fields by dotted names.

The last two days are told by the hour, as the export tells all of them; the days before are summed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from zlib import crc32

from demo_cloud.bills.charge import MARK, PLACES, Charge
from demo_cloud.bills.files import by_month, write_csv
from demo_cloud.bills.gcp import SQL, gcp_charges
from demo_cloud.bills.planted import GCP_PROMOTION
from demo_cloud.bills.season import first_day, next_month
from demo_cloud.gcp.world import PROJECT, PROJECT_NUMBER

BILLING_ACCOUNT: Final = "0DE0DE-0DE0DE-0DE0DE"
TABLE: Final = f"gcp_billing_export_resource_v1_{BILLING_ACCOUNT.replace('-', '_')}"
COLUMNS: Final = (
    "billing_account_id", "service.id", "service.description", "sku.id", "sku.description", "usage_start_time",
    "usage_end_time", "project.id", "project.number", "project.name", "labels", "system_labels",
    "location.location", "location.country", "location.region", "location.zone", "resource.name",
    "resource.global_name", "tags", "price.effective_price", "price.unit", "export_time", "cost", "currency",
    "currency_conversion_rate", "usage.amount", "usage.unit", "usage.amount_in_pricing_units",
    "usage.pricing_unit", "credits", "invoice.month", "cost_type", "adjustment_info.id", "cost_at_list",
    "transaction_type", "seller_name",
)  # fmt: skip
HOURS: Final = 24
HOURLY_DAYS: Final = 2


def write_export(folder: Path, now: datetime) -> list[Path]:
    """Write every month below ``folder``; the files, oldest first."""
    made = []
    for month, lines in by_month(gcp_charges(now)):
        path = folder / TABLE / f"{month:%Y%m}" / "000000000000.csv.gz"
        write_csv(path, COLUMNS, rows_of(lines, now))
        made.append(path)
    return made


def rows_of(lines: Iterable[Charge], now: datetime) -> Iterator[dict[str, Any]]:
    """The rows of the export's table, flat."""
    hourly = now.date() - timedelta(days=HOURLY_DAYS)
    promoted = first_day(now)
    for _ in range(GCP_PROMOTION[0]):
        promoted = next_month(promoted)
    for line in lines:
        whole = _row(line, promoted)
        yield from _hours(whole, line) if line.start >= hourly and line.line_type != "tax" else [whole]


def _row(line: Charge, promoted: date) -> dict[str, Any]:
    meter = line.meter
    credited = meter.service == SQL and line.start.replace(day=1) == promoted
    credit = {
        "id": "demo-promotion",
        "full_name": "Promotion (demo)",
        "type": "PROMOTION",
        "name": "demo promotion",
        "amount": str(-(line.billed * GCP_PROMOTION[1]).quantize(PLACES)),
    }
    return {
        "billing_account_id": BILLING_ACCOUNT,
        "service.id": _code(meter.service),
        "service.description": meter.service,
        "sku.id": _code(f"{meter.service}/{meter.usage_type}"),
        "sku.description": meter.usage_type,
        "usage_start_time": _moment(line.start),
        "usage_end_time": _moment(line.end),
        "project.id": PROJECT,
        "project.number": PROJECT_NUMBER,
        "project.name": "retail (demo)",
        "labels": json.dumps([{"key": key, "value": value} for key, value in {**meter.tags, **MARK}.items()]),
        "system_labels": "[]",
        "location.location": meter.region,
        "location.region": meter.region,
        "resource.name": meter.resource.rpartition("/")[2],
        "resource.global_name": meter.resource,
        "tags": "[]",
        "price.effective_price": meter.price,
        "price.unit": meter.unit,
        "export_time": _moment(line.end),
        "cost": line.billed,
        "currency": "USD",
        "currency_conversion_rate": 1,
        "usage.amount": line.quantity,
        "usage.unit": meter.unit,
        "usage.amount_in_pricing_units": line.quantity,
        "usage.pricing_unit": meter.unit,
        "credits": json.dumps([credit] if credited else []),
        "invoice.month": f"{line.start:%Y%m}",
        "cost_type": "tax" if line.line_type == "tax" else "regular",
        "cost_at_list": line.list_cost,
        "transaction_type": "GOOGLE",
        "seller_name": "Google",
    }


def _hours(row: dict[str, Any], line: Charge) -> Iterator[dict[str, Any]]:
    """The day cut into hours; the last one has what rounding left."""
    parts = {name: _cut(Decimal(row[name])) for name in ("cost", "cost_at_list", "usage.amount")}
    for hour in range(HOURS):
        cut = {name: parts[name][hour] for name in parts}
        start = datetime.combine(line.start, time(hour), UTC)
        moments = {"usage_start_time": _told(start), "usage_end_time": _told(start + timedelta(hours=1))}
        yield row | cut | moments | {"usage.amount_in_pricing_units": cut["usage.amount"]}


def _cut(whole: Decimal) -> list[Decimal]:
    part = (whole / HOURS).quantize(PLACES)
    return [part] * (HOURS - 1) + [whole - part * (HOURS - 1)]


def _moment(day: date) -> str:
    return _told(datetime.combine(day, time(), UTC))


def _told(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _code(text: str) -> str:
    """An id as Google's look: twelve hex digits in groups."""
    digits = f"{crc32(text.encode()):08X}0DE0"
    return f"{digits[:4]}-{digits[4:8]}-{digits[8:]}"
