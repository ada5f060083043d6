"""Daily costs: rows of gold, as the materializer writes them from their events. Only complete ingestions count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

import msgspec
from sqlalchemy import delete, func, select

from schemas.cost import IngestionStatus, is_daily_cost
from schemas.event import Event
from schemas.ingestion import Totals
from stores.store import ReadSession, WriteSession
from stores.tables import daily_costs, ingestions
from stores.upsert import keep

_KEEP: Final = keep(daily_costs)


async def store_costs(w: WriteSession, events: Sequence[Event]) -> None:
    """The rows of the events that tell a daily cost; the first of an id stays. Raises ``ValueError``."""
    await w.change(_KEEP, [_row(event) for event in events if is_daily_cost(event.type)])


async def stored_totals(r: ReadSession, ingestion_id: str) -> Mapping[str, Totals]:
    """What the store holds of an ingestion, by currency."""
    table = daily_costs.c
    sums = func.count().label("rows"), func.sum(table.billed).label("billed"), func.sum(table.effective).label("eff")
    query = select(table.currency, *sums).where(table.ingestion_id == ingestion_id).group_by(table.currency)
    return {
        row.currency: Totals(rows=row.rows, billed=f"{row.billed:f}", effective=f"{row.eff:f}")
        for row in await r.rows(query)
    }


async def delete_replaced(w: WriteSession, limit: int) -> int:
    """Delete at most ``limit`` rows of ingestions that were replaced; how many there were."""
    gone = select(ingestions.c.id).where(ingestions.c.status == IngestionStatus.SUPERSEDED)
    old = select(daily_costs.c.id).where(daily_costs.c.ingestion_id.in_(gone)).limit(limit)
    return await w.change(delete(daily_costs).where(daily_costs.c.id.in_(old)))


def _row(event: Event) -> dict[str, Any]:
    cost = event.data.cost
    if cost is msgspec.UNSET:
        raise ValueError(f"event {event.id}: a daily cost without data.cost")
    quantity = None if cost.quantity is None else Decimal(cost.quantity)
    return {
        "id": event.id,
        "client_id": event.clientid,
        "ingestion_id": cost.ingestion_id,
        "day": date.fromisoformat(cost.day),
        "billing_period": cost.billing_period,
        "provider": event.provider,
        "billing_account_id": cost.billing_account_id,
        "account_id": event.accountid,
        "account_name": cost.account_name,
        "service": event.service,
        "service_name": cost.service_name,
        "service_category": cost.service_category,
        "region": event.region,
        "operation": cost.operation or "",
        "charge_category": cost.charge_category,
        "tags": cost.tags,
        "currency": event.data.unit,
        "billed": Decimal(cost.billed),
        "effective": Decimal(str(event.data.value)),
        "list": Decimal(cost.list),
        "contracted": Decimal(cost.contracted),
        "quantity": quantity,
        "quantity_unit": cost.quantity_unit,
        "is_final": cost.final,
        "demo": event.demo,
    }
