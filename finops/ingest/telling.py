"""Gold as events: each row is one fact, what a key of a bill cost on a day."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from schemas.cost import DailyCost, daily_type, slug
from schemas.errors import InvalidInputError
from schemas.event import MAX_EVENT_BYTES, Data, Event, encode, event_id, schema_of, source_of
from schemas.families import DAILY_COST
from stores.ingestions import Ingestion


def daily_event(ingestion: Ingestion, row: Mapping[str, Any]) -> Event:
    """The event of a row of gold. The id is the same whenever the same ingestion tells it."""
    kind = daily_type(ingestion.provider, row["service_name"])
    subject = cost_subject(ingestion.provider, row["account_id"], row["region"], row["service_name"])
    return Event(
        id=event_id(ingestion.id, subject, kind, _qualifier(row)),
        source=source_of(ingestion.provider, row["account_id"]),
        type=kind,
        subject=subject,
        time=ingestion.asof,
        clientid=ingestion.client_id,
        scanid=ingestion.id,
        taskid=ingestion.id,
        attempt=1,
        asof=ingestion.asof,
        provider=ingestion.provider,
        accountid=row["account_id"],
        region=row["region"],
        resourcetype=DAILY_COST.resource_type,
        partitionkey=subject,
        data=Data(plain(row["effective"]), row["currency"], cost=_cost(ingestion, row)),
        demo=ingestion.demo,
        dataschema=schema_of(DAILY_COST.name),
    )


def check_size(event: Event) -> Event:
    """The event. Raises ``InvalidInputError`` for one that no bus takes: its tags are too long."""
    size = len(encode(event))
    if size > MAX_EVENT_BYTES:
        raise InvalidInputError(
            "Tags", None, f"{event.subject}: {size} bytes in one daily cost; at most {MAX_EVENT_BYTES}"
        )
    return event


def cost_subject(provider: str, account: str, region: str, service_name: str) -> str:
    """What the fact is about: a service in an account and region. A bill tells of more than of resources."""
    return f"costs/{provider}/{account}/{region or 'global'}/{slug(service_name)}"


def plain(amount: Decimal) -> str:
    """Without an exponent, without zeros at the end."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _qualifier(row: Mapping[str, Any]) -> str:
    names = ("day", "service_name", "service_category", "operation", "charge_category", "tags", "currency")
    return json.dumps([str(row[name]) for name in names])


def _cost(ingestion: Ingestion, row: Mapping[str, Any]) -> DailyCost:
    return DailyCost(
        ingestion_id=ingestion.id,
        day=str(row["day"]),
        billing_period=ingestion.billing_period,
        billing_account_id=ingestion.billing_account_id,
        account_name=row["account_name"],
        service_name=row["service_name"],
        service_category=row["service_category"],
        operation=row["operation"] or None,
        charge_category=row["charge_category"],
        tags=_tags(row["tags"]),
        billed=plain(row["billed"]),
        list=plain(row["list"]),
        contracted=plain(row["contracted"]),
        quantity=None if row["quantity"] is None else plain(row["quantity"]),
        quantity_unit=row["quantity_unit"],
        final=row["is_final"],
    )


def _tags(text: str) -> dict[str, str]:
    told = json.loads(text)
    return {str(key): "" if value is None else str(value) for key, value in told.items()}
