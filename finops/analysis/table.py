"""Any table of costs, from the store or, by the hour and the resource, from silver."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from finops.analysis.costs import MOST_GROUPS, CostTable, all_costs, cost_page
from finops.analysis.rates import Conversion
from schemas.errors import InvalidInputError
from stores.costs import CostFilter, CostRow, Position
from stores.store import ReadSession

if TYPE_CHECKING:
    from schemas.settings import Settings

ONLY_LINES: Final = ("hour", "resource")
"""What only line items know."""


def needs_lines(asked: CostFilter, groups: Sequence[str]) -> bool:
    """Whether only line items can answer it."""
    return any(name in ONLY_LINES for name in [*groups, *asked.values])


async def costs_page(
    r: ReadSession,
    settings: Settings,
    asked: CostFilter,
    groups: Sequence[str],
    *,
    limit: int,
    after: Position | None = None,
) -> CostTable:
    """A page in the order of the keys. Raises ``LakeError``, and ``InvalidInputError`` without the extra ``[lake]``."""
    if not needs_lines(asked, groups):
        return await cost_page(r, asked, groups, limit=limit, after=after)
    rows = await _from_lines(settings, asked, groups, limit + 1, after)
    more, rows = len(rows) > limit, rows[:limit]
    return CostTable(rows, Position(rows[-1].keys, rows[-1].currency) if more else None)


async def costs_whole(
    r: ReadSession,
    settings: Settings,
    asked: CostFilter,
    groups: Sequence[str],
    conversion: Conversion | None = None,
) -> CostTable:
    """Every group at once. Raises ``InvalidInputError`` where there are too many of them."""
    if not needs_lines(asked, groups):
        return await all_costs(r, asked, groups, conversion)
    if conversion is not None:
        raise InvalidInputError("convert_to", conversion.into, "a conversion needs days: without hour and resource")
    rows = await _from_lines(settings, asked, groups, MOST_GROUPS + 1, None)
    if len(rows) > MOST_GROUPS:
        text = f"fewer than {MOST_GROUPS} groups at once: fewer dimensions, or less time"
        raise InvalidInputError("group_by", ",".join(groups), text)
    return CostTable(rows)


async def _from_lines(
    settings: Settings, asked: CostFilter, groups: Sequence[str], limit: int, after: Position | None
) -> list[CostRow]:
    from stores.lake import open_lake
    from stores.lake.lines import Lines

    lines = Lines(open_lake(settings), settings)
    return await asyncio.to_thread(lines.sums, asked, groups, limit=limit, after=after)
