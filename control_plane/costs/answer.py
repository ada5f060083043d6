"""What is told about costs. Money is decimal text with its currency; currencies are never added without a rate."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Self

from pydantic import BaseModel, Field

from finops.analysis.costs import Top
from finops.analysis.files import plain
from finops.analysis.rates import Rate
from finops.analysis.summary import MonthToDate
from stores.costs import CostRow, Measure


class CostItem(BaseModel):
    """The costs of one group in one currency."""

    keys: dict[str, str] = Field(description="By dimension; empty where the line has none.")
    account_name: str | None = None
    currency: str
    billed: str = Field(description="What is on the invoice.")
    effective: str = Field(description="With commitments spread over what they cover.")
    list: str = Field(description="At public prices.")
    final: bool = Field(description="All of it is on closed bills; else it is an estimate.")
    demo: bool

    @classmethod
    def of(cls, row: CostRow, groups: Sequence[str], names: dict[str, str]) -> Self:
        """One row."""
        keys = dict(zip(groups, row.keys, strict=True))
        return cls(
            keys=keys,
            account_name=names.get(keys.get("account", "")),
            currency=row.currency,
            billed=plain(row.billed),
            effective=plain(row.effective),
            list=plain(row.list),
            final=row.final,
            demo=row.demo,
        )


class RateAnswer(BaseModel):
    """A rate that was used: one unit of ``currency`` is ``rate`` units of ``into``, from that day on."""

    currency: str
    into: str
    since: date
    rate: str

    @classmethod
    def of(cls, rate: Rate) -> Self:
        """One of them."""
        return cls(currency=rate.currency, into=rate.into, since=rate.since, rate=plain(rate.rate))


class CostList(BaseModel):
    """Costs by groups, in the order of their keys; with `top` the dearest first."""

    since: date
    until: date = Field(description="The day behind the last one.")
    group_by: list[str]
    items: list[CostItem]
    next_cursor: str | None
    rates: list[RateAnswer] = Field(description="By which the amounts were converted. Empty: nothing was.")


class LineList(BaseModel):
    """Line items of bills, the oldest first."""

    since: date
    until: date
    items: list[dict[str, Any]] = Field(description="As silver keeps them; amounts are decimal text.")
    next_cursor: str | None


class MonthAnswer(BaseModel):
    """The month to date of one cloud in one currency. Each figure is defined in docs/costs.md."""

    cloud: str
    currency: str
    through: date = Field(description="The last day that every bill of the cloud tells whole.")
    days: int
    month_to_date: str
    same_days_last_month: str
    change_percent: str | None = Field(description="Null where the month before had no cost.")
    average_per_day: str
    last_7_days: str
    previous_7_days: str
    trend_percent: str | None
    final: bool
    demo: bool

    @classmethod
    def of(cls, month: MonthToDate) -> Self:
        """One of them."""
        return cls(**{name: _told(getattr(month, name)) for name in cls.model_fields})


def _told(value: object) -> object:
    return plain(value) if isinstance(value, Decimal) else value


class Summary(BaseModel):
    """The month to date, by cloud and currency."""

    measure: Measure
    months: list[MonthAnswer]


class TopAnswer(BaseModel):
    """The dearest of one currency."""

    currency: str
    total: str
    items: list[CostItem]
    others: int = Field(description="How many more there are.")
    rest: str = Field(description="What they cost together.")

    @classmethod
    def of(cls, top: Top, by: str, names: dict[str, str]) -> Self:
        """One of them."""
        return cls(
            currency=top.currency,
            total=plain(top.total),
            items=[CostItem.of(row, [by], names) for row in top.items],
            others=top.others,
            rest=plain(top.rest),
        )


class TopList(BaseModel):
    """The dearest of one dimension, by currency."""

    since: date
    until: date
    by: str
    measure: Measure
    tops: list[TopAnswer]
    rates: list[RateAnswer]


class SourceAnswer(BaseModel):
    """Where the costs of a billing account come from."""

    provider: str
    billing_account: str
    source: str
    accounts: list[str]
    months: int
    first_day: date
    last_day: date
    lines: int
    ingested_at: datetime
    last_error: str | None = Field(description="Why the newest ingestion failed; null when it did not.")
    demo: bool


class SourceList(BaseModel):
    """All of them."""

    items: list[SourceAnswer]
