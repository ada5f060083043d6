"""What is told about findings. Money is decimal text, by currency; an unknown price is absent, never 0."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, Self

from pydantic import BaseModel, Field

from control_plane.scans.coverage import CoverageReport
from schemas.finding import SEVERITIES, FindingStatus, ResolvedReason, Severity
from stores.findings import FindingRow, FindingTotal
from stores.history import Entry, EntryKind

Money = dict[str, str]
"""Decimal text by currency."""


class SeverityTotal(BaseModel):
    """The findings of one severity."""

    findings: int
    monthly_saving: Money


class Totals(BaseModel):
    """All findings that the filters let through, not only those of this page."""

    findings: int
    monthly_saving: Money = Field(description="Decimal text by currency.")
    by_severity: dict[Severity, SeverityTotal]

    @classmethod
    def of(cls, sums: Sequence[FindingTotal]) -> Self:
        """From the sums by severity and currency."""
        return cls(
            findings=sum(each.count for each in sums),
            monthly_saving=_money(sums),
            by_severity={
                severity: SeverityTotal(findings=sum(each.count for each in group), monthly_saving=_money(group))
                for severity in SEVERITIES
                if (group := [each for each in sums if each.severity == severity])
            },
        )


def _money(sums: Sequence[FindingTotal]) -> Money:
    by_currency: dict[str, Decimal] = {}
    for each in sums:
        if each.currency is not None and each.monthly_saving is not None:
            by_currency[each.currency] = by_currency.get(each.currency, Decimal()) + each.monthly_saving
    return {currency: str(amount) for currency, amount in sorted(by_currency.items())}


class DecisionAnswer(BaseModel):
    """What somebody decided last."""

    status: FindingStatus
    note: str | None = Field(description="The reason of an ignored finding, or the note.")
    until: date | None = Field(description="The last day on which it is ignored, in UTC. None: for ever.")
    decided_by: str
    decided_at: datetime


class FindingAnswer(BaseModel):
    """One finding."""

    id: str
    resource_id: str
    rule: str
    category: str
    provider: str
    account_id: str
    region: str
    service: str
    severity: Severity
    status: FindingStatus
    reason: str
    monthly_saving: str | None = Field(description="Decimal text; None when the price is not known.")
    currency: str | None
    evidence: dict[str, Any]
    first_seen: datetime
    last_seen: datetime
    unverified_since: datetime | None = Field(description="Since when scans could not tell whether it is still there.")
    resolved_at: datetime | None
    resolved_reason: ResolvedReason | None
    decision: DecisionAnswer | None = Field(description="The last one. It may hold no longer: see `note`.")
    note: str | None = Field(description="Why it is open although somebody had decided otherwise.")
    event_id: str
    scan_id: str
    demo: bool = Field(description="From the demo cloud: nothing of it is real.")

    @classmethod
    def of(cls, row: FindingRow) -> Self:
        """From its row."""
        saving = None if row.monthly_saving is None else str(row.monthly_saving)
        decision = row.decision and DecisionAnswer.model_validate(row.decision, from_attributes=True)
        own = {"monthly_saving": saving, "decision": decision, "note": _note(row)}
        return cls(**{name: getattr(row, name) for name in cls.model_fields.keys() - own.keys()}, **own)


def _note(row: FindingRow) -> str | None:
    made = row.decision
    if made is None or row.status != "open" or made.status == "open":
        return None
    if made.status == "ignored":
        return f"was ignored by {made.decided_by} until {made.until}"
    return f"was resolved by {made.decided_by}, and seen again by a later scan"


class FindingList(BaseModel):
    """A page of findings, the most money first. An empty page means clean only where ``coverage.complete`` is true."""

    items: list[FindingAnswer]
    next_cursor: str | None
    totals: Totals
    coverage: CoverageReport | None = Field(
        description="Of the scan that was asked for, else of the latest of each account. None: nothing was scanned."
    )


class DecidedAnswer(BaseModel):
    """What came of a decision for one of many findings."""

    id: str
    result: Literal["changed", "unchanged", "conflict", "not_found"]
    status: FindingStatus | None = Field(description="As it is now. None: there is no such finding.")
    detail: str | None = Field(description="Why nothing could be decided.")


class BulkAnswer(BaseModel):
    """What came of a decision about many findings. All that could be changed was, at once."""

    changed: int
    results: list[DecidedAnswer]


class EntryAnswer(BaseModel):
    """One change in the life of a finding."""

    at: datetime
    kind: EntryKind
    by: str | None = Field(description="Who decided it. None: a scan, or the calendar.")
    scan_id: str | None
    event_id: str | None
    resolved_reason: ResolvedReason | None
    note: str | None
    until: date | None
    severity: Severity | None
    monthly_saving: str | None
    currency: str | None
    changed: list[str] = Field(description="What is new since the sight before: `monthly_saving`, `evidence.age_days`.")

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """From the store's."""
        return cls.model_validate(entry, from_attributes=True)


class History(BaseModel):
    """A page of the life of a finding, oldest first."""

    items: list[EntryAnswer]
    next_cursor: str | None
