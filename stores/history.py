"""The history of one finding: what scans said, as long as events are kept, and all that people decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, Literal

import msgspec

from schemas.finding import FindingValue, ResolvedReason, Severity
from stores.decisions import Decision, decisions_about
from stores.evaluations import evaluations_about, reasons
from stores.findings import FindingRow
from stores.lifecycle import Step, StepKind, Verdict, walk
from stores.store import ReadSession
from stores.tables import verdicts
from stores.tenancy import of_client

EntryKind = Literal[StepKind, "ignored", "ignore_ended"]


class Entry(msgspec.Struct, frozen=True):
    """One change. ``by`` is the person who decided it; None: a scan, of this ``scan_id``, or the calendar.

    ``changed`` names what is new since the last sight: fields, and within the evidence ``evidence.age_days``.
    """

    at: datetime
    kind: EntryKind
    by: str | None = None
    scan_id: str | None = None
    event_id: str | None = None
    resolved_reason: ResolvedReason | None = None
    note: str | None = None
    until: date | None = None
    severity: Severity | None = None
    monthly_saving: str | None = None
    currency: str | None = None
    changed: tuple[str, ...] = ()


async def history(r: ReadSession, finding: FindingRow, now: datetime) -> list[Entry]:
    """All of it up to now, oldest first."""
    decided = await decisions_about(r, finding.client_id, finding.id)
    told = [*await _told(r, finding, decided), *_decided(decided, now)]
    return sorted(told, key=lambda entry: entry.at)


async def _told(r: ReadSession, finding: FindingRow, decided: Sequence[Decision]) -> list[Entry]:
    """What scans said. What is older than events are kept is known by its beginning only."""
    said = await _verdicts(r, finding)
    since = min((each.asof for each in said), default=finding.last_seen)
    cut = not said or finding.first_seen < since
    entries = [Entry(finding.first_seen, "opened")] if cut else []
    last: Verdict | None = None
    about = msgspec.structs.asdict(finding)
    for step in walk(said, await evaluations_about(r, about, since), "open" if cut else None):
        if isinstance(step.cause, Verdict) and step.cause.found:
            entry = _sight(step, step.cause, last, decided)
            last = step.cause
        elif step.kind == "unverified":
            entry = _by(step, "unverified")
        else:
            entry = _by(step, "resolved", resolved_reason=await _reason(r, finding, step, last))
        if _tells(entry, entries):
            entries.append(entry)
    return entries if said else [*entries, *_known_end(finding)]


def _known_end(finding: FindingRow) -> Iterator[Entry]:
    if finding.resolved_at is not None and finding.resolved_reason != "by_person":
        yield Entry(finding.resolved_at, "resolved", resolved_reason=finding.resolved_reason)


def _tells(entry: Entry, before: Sequence[Entry]) -> bool:
    """Not that all is as it was."""
    if entry.kind == "seen":
        return bool(entry.changed)
    return entry.kind != "unverified" or not before or before[-1].kind != "unverified"


def _sight(step: Step, verdict: Verdict, last: Verdict | None, decided: Sequence[Decision]) -> Entry:
    value = verdict.value
    overruled = next((each for each in decided if _overrules(verdict, last, each)), None)
    told = {"severity": value.severity, "monthly_saving": value.monthly_saving, "currency": value.currency}
    changed = () if last is None else tuple(_changed(last.value, value))
    if step.kind == "seen" and overruled is not None:
        note = f"resolved by {overruled.decided_by}, and seen again"
        return _by(step, "reopened", note=note, changed=changed, **told)
    return _by(step, step.kind, changed=changed, **told)


def _overrules(verdict: Verdict, last: Verdict | None, decision: Decision) -> bool:
    """Whether this is the first sight by a scan that was accepted after a person had called the finding resolved."""
    held = decision.superseded_at is None or decision.superseded_at > verdict.asof
    first = verdict.asof > decision.decided_at and (last is None or last.asof <= decision.decided_at)
    return decision.status == "resolved" and held and first


def _changed(before: FindingValue, after: FindingValue) -> Iterator[str]:
    for name in ("severity", "monthly_saving", "currency"):
        if getattr(before, name) != getattr(after, name):
            yield name
    for name in sorted(before.evidence.keys() | after.evidence.keys()):
        if before.evidence.get(name) != after.evidence.get(name):
            yield f"evidence.{name}"


def _by(step: Step, kind: EntryKind, **told: Any) -> Entry:  # noqa: ANN401 - fields of the entry
    cause = step.cause
    event_id = cause.event_id if isinstance(cause, Verdict) else None
    return Entry(step.at, kind, scan_id=cause.scan_id or None, event_id=event_id or None, **told)


async def _reason(r: ReadSession, finding: FindingRow, step: Step, last: Verdict | None) -> ResolvedReason:
    if isinstance(step.cause, Verdict):
        return "excluded"
    if step.at == finding.resolved_at and finding.resolved_reason is not None:
        return finding.resolved_reason
    evidence = finding.evidence if last is None else last.value.evidence
    then = {**msgspec.structs.asdict(finding), "evidence": evidence}
    return (await reasons(r, step.cause, [then]))[finding.id]


async def _verdicts(r: ReadSession, finding: FindingRow) -> list[Verdict]:
    rows = await r.rows(of_client(verdicts, finding.client_id).where(verdicts.c.finding_id == finding.id))
    return [Verdict(**row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's public name


_KINDS: Final[Mapping[str, EntryKind]] = {"ignored": "ignored", "resolved": "resolved", "open": "reopened"}


def _decided(decided: Sequence[Decision], now: datetime) -> Iterator[Entry]:
    for each in decided:
        reason: ResolvedReason | None = "by_person" if each.status == "resolved" else None
        kind = _KINDS[each.status]
        yield Entry(each.decided_at, kind, by=each.decided_by, note=each.note, until=each.until, resolved_reason=reason)
        ends = _end(each)
        if ends is not None and ends <= now and (each.superseded_at is None or ends < each.superseded_at):
            yield Entry(ends, "ignore_ended")


def _end(decision: Decision) -> datetime | None:
    """The moment after its last day."""
    if decision.until is None:
        return None
    return datetime.combine(decision.until + timedelta(days=1), time(), UTC)
