"""The daily cost: what one key of a bill cost on one day. The event that tells it, and the states of an ingestion."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

import msgspec

from schemas.families import DAILY_COST

DETAIL: Final = "daily"
_SLUG_BREAKS: Final = re.compile(r"[^a-z0-9]+")


class IngestionStatus(StrEnum):
    """An ingestion: at work, the active one of its slice, replaced by a newer one, or ended by an error."""

    RUNNING = "running"
    COMPLETE = "complete"
    SUPERSEDED = "superseded"
    FAILED = "failed"


class DailyCost(msgspec.Struct, frozen=True, kw_only=True):
    """One row of gold, beside its effective cost, which is the event's value. Amounts are decimal texts."""

    ingestion_id: str
    day: str
    """The provider's bill day, ``2026-11-21``."""
    billing_period: str
    """Its month, ``2026-11``."""
    billing_account_id: str
    account_name: str | None = None
    service_name: str
    """FOCUS' ServiceName as the bill has it; the third part of the type is its slug."""
    service_category: str
    operation: str | None = None
    charge_category: str
    tags: dict[str, str] = {}
    billed: str
    list: str
    contracted: str
    quantity: str | None = None
    """Only where all lines of the row are in one unit."""
    quantity_unit: str | None = None
    final: bool
    """Whether the bill of the day is closed; else it is an estimate."""


def slug(name: str) -> str:
    """A name as a part of an event type: lower case, words joined by dashes; ``other`` when nothing is left."""
    return _SLUG_BREAKS.sub("-", name.lower()).strip("-") or "other"


def daily_type(provider: str, service_name: str) -> str:
    """The event type of a service's daily costs."""
    return f"{provider}.cost.{slug(service_name)}.{DETAIL}"


def is_daily_cost(event_type: str) -> bool:
    """Whether the type is one of this family."""
    return DAILY_COST.has(event_type)
