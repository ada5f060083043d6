"""Deciding: what a person says about findings, next to what scans say. Deciding the same again changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from control_plane.audit.record import record
from control_plane.context import Context
from control_plane.errors import ConflictError, NotFoundError
from control_plane.findings.answer import BulkAnswer, DecidedAnswer, FindingAnswer
from control_plane.findings.request import MOST_AT_ONCE, BulkRequest, DecisionRequest
from control_plane.findings.service import filters_of
from control_plane.principal import Principal
from schemas.errors import InvalidInputError
from stores import ReadSession, WriteSession, findings
from stores.decisions import Decision, decide
from stores.findings import FindingRow

Result = Literal["changed", "unchanged", "conflict"]


async def decide_one(context: Context, principal: Principal, finding_id: str, asked: DecisionRequest) -> FindingAnswer:
    """Raises ``NotFoundError``, and ``ConflictError`` for a finding that scans resolved."""
    now, client_id = context.clock(), principal.client_id
    made = _decision(asked, principal, now)
    async with context.store.write() as writing:
        row = await findings.get_finding(writing, client_id, finding_id, now)
        if row is None:
            raise NotFoundError("finding", finding_id)
        result = judge(row, made)
        if result == "conflict":
            raise ConflictError(f'finding "{finding_id}" {_resolved(row)}')
        if result == "changed":
            await decide(writing, client_id, [finding_id], made)
            await _record(writing, context, principal, [finding_id], made)
        told = await findings.get_finding(writing, client_id, finding_id, now)
    assert told is not None
    return FindingAnswer.of(told)


async def decide_many(context: Context, principal: Principal, asked: BulkRequest) -> BulkAnswer:
    """In one transaction. Raises ``InvalidInputError`` for a filter that lets too many through."""
    now, client_id = context.clock(), principal.client_id
    made = _decision(asked, principal, now)
    async with context.store.write() as writing:
        rows = {row.id: row for row in await _meant(writing, client_id, asked, now)}
        results = {found: judge(row, made) for found, row in rows.items()}
        changed = [found for found, result in results.items() if result == "changed"]
        await decide(writing, client_id, changed, made)
        await _record(writing, context, principal, changed, made)
        after = {row.id: row for row in await findings.get_findings(writing, client_id, list(rows), now)}
    ids = list(rows) if asked.ids is None else list(dict.fromkeys(asked.ids))
    return BulkAnswer(changed=len(changed), results=[_told(each, results.get(each), after.get(each)) for each in ids])


async def _record(
    writing: WriteSession, context: Context, principal: Principal, changed: Sequence[str], made: Decision
) -> None:
    for finding_id in changed:
        await record(writing, context, principal, "finding.decide", f"finding:{finding_id}", status=made.status)


def judge(row: FindingRow, made: Decision) -> Result:
    """Nobody can decide about what scans no longer find: they open it when they find it again."""
    if row.status == "resolved" and row.resolved_reason != "by_person":
        return "conflict"
    if made.status == "open":
        return "unchanged" if row.status == "open" else "changed"
    held = row.decision
    same = held is not None and (held.status, held.note, held.until) == (made.status, made.note, made.until)
    return "unchanged" if same and row.status == made.status else "changed"


async def _meant(reading: ReadSession, client_id: str, asked: BulkRequest, now: datetime) -> list[FindingRow]:
    if asked.filter is None:
        return await findings.get_findings(reading, client_id, asked.ids or [], now)
    limit = MOST_AT_ONCE + 1
    rows = await findings.find_findings(reading, client_id, filters_of(asked.filter), now=now, limit=limit)
    if len(rows) == limit:
        raise InvalidInputError("filter", None, f"at most {MOST_AT_ONCE} findings at once; it lets more through")
    return rows


def _decision(asked: DecisionRequest, principal: Principal, now: datetime) -> Decision:
    """Raises ``InvalidInputError`` for a day that has passed."""
    if asked.until is not None and asked.until < now.date():
        raise InvalidInputError("until", asked.until.isoformat(), f"today ({now.date()}) or later")
    return Decision(asked.status, asked.told, asked.until, principal.name, now)


def _resolved(row: FindingRow) -> str:
    return f"is resolved ({row.resolved_reason}): a scan that finds it again opens it"


def _told(found: str, result: Result | None, after: FindingRow | None) -> DecidedAnswer:
    if result is None or after is None:
        return DecidedAnswer(id=found, result="not_found", status=None, detail=None)
    detail = _resolved(after) if result == "conflict" else None
    return DecidedAnswer(id=found, result=result, status=after.status, detail=detail)
