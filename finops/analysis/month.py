"""The month to date, read from a store."""

from __future__ import annotations

from datetime import date

from finops.analysis.costs import MOST_GROUPS
from finops.analysis.summary import DAY, MonthToDate, months_to_date, needed_since, whole_days
from stores.costs import CostFilter, Measure, sum_costs
from stores.ingestions import active_ingestions
from stores.store import ReadSession


async def month_to_date(r: ReadSession, client_id: str, today: date, measure: Measure) -> list[MonthToDate]:
    """Through the last whole day, by cloud and currency."""
    whole = whole_days((await active_ingestions(r, client_id)).values(), today)
    asked = CostFilter(client_id=client_id, since=needed_since(whole, today), until=today + DAY)
    rows = await sum_costs(r, asked, ["cloud", "day"], limit=MOST_GROUPS)
    return months_to_date(rows, whole, measure)
