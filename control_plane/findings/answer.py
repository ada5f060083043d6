"""What is told about findings. Money is decimal text, by currency; an unknown price is absent, never 0."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Self

from pydantic import BaseModel, Field

from control_plane.scans.coverage import CoverageReport
from schemas.finding import SEVERITIES, Severity
from stores.findings import FindingRow, FindingTotal

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
    status: str
    reason: str
    monthly_saving: str | None = Field(description="Decimal text; None when the price is not known.")
    currency: str | None
    evidence: dict[str, Any]
    first_seen: datetime
    last_seen: datetime
    unverified_since: datetime | None = Field(description="Since when scans could not tell whether it is still there.")
    resolved_at: datetime | None
    resolved_reason: str | None
    event_id: str
    scan_id: str
    demo: bool = Field(description="From the demo cloud: nothing of it is real.")

    @classmethod
    def of(cls, row: FindingRow) -> Self:
        """From its row."""
        told = {name: getattr(row, name) for name in cls.model_fields}
        return cls(**told | {"monthly_saving": None if row.monthly_saving is None else str(row.monthly_saving)})


class FindingList(BaseModel):
    """A page of findings, the most money first. An empty page means clean only where ``coverage.complete`` is true."""

    items: list[FindingAnswer]
    next_cursor: str | None
    totals: Totals
    coverage: CoverageReport | None = Field(
        description="Of the scan that was asked for, else of the latest of each account. None: nothing was scanned."
    )
