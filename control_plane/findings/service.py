"""Findings: by money, with the totals of all that match and the coverage that they rest on."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from control_plane.context import Context
from control_plane.errors import NotFoundError
from control_plane.findings.answer import EntryAnswer, FindingAnswer, FindingList, History, Totals
from control_plane.findings.request import FindingFilters, FindingSelection, HistoryPage
from control_plane.paging import read_cursor, write_cursor
from control_plane.principal import Principal
from control_plane.scans.coverage import CoverageReport, merged, report
from control_plane.scans.find import find_scan
from control_plane.scans.latest import latest
from stores import ReadSession, findings, tasks
from stores.history import history as life_of


class Key(NamedTuple):
    """The order of findings: saving, severity rank, id."""

    saving: Decimal | None
    rank: int
    id: str


async def page(context: Context, principal: Principal, asked: FindingFilters) -> FindingList:
    """The most money first. Raises ``NotFoundError`` for an unknown scan."""
    cursor = read_cursor(asked.cursor, Key)
    async with context.store.read() as reading:
        seen = await _coverage(reading, principal, asked)
        rows = await findings.find_findings(
            reading, principal.client_id, filters_of(asked), now=context.clock(), limit=asked.limit, cursor=cursor
        )
        totals = await _totals(reading, context, principal, asked)
    following = findings.cursor_of(rows[-1]) if len(rows) == asked.limit else None
    return FindingList(
        items=[FindingAnswer.of(row) for row in rows],
        next_cursor=write_cursor(following) if following else None,
        totals=totals,
        coverage=seen,
    )


async def one(context: Context, principal: Principal, finding_id: str) -> FindingAnswer:
    """Raises ``NotFoundError``."""
    async with context.store.read() as reading:
        row = await findings.get_finding(reading, principal.client_id, finding_id, context.clock())
    if row is None:
        raise NotFoundError("finding", finding_id)
    return FindingAnswer.of(row)


async def history(context: Context, principal: Principal, finding_id: str, asked: HistoryPage) -> History:
    """The cursor is the number of entries told: what is new comes behind them. Raises ``NotFoundError``."""
    told = read_cursor(asked.cursor, int) or 0
    now = context.clock()
    async with context.store.read() as reading:
        row = await findings.get_finding(reading, principal.client_id, finding_id, now)
        if row is None:
            raise NotFoundError("finding", finding_id)
        entries = await life_of(reading, row, now)
    end = max(told, 0) + asked.limit
    items = [EntryAnswer.of(entry) for entry in entries[max(told, 0) : end]]
    return History(items=items, next_cursor=write_cursor(end) if end < len(entries) else None)


async def totals(context: Context, principal: Principal, asked: FindingFilters) -> Totals:
    """The sums over all that match."""
    async with context.store.read() as reading:
        return await _totals(reading, context, principal, asked)


async def _totals(reading: ReadSession, context: Context, principal: Principal, asked: FindingFilters) -> Totals:
    now = context.clock()
    return Totals.of(await findings.totals(reading, principal.client_id, filters_of(asked), now=now))


def filters_of(asked: FindingSelection) -> findings.FindingFilters:
    """As the store takes them."""
    given = asked.model_dump(exclude={"limit", "cursor", "status"})
    return findings.FindingFilters(status=None if asked.status == "all" else asked.status, **given)


async def _coverage(reading: ReadSession, principal: Principal, asked: FindingFilters) -> CoverageReport | None:
    """Of the scan that was asked for, else of the latest scan of each account."""
    if asked.scan_id is None:
        followed = await latest(reading, principal, asked.account)
    else:
        row = await find_scan(reading, principal, asked.scan_id)
        followed = [(row, await tasks.list_tasks(reading, asked.scan_id))]
    return merged([report(row, its_tasks) for row, its_tasks in followed])
