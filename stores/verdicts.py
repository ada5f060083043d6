"""Verdicts: what rules said is kept as it was said, and each finding is folded from it. Nothing steps back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import select

from schemas.event import Event
from schemas.finding import SEVERITIES, FindingValue, finding_id
from stores.evaluations import evaluations_since, reasons
from stores.lifecycle import Evaluation, Mark, Step, Verdict, walk
from stores.store import ReadSession, WriteSession
from stores.tables import findings, verdicts
from stores.upsert import in_pieces, keep, replace

REPLACE: Final = replace(findings)

MOST: Final = Decimal(10) ** 10
"""What one resource may save a month: the millionths of nine hundred of these still have a sum in 64 bits."""

JUDGED: Final = ("security", "waste")
"""The categories of events that carry a verdict."""

Finding = Mapping[str, Any]
"""One row of the table."""


class Said(NamedTuple):
    """A verdict and the event that brought it."""

    verdict: Verdict
    event: Event


class Known(NamedTuple):
    """What else scans of this ``asof`` and newer said: the verdicts of one finding, and all evaluations."""

    verdicts: Sequence[Verdict]
    evaluations: Sequence[Evaluation]

    def before(self, asof: datetime) -> Known:
        """Without what is as new or newer."""
        verdicts = [each for each in self.verdicts if each.asof < asof]
        return Known(verdicts, [each for each in self.evaluations if each.asof < asof])


async def upsert_findings(w: WriteSession, events: Sequence[Event]) -> None:
    """Keep what rules said, and fold it into the findings: the order and number of deliveries do not matter."""
    told = [_said(event) for event in events if event.category in JUDGED]
    if not told:
        return
    oldest = min(each.event.asof for each in told)
    known = await _known(w, {each.verdict.finding_id for each in told}, oldest)
    fresh = _fresh(told, known)
    rows = await _load(w, fresh)
    evaluations = await evaluations_since(w, {each.event.clientid for each in told}, oldest)
    changed = []
    for found, new in fresh.items():
        every = Known([*known[found].values(), *(each.verdict for each in new)], evaluations)
        row = await _folded(w, rows.get(found), new, every)
        if row is not None and row != rows.get(found):
            changed.append(row)
    kept = [msgspec.structs.asdict(each.verdict) for new in fresh.values() for each in new]
    await w.change(keep(verdicts), kept)
    await w.change(REPLACE, changed)


async def _folded(r: ReadSession, old: Finding | None, new: Sequence[Said], known: Known) -> Finding | None:
    """The row after these verdicts, or None while nothing was found."""
    sights = [each for each in new if each.verdict.found]
    latest = max(sights, key=lambda each: each.verdict.mark, default=None)
    if old is None and latest is None:
        return None
    first = min([each.event.asof for each in sights] + ([old["first_seen"]] if old else []))
    if latest is not None and (old is None or latest.verdict.mark > _mark(old)):
        return await _walked(r, {**_opened(latest), "first_seen": first}, latest.event.asof, known)
    assert old is not None
    after = {each.event.asof for each in new if each.verdict.mark > _mark(old)}
    return await _doubted(r, {**old, "first_seen": first}, after, known)


async def _doubted(r: ReadSession, row: Finding, after: Collection[datetime], known: Known) -> Finding:
    """After verdicts of these ``asof`` that found nothing. What was over by then stays over."""
    since, end = min(after, default=None), row["resolved_at"]
    if since is None or (end is not None and end < since):
        return row
    if end is None or end in after:
        return await _walked(r, _as_before(row, since), since, known)
    earlier = await _walked(r, _as_before(row, since), since, known.before(end))
    ended = {name: row[name] for name in ("status", "resolved_at", "resolved_reason")}
    return earlier if earlier["status"] == "resolved" else {**earlier, **ended}


def _as_before(row: Finding, since: datetime) -> Finding:
    """An open finding as it was before anything of that ``asof`` was known."""
    doubted = row["unverified_since"]
    unverified = doubted if doubted is not None and doubted < since else None
    return {**row, "status": "open", "unverified_since": unverified, "resolved_at": None, "resolved_reason": None}


async def _walked(r: ReadSession, row: Finding, since: datetime, known: Known) -> Finding:
    """What was said after its last sight, from an ``asof`` on."""
    last = _mark(row)
    later = [each for each in known.verdicts if each.asof >= since and each.mark > last]
    silent = [each for each in known.evaluations if each.asof >= since and each.asof > last[0] and each.judges(row)]
    for step in walk(later, silent, "open"):
        row = await _after(r, row, step)
    return row


async def _after(r: ReadSession, row: Finding, step: Step) -> Finding:
    if step.kind == "unverified":
        return {**row, "unverified_since": row["unverified_since"] or step.at}
    cause = step.cause
    reason = "excluded" if isinstance(cause, Verdict) else (await reasons(r, cause, [row]))[row["id"]]
    return {**row, "status": "resolved", "resolved_at": step.at, "resolved_reason": reason}


def _fresh(told: Sequence[Said], known: Mapping[str, Mapping[Mark, Verdict]]) -> dict[str, list[Said]]:
    """Those that were not delivered before, by finding; the first of two deliveries."""
    fresh: defaultdict[str, dict[Mark, Said]] = defaultdict(dict)
    for each in told:
        mark, found = each.verdict.mark, each.verdict.finding_id
        if mark not in known[found]:
            fresh[found].setdefault(mark, each)
    return {found: list(new.values()) for found, new in fresh.items()}


def _mark(row: Finding) -> Mark:
    """Of its last sight."""
    return row["last_seen"], row["scan_id"], row["attempt"]


def _said(event: Event) -> Said:
    """Raises ``msgspec.ValidationError`` when the value is no finding, ``ValueError`` when its saving is no amount."""
    value = msgspec.convert(event.data.value, FindingValue)
    if value.monthly_saving is not None:
        _amount(value.monthly_saving)
    found = finding_id(event.clientid, event.subject, value.rule)
    return Said(Verdict(found, event.asof, event.scanid, event.attempt, event.clientid, event.id, value), event)


def _opened(said: Said) -> dict[str, Any]:
    event, value = said.event, said.verdict.value
    severity = value.severity or "informational"
    return {
        "id": said.verdict.finding_id,
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
        "first_seen": event.asof,
        "last_seen": event.asof,
        "event_id": event.id,
        "scan_id": event.scanid,
        "attempt": event.attempt,
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


async def _known(w: WriteSession, ids: Collection[str], since: datetime) -> defaultdict[str, dict[Mark, Verdict]]:
    found: defaultdict[str, dict[Mark, Verdict]] = defaultdict(dict)
    for piece in in_pieces(ids):
        query = select(verdicts).where(verdicts.c.finding_id.in_(piece), verdicts.c.asof >= since)
        for row in await w.rows(query):
            each = Verdict(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name
            found[each.finding_id][each.mark] = each
    return found


async def _load(w: WriteSession, ids: Collection[str]) -> dict[str, Finding]:
    found: dict[str, Finding] = {}
    for piece in in_pieces(ids):
        rows = await w.rows(select(findings).where(findings.c.id.in_(piece)))
        found |= {row.id: dict(row._mapping) for row in rows}  # noqa: SLF001 - SQLAlchemy's public name
    return found
