"""The page at ``/``: money wasted, the worst findings, what could not be seen, how the scans do, the latest events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from dashboard.pages import PAGES

REFRESH_SECONDS: Final = 5
"""How often the page loads itself again while a scan runs."""


@dataclass(frozen=True, slots=True)
class ScanLine:
    """One scan; ``complete`` is true when it ended and saw everything that was asked for."""

    scan_id: str
    status: str
    running: bool
    account: str
    demo: bool
    created_at: datetime
    duration_seconds: float | None
    tasks_done: int
    tasks_total: int
    services_reached: int
    services_total: int
    complete: bool
    error: str | None


@dataclass(frozen=True, slots=True)
class FindingLine:
    """One open finding. ``saving`` None: the price is not known."""

    id: str
    category: str
    severity: str
    resource_id: str
    region: str
    rule: str
    reason: str
    saving: Decimal | None
    currency: str | None


@dataclass(frozen=True, slots=True)
class GapLine:
    """One kind of thing that could not be seen. ``statement``: the policy that would open it, as JSON text."""

    account: str
    service: str
    status: str
    scope: str
    what: str
    regions: Sequence[str]
    count: int
    reason: str
    statement: str | None


@dataclass(frozen=True, slots=True)
class EventLine:
    """One event."""

    id: str
    time: datetime
    type: str
    resource_id: str
    value: str


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything that the page shows. ``wasted`` is money a month by currency, over all open waste findings.

    ``complete``: the latest scan of each account has ended and saw everything that was asked for.
    """

    at: datetime
    wasted: Sequence[tuple[str, Decimal]]
    findings_total: int
    findings: Sequence[FindingLine]
    complete: bool
    services_reached: int
    services_total: int
    price_date: str | None
    demo: bool
    scans: Sequence[ScanLine]
    gaps: Sequence[GapLine]
    events: Sequence[EventLine]

    @property
    def running(self) -> bool:
        """Whether there will be more to see soon."""
        return any(scan.running for scan in self.scans)


def render(overview: Overview) -> str:
    """The page as HTML."""
    refresh = REFRESH_SECONDS if overview.running else None
    return PAGES.get_template("overview.html").render(overview=overview, refresh=refresh)
