"""Findings: what rules say of resources and people decided about it, the most money first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Select, and_, func, or_, tuple_

from schemas.finding import FindingStatus, ResolvedReason, Severity
from stores.decisions import HOLDS, Decision, standing
from stores.store import AnyRow, ReadSession
from stores.tables import decisions, findings
from stores.tenancy import of_client

Cursor = tuple[Decimal | None, int, str]
"""Saving, severity rank and id of the last one seen."""


class FindingRow(msgspec.Struct, frozen=True):
    """One finding at a time. ``scan_id`` and ``event_id`` are those of its latest evidence."""

    id: str
    client_id: str
    resource_id: str
    rule: str
    category: str
    provider: str
    account_id: str
    region: str
    service: str
    severity: Severity
    severity_rank: int
    reason: str
    monthly_saving: Decimal | None
    currency: str | None
    evidence: dict[str, Any]
    status: FindingStatus
    first_seen: datetime
    last_seen: datetime
    event_id: str
    scan_id: str
    demo: bool
    unverified_since: datetime | None
    """Since when scans could not tell whether it is still there."""
    resolved_at: datetime | None
    """The ``asof`` of the scan that no longer found it, or when a person resolved it."""
    resolved_reason: ResolvedReason | None
    decision: Decision | None = None
    """The last one that a person made. It may be over: its day has passed, or a later scan saw the resource again."""


class FindingFilters(msgspec.Struct, frozen=True):
    """All that are given must hold. ``status`` None: any. ``scan_id``: latest evidence by this scan."""

    status: FindingStatus | None = "open"
    category: str | None = None
    severity: str | None = None
    rule: str | None = None
    account: str | None = None
    region: str | None = None
    service: str | None = None
    scan_id: str | None = None
    resource_id: str | None = None


class FindingTotal(msgspec.Struct, frozen=True):
    """How many of one severity, and what they cost a month in one currency; both None where no price is known."""

    severity: Severity
    currency: str | None
    count: int
    monthly_saving: Decimal | None


async def find_findings(
    r: ReadSession,
    client_id: str,
    filters: FindingFilters | None = None,
    *,
    now: datetime,
    limit: int,
    cursor: Cursor | None = None,
) -> list[FindingRow]:
    """The most money first, those without a price last; then by severity and id."""
    table = findings.c
    query = _asked(_with_decisions(client_id, now), filters, now).limit(limit)
    query = query.order_by(table.monthly_saving.desc().nulls_last(), table.severity_rank, table.id)
    if cursor is not None:
        query = query.where(_behind(cursor))
    return [_finding(row) for row in await r.rows(query)]


async def get_findings(r: ReadSession, client_id: str, ids: Sequence[str], now: datetime) -> list[FindingRow]:
    """Those of these ids that there are, whatever their status."""
    query = _with_decisions(client_id, now).where(findings.c.id.in_(ids))
    return [_finding(row) for row in await r.rows(query)]


async def get_finding(r: ReadSession, client_id: str, finding_id: str, now: datetime) -> FindingRow | None:
    """One finding, whatever its status."""
    return next(iter(await get_findings(r, client_id, [finding_id], now)), None)


async def totals(
    r: ReadSession, client_id: str, filters: FindingFilters | None = None, *, now: datetime
) -> Sequence[FindingTotal]:
    """Counts and exact sums by severity (the worst first) and currency."""
    table = findings.c
    sums = func.count(), func.sum(table.monthly_saving, type_=table.monthly_saving.type)
    query = of_client(findings, client_id, table.severity, table.currency, *sums).outerjoin(decisions, HOLDS)
    query = _asked(query, filters, now).group_by(table.severity_rank, table.severity, table.currency)
    rows = await r.rows(query.order_by(table.severity_rank, table.currency.nulls_first()))
    return [FindingTotal(*row) for row in rows]


def cursor_of(row: FindingRow) -> Cursor:
    """The cursor that goes on behind this finding."""
    return row.monthly_saving, row.severity_rank, row.id


def _with_decisions(client_id: str, now: datetime) -> Select[Any]:
    told = [column for column in findings.c if column.name not in {"status", "attempt"}]
    columns = [*told, standing(now).label("status"), *(decisions.c[name].label(f"d_{name}") for name in _DECISION)]
    return of_client(findings, client_id, *columns).outerjoin(decisions, HOLDS)


def _asked(query: Select[Any], filters: FindingFilters | None, now: datetime) -> Select[Any]:
    asked = filters or FindingFilters()
    columns = {"account": findings.c.account_id, "status": standing(now)}
    given = {name: value for name, value in msgspec.structs.asdict(asked).items() if value is not None}
    query = query.where(*[columns.get(name, findings.c.get(name)) == value for name, value in given.items()])
    return query if asked.status in {None, "resolved"} else query.where(findings.c.status == "open")


def _behind(cursor: Cursor) -> ColumnElement[bool]:
    saving, rank, finding_id = cursor
    table = findings.c
    later = tuple_(table.severity_rank, table.id) > (rank, finding_id)
    if saving is None:
        return and_(table.monthly_saving.is_(None), later)
    less = or_(table.monthly_saving < saving, table.monthly_saving.is_(None))
    return or_(less, and_(table.monthly_saving == saving, later))


_DECISION: Final = Decision.__struct_fields__


def _finding(row: AnyRow) -> FindingRow:
    values = row._mapping  # noqa: SLF001 - SQLAlchemy's public name
    told = {name: values[name] for name in FindingRow.__struct_fields__ if name != "decision"}
    if values["d_status"] is None:
        return FindingRow(**told)
    decision = Decision(**{name: values[f"d_{name}"] for name in _DECISION})
    if told["status"] == "resolved" and told["resolved_at"] is None:
        told |= {"resolved_at": decision.decided_at, "resolved_reason": "by_person"}
    return FindingRow(**told, decision=decision)
