"""Costs: days and coarser from the store, hours, resources and lines from silver."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from importlib.util import find_spec
from typing import Any

from control_plane.context import Context
from control_plane.costs.answer import (
    CostItem,
    CostList,
    LineList,
    MonthAnswer,
    RateAnswer,
    SourceAnswer,
    SourceList,
    Summary,
    TopAnswer,
    TopList,
)
from control_plane.costs.request import CostsRequest, LinesRequest, SummaryRequest, TopRequest
from control_plane.errors import NotInstalledError
from control_plane.paging import read_cursor, write_cursor
from control_plane.principal import Principal
from finops.analysis.costs import CostTable, top_of
from finops.analysis.files import plain
from finops.analysis.month import month_to_date
from finops.analysis.rates import Conversion, conversion_into, read_rates
from finops.analysis.sources import LOOKED_AT, sources_of
from finops.analysis.table import costs_page, costs_whole
from stores.costs import CostFilter, Position, account_names
from stores.ingestions import active_ingestions, find_ingestions
from stores.store import ReadSession


async def costs(context: Context, principal: Principal, asked: CostsRequest) -> CostList:
    """A page, or the dearest. Raises ``InvalidInputError``, ``NotInstalledError``."""
    wanted = asked.filter(principal.client_id, context.clock().date())
    async with context.store.read() as reading:
        table = await _table(context, reading, asked, wanted)
        names = await _names(reading, principal, asked.group_by)
    return CostList(
        since=wanted.since,
        until=wanted.until,
        group_by=asked.group_by,
        items=[CostItem.of(row, asked.group_by, names) for row in table.rows],
        next_cursor=write_cursor(table.following) if table.following else None,
        rates=[RateAnswer.of(rate) for rate in table.rates],
    )


async def _table(context: Context, reading: ReadSession, asked: CostsRequest, wanted: CostFilter) -> CostTable:
    if asked.from_lines:
        require_lake()
    if asked.top is None and asked.convert_to is None:
        after = read_cursor(asked.cursor, Position)
        return await costs_page(reading, context.settings, wanted, asked.group_by, limit=asked.limit, after=after)
    conversion = _conversion(context, asked.convert_to)
    table = await costs_whole(reading, context.settings, wanted, asked.group_by, conversion)
    if asked.top is None:
        return table
    tops = top_of(table.rows, asked.measure, asked.top)
    return CostTable([row for each in tops for row in each.items], rates=table.rates)


def require_lake(what: str = "hours, resources and line items") -> None:
    """Raises ``NotInstalledError`` without the extra."""
    if find_spec("duckdb") is None or find_spec("obstore") is None:
        raise NotInstalledError(what, "lake")


def _conversion(context: Context, into: str | None) -> Conversion | None:
    return None if into is None else conversion_into(into, read_rates(context.settings.rates))


async def _names(reading: ReadSession, principal: Principal, groups: list[str]) -> dict[str, str]:
    return dict(await account_names(reading, principal.client_id)) if "account" in groups else {}


async def lines(context: Context, principal: Principal, asked: LinesRequest) -> LineList:
    """Line items. Raises ``NotInstalledError``, ``InvalidInputError``."""
    require_lake()
    from stores.lake import open_lake
    from stores.lake.lines import Lines, Place

    wanted = asked.filter(principal.client_id, context.clock().date())
    after = read_cursor(asked.cursor, Place)
    held = Lines(open_lake(context.settings), context.settings)
    page = await asyncio.to_thread(held.page, wanted, limit=asked.limit, after=after)
    return LineList(
        since=wanted.since,
        until=wanted.until,
        items=[_told(line) for line in page.lines],
        next_cursor=write_cursor(page.following) if page.following else None,
    )


def _told(line: Mapping[str, Any]) -> dict[str, Any]:
    """Times in UTC, amounts as text."""
    return {name: _text(value) for name, value in line.items()}


def _text(value: object) -> object:
    if isinstance(value, Decimal):
        return plain(value.normalize())
    return f"{value.isoformat()}Z" if isinstance(value, datetime) else value


async def summary(context: Context, principal: Principal, asked: SummaryRequest) -> Summary:
    """The month to date through the last whole day."""
    async with context.store.read() as reading:
        months = await month_to_date(reading, principal.client_id, context.clock().date(), asked.measure)
    return Summary(measure=asked.measure, months=[MonthAnswer.of(month) for month in months])


async def top(context: Context, principal: Principal, asked: TopRequest) -> TopList:
    """The dearest of one dimension. Raises ``InvalidInputError``, ``NotInstalledError``."""
    wanted = asked.filter(principal.client_id, context.clock().date())
    if asked.from_lines:
        require_lake()
    conversion = _conversion(context, asked.convert_to)
    async with context.store.read() as reading:
        table = await costs_whole(reading, context.settings, wanted, [asked.by], conversion)
        names = await _names(reading, principal, [asked.by])
    return TopList(
        since=wanted.since,
        until=wanted.until,
        by=asked.by,
        measure=asked.measure,
        tops=[TopAnswer.of(each, asked.by, names) for each in top_of(table.rows, asked.measure, asked.count)],
        rates=[RateAnswer.of(rate) for rate in table.rates],
    )


async def sources(context: Context, principal: Principal) -> SourceList:
    """Where the costs come from."""
    async with context.store.read() as reading:
        active = (await active_ingestions(reading, principal.client_id)).values()
        newest = await find_ingestions(reading, principal.client_id, LOOKED_AT)
    return SourceList(items=[SourceAnswer.model_validate(asdict(one)) for one in sources_of(active, newest)])
