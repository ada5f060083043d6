"""Verdicts: findings open, are seen again, become unverified, and are resolved. Nothing steps back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, func, select, update

from schemas.catalogue import load_catalogue
from schemas.event import Event, decode
from schemas.finding import SEVERITIES, FindingValue, finding_id
from schemas.scan import RuleCount, ScanSpec, TaskOutcome
from stores.state import in_pieces
from stores.store import WriteSession
from stores.tables import evaluations, findings, settled_tasks
from stores.tables import events as log
from stores.tasks import TaskRow
from stores.upsert import highest, keep, replace

REPLACE: Final = replace(findings)

MOST: Final = Decimal(10) ** 10
"""What one resource may save a month: the millionths of nine hundred of these still have a sum in 64 bits."""

JUDGED: Final = ("security", "waste")
"""The categories of events that carry a verdict."""

FOUND: Final = frozenset({"waste", "exposed"})

Verdict = tuple[Event, FindingValue]

Finding = Mapping[str, Any]
"""One row of the table."""

Scope = tuple[str, str, str, str, str]
"""Client, account, region (empty for a global service), service, rule."""


async def upsert_findings(w: WriteSession, events: Sequence[Event]) -> None:
    """Apply what rules said; the highest (asof, scan, attempt) of each finding wins."""
    told = [(event, _value(event)) for event in events if event.category in JUDGED]
    if not told:
        return
    known = await _load(w, {_id(*each) for each in told})
    settled = await _evaluated(w, {event.clientid for event, _ in told})
    later = await _told_later(w, [each for each in told if each[1].outcome in FOUND and _id(*each) not in known])
    last = {_id(*each): each[0].asof for each in later}
    changed: dict[str, Finding] = {}
    for event, value in [*told, *later]:
        found = _id(event, value)
        row = judge(known.get(found), event, value, found, _gone_asof(settled, event, value, last.get(found)))
        if row is not None:
            known[found] = changed[found] = row
    await w.change(REPLACE, list(changed.values()))


def judge(
    old: Finding | None, event: Event, value: FindingValue, found: str, settled: datetime | None
) -> Finding | None:
    """The row after this verdict, or None when it changes nothing.

    ``settled`` is the ``asof`` of a complete listing over which this rule was judged: what is older and unknown was
    gone by then.
    """
    mark = {"judged_asof": event.asof, "judged_scan_id": event.scanid, "judged_attempt": event.attempt}
    if old is not None and tuple(mark.values()) <= tuple(old[name] for name in mark):
        return None
    if value.outcome in FOUND:
        gone = old is None and settled is not None and event.asof < settled
        return None if gone else {**_open(old, event, value, found), **mark}
    return None if old is None else {**old, **_doubt(old, event, value), **mark}


async def _told_later(w: WriteSession, opening: Sequence[Verdict]) -> list[Verdict]:
    """What newer scans said of findings that open only now, oldest first.

    A scan that could not judge leaves no finding behind, so when an older scan's verdict comes late only the log knows.
    """
    oldest = min((event.asof for event, _ in opening), default=None)
    newest = await w.row(select(func.max(log.c.asof))) if oldest else None
    if oldest is None or newest is None or newest[0] is None or newest[0] <= oldest:
        return []
    later: list[Verdict] = []
    for subjects in in_pieces({event.subject for event, _ in opening}):
        about = log.c.subject.in_(subjects), log.c.client_id.in_(sorted({event.clientid for event, _ in opening}))
        query = select(log.c.body).where(*about, log.c.category.in_(JUDGED), log.c.asof > oldest)
        later += [(event, _value(event)) for event in [decode(row.body) for row in await w.rows(query)]]
    wanted = {_id(*each) for each in opening}
    return sorted((each for each in later if _id(*each) in wanted), key=lambda each: each[0].asof)


def _id(event: Event, value: FindingValue) -> str:
    return finding_id(event.clientid, event.subject, value.rule)


def _doubt(old: Finding, event: Event, value: FindingValue) -> dict[str, Any]:
    """What an outcome that is no finding changes in one that is open."""
    if old["status"] != "open":
        return {}
    if value.outcome == "excluded":
        return {"status": "resolved", "resolved_at": event.asof, "resolved_reason": "excluded"}
    return {"unverified_since": old["unverified_since"] or event.asof}


def _open(old: Finding | None, event: Event, value: FindingValue, found: str) -> dict[str, Any]:
    severity = value.severity or "informational"
    return {
        "id": found,
        "client_id": event.clientid,
        "resource_id": event.subject,
        "rule": value.rule,
        "category": event.category,
        "provider": event.provider,
        "account_id": event.accountid,
        "region": event.region,
        "service": event.service,
        "severity": severity,
        "severity_rank": SEVERITIES.index(severity),
        "reason": value.reason,
        "monthly_saving": None if value.monthly_saving is None else _amount(value.monthly_saving),
        "currency": value.currency,
        "evidence": value.evidence,
        "status": "open",
        "first_seen": old["first_seen"] if old else event.asof,
        "last_seen": event.asof,
        "event_id": event.id,
        "scan_id": event.scanid,
        "demo": event.demo,
        "unverified_since": None,
        "resolved_at": None,
        "resolved_reason": None,
    }


def _amount(text: str) -> Decimal:
    """Raises ``ValueError`` for what is no amount."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or abs(found) >= MOST:
        raise ValueError(f"monthly_saving {text!r} is no amount")
    return found


async def settle_task(w: WriteSession, task: TaskRow, spec: ScanSpec, now: datetime) -> bool:
    """All events of the task are stored: resolve what its complete listings no longer show. True when settled now.

    Only rules that were evaluated, only services whose listing was read to the end, only findings that are older.
    """
    if not await w.change(keep(settled_tasks).values(task_id=task.task_id, settled_at=now)):
        return False
    for rule in _conclusive(task.outcome):
        await _resolve(w, task, spec, rule)
    return True


def _conclusive(outcome: TaskOutcome | None) -> list[RuleCount]:
    """The rules whose silence about a resource means that it is gone or fixed."""
    return [rule for rule in outcome.rules if rule.service in outcome.complete] if outcome else []


async def _resolve(w: WriteSession, task: TaskRow, spec: ScanSpec, rule: RuleCount) -> None:
    for region in _regions(task, spec, rule.service):
        scope = (spec.client_id, task.account_id, region, rule.service, rule.rule)
        await _resolve_in(w, dict(zip(_SCOPE, scope, strict=True)), task, spec)


async def _resolve_in(w: WriteSession, scope: Mapping[str, str], task: TaskRow, spec: ScanSpec) -> None:
    await w.change(highest(evaluations, "asof").values(asof=spec.asof, **scope))
    resolved = {"status": "resolved", "resolved_at": spec.asof, "resolved_reason": "gone_or_fixed"}
    mark = {"judged_asof": spec.asof, "judged_scan_id": spec.scan_id, "judged_attempt": task.attempt}
    older: list[ColumnElement[bool]] = [findings.c.status == "open", findings.c.judged_asof < spec.asof]
    within = [findings.c[name] == value for name, value in scope.items() if name != "region" or value]
    await w.change(update(findings).where(*older, *within).values(**resolved, **mark))


_SCOPE: Final = ("client_id", "account_id", "region", "service", "rule")


def _regions(task: TaskRow, spec: ScanSpec, service: str) -> Sequence[str]:
    """Where the task looked: its region; for a global service all regions (the empty one), or those asked for."""
    if not _is_global(spec.provider, service):
        return (task.region,)
    return ("",) if spec.regions is None else spec.regions


def _is_global(provider: str, service: str) -> bool:
    """A global service has one task, in its home region, for resources of all regions."""
    entry = load_catalogue().providers.get(provider)
    return entry is not None and any(each.service == service and each.is_global for each in entry.services)


async def _load(w: WriteSession, ids: set[str]) -> dict[str, Finding]:
    found: dict[str, Finding] = {}
    for piece in in_pieces(ids):
        rows = await w.rows(select(findings).where(findings.c.id.in_(piece)))
        found |= {row.id: dict(row._mapping) for row in rows}  # noqa: SLF001 - SQLAlchemy's public name
    return found


async def _evaluated(w: WriteSession, clients: set[str]) -> dict[Scope, datetime]:
    rows = await w.rows(select(evaluations).where(evaluations.c.client_id.in_(sorted(clients))))
    return {(row.client_id, row.account_id, row.region, row.service, row.rule): row.asof for row in rows}


def _gone_asof(
    settled: Mapping[Scope, datetime], event: Event, value: FindingValue, last: datetime | None
) -> datetime | None:
    """When a complete listing did not show it; None where none did since something was ``last`` said of it."""
    here = event.clientid, event.accountid, event.region, event.service, value.rule
    known = (settled.get(here), settled.get((*here[:2], "", *here[3:])))
    return max((asof for asof in known if asof is not None and (last is None or asof > last)), default=None)


def _value(event: Event) -> FindingValue:
    """Raises ``msgspec.ValidationError`` when the value of a waste or security event is no finding."""
    return msgspec.convert(event.data.value, FindingValue)
