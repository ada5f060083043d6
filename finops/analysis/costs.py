"""Costs by whatever they are told apart by: one table, in pages or its top, converted where rates are given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from finops.analysis.rates import Conversion, Rate
from schemas.errors import InvalidInputError
from stores.columns import written
from stores.costs import CostFilter, CostRow, Measure, Position, sum_costs
from stores.store import ReadSession

MOST_GROUPS: Final = 50_000
"""Groups that are looked at for a conversion or a top, which know all of them."""


@dataclass(frozen=True)
class CostTable:
    """The rows; where the next page begins; the rates that were used."""

    rows: list[CostRow]
    following: Position | None = None
    rates: tuple[Rate, ...] = ()


async def cost_page(
    r: ReadSession, asked: CostFilter, groups: Sequence[str], *, limit: int, after: Position | None = None
) -> CostTable:
    """A page in the order of the keys."""
    rows = await sum_costs(r, asked, groups, limit=limit + 1, after=after)
    more = len(rows) > limit
    rows = rows[:limit]
    return CostTable(rows, Position(rows[-1].keys, rows[-1].currency) if more else None)


async def all_costs(
    r: ReadSession, asked: CostFilter, groups: Sequence[str], conversion: Conversion | None = None
) -> CostTable:
    """Every group. Raises ``InvalidInputError`` where there are too many of them."""
    rates = conversion.days if conversion else ()
    rows = await sum_costs(r, asked, groups, limit=MOST_GROUPS + 1, rates=rates)
    if len(rows) > MOST_GROUPS:
        text = f"fewer than {MOST_GROUPS} groups for a conversion or a top: fewer dimensions, or less time"
        raise InvalidInputError("group_by", ",".join(groups), text)
    if conversion is None:
        return CostTable(rows)
    return CostTable(conversion.converted(rows), rates=tuple(conversion.used(rows)))


@dataclass(frozen=True)
class Top:
    """The dearest groups of one currency, what the others cost together, and all of it."""

    currency: str
    items: list[CostRow]
    rest: Decimal
    others: int
    total: Decimal


def top_of(rows: Sequence[CostRow], measure: Measure, count: int) -> list[Top]:
    """By currency: the ``count`` groups with the highest amount."""
    tops = []
    for currency in sorted({row.currency for row in rows}):
        held = [row for row in rows if row.currency == currency]
        held.sort(key=lambda row: (-row.amount(measure), row.keys))
        total = sum((row.amount(measure) for row in held), Decimal(0))
        shown = sum((row.amount(measure) for row in held[:count]), Decimal(0))
        tops.append(Top(currency, held[:count], written(total - shown), len(held[count:]), written(total)))
    return tops
