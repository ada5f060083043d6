"""What is told about ingestions."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Self

from pydantic import BaseModel, Field

from schemas.cost import IngestionStatus
from schemas.ingestion import Totals
from stores.ingestions import Ingestion


class BalanceAnswer(BaseModel):
    """One currency: the billed cost of the bill, and what the store holds of it."""

    currency: str
    source: Decimal
    store: Decimal
    difference: Decimal


class IngestionAnswer(BaseModel):
    """One month of one billing account, as one delivery told it."""

    ingestion_id: str
    status: IngestionStatus
    source: str
    provider: str
    billing_account_id: str
    billing_period: str
    accounts: list[str]
    first_day: date
    last_day: date
    lines: int
    daily_costs: int | None
    replaces: str | None = Field(description="The ingestion that was the active one before.")
    raw: list[str] = Field(description="SHA-256 of the files that it came from.")
    started_at: datetime
    finished_at: datetime | None
    error: str | None
    demo: bool
    balances: list[BalanceAnswer] | None = Field(None, description="In the answer about one ingestion only.")

    @classmethod
    def of(cls, row: Ingestion) -> Self:
        """From its row."""
        same = {name for name in cls.model_fields if name in Ingestion.__struct_fields__}
        told = {name: getattr(row, name) for name in same}
        return cls(
            ingestion_id=row.id,
            lines=row.rows_kept,
            daily_costs=row.gold_rows,
            started_at=row.asof,
            **{**told, "accounts": list(row.accounts), "raw": list(row.raw)},
        )


class IngestionList(BaseModel):
    """The newest ones."""

    items: list[IngestionAnswer]


def balance(currency: str, told: Totals, held: Totals | None) -> BalanceAnswer:
    """To the cent."""
    cent = Decimal("0.01")
    source, store = Decimal(told.billed), Decimal(held.billed if held else 0)
    difference = (source - store).quantize(cent) + 0
    return BalanceAnswer(
        currency=currency, source=source.quantize(cent), store=store.quantize(cent), difference=difference
    )
