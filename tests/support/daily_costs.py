"""Rows of ingestions and daily costs, as tests give them to a store."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

WHEN = datetime(2026, 11, 21, 4, tzinfo=UTC)


def ingestion_row(name: str, **change: Any) -> dict[str, Any]:
    return {
        "id": name,
        "client_id": "default",
        "source": "aws-cur",
        "provider": "aws",
        "billing_account_id": "999",
        "billing_period": "2026-11",
        "status": "complete",
        "accounts": ("111",),
        "raw": (),
        "rows_read": 1,
        "rows_kept": 1,
        "first_day": date(2026, 11, 1),
        "last_day": date(2026, 11, 20),
        "totals": {},
        "asof": WHEN,
        "demo": False,
    } | change


def cost_row(number: int, day: str, effective: str, **change: Any) -> dict[str, Any]:
    billed = change.pop("billed", effective)
    return {
        "id": f"{number:032x}",
        "client_id": "default",
        "ingestion_id": "now",
        "day": date.fromisoformat(day),
        "billing_period": day[:7],
        "provider": "aws",
        "billing_account_id": "999",
        "account_id": "111",
        "account_name": "retail",
        "service": "amazon-ec2",
        "service_name": "Amazon EC2",
        "service_category": "Compute",
        "region": "eu-west-1",
        "operation": "RunInstances",
        "charge_category": "Usage",
        "tags": {"team": "checkout"},
        "currency": "USD",
        "billed": Decimal(billed),
        "effective": Decimal(effective),
        "list": Decimal(effective),
        "contracted": Decimal(effective),
        "is_final": False,
        "demo": False,
    } | change
