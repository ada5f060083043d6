"""What an ingestion came to: totals by currency, and why rows were set aside."""

from __future__ import annotations

import msgspec


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """The sums of one currency in one slice, as decimal texts."""

    rows: int
    billed: str
    effective: str
