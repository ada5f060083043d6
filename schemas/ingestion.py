"""What an ingestion came to: totals by currency, why rows were set aside, and the closing reconciliation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Final, Literal

import msgspec

CENT: Final = Decimal("0.01")


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """The sums of one currency in one slice, as decimal texts."""

    rows: int
    billed: str
    effective: str


Outcome = Literal["new", "restated", "unchanged"]


class IngestSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What an ingestion by a worker is asked for: references only."""

    source: str
    path: str = ""
    """Where the files are; empty for what an account's API is asked."""
    replace: bool = False
    account: str = ""
    """The stored account whose API is asked."""
    since: date | None = None
    until: date | None = None


class MonthTaken(msgspec.Struct, frozen=True, kw_only=True):
    """One month of one billing account."""

    provider: str
    billing_account_id: str
    billing_period: str
    ingestion_id: str
    outcome: Outcome
    lines: int
    daily_costs: int


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """The billed cost of one month in one currency: what the source adds up to, and what the store holds."""

    billing_period: str
    currency: str
    source: Decimal
    store: Decimal

    @property
    def difference(self) -> Decimal:
        """What is in the source and not in the store, to the cent: nothing, or what was set aside."""
        return (self.source - self.store).quantize(CENT) + 0  # never a negative zero


class Reconciliation(msgspec.Struct, frozen=True, kw_only=True):
    """How one delivery ended."""

    source: str
    delivery: str
    rows_read: int
    lines_kept: int
    rows_set_aside: int
    reasons: Mapping[str, int]
    """Why rows were set aside, the most frequent reasons first."""
    set_aside: str | None
    """Where they are in the lake."""
    months: tuple[MonthTaken, ...]
    balances: tuple[Balance, ...]
