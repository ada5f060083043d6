"""What a scan came to, counted while its events pass. Grows with services, regions and gaps, not with resources."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import msgspec

from schemas.finding import SEVERITIES, FindingValue

if TYPE_CHECKING:
    from schemas.event import Event
    from schemas.scan import Coverage, PlannedTask, ServiceMeasure, TaskOutcome

KEPT: Final = 20
FINDINGS: Final = frozenset({"waste", "exposed"})
_RANK: Final = {severity: rank for rank, severity in enumerate(SEVERITIES)}


@dataclass(frozen=True, slots=True)
class Found:
    """One finding as the summary shows it."""

    rule: str
    severity: str
    resource_id: str
    reason: str
    saving: Decimal | None
    currency: str | None
    exposed: bool = False

    @property
    def order(self) -> tuple[bool, bool, Decimal, int, str]:
        """What is critical, then by money, the unknown last, then by severity."""
        saving, rank = self.saving or Decimal(0), rank_of(self.severity)
        return (rank > 0, self.saving is None, -saving, rank, self.resource_id)


@dataclass(slots=True)
class Severities:
    """Findings of one severity: how many, and their money by currency."""

    count: int = 0
    unpriced: int = 0
    exposed: int = 0
    money: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))


@dataclass(slots=True)
class Gap:
    """One kind of thing that could not be seen, however many regions."""

    example: Coverage
    services: set[str] = field(default_factory=set)
    regions: set[str] = field(default_factory=set)
    count: int = 0


Gaps = dict[tuple[str, str, str], Gap]
"""By status, action (else operation) and, without an action, the reason."""


class Tally:
    """The sums of one scan."""

    def __init__(self, services: Sequence[str], *, asked: int = 0) -> None:
        self.services = tuple(services)
        self.asked = asked
        self.severities: dict[str, Severities] = {}
        self.top: list[Found] = []
        self.exposed = 0
        self.events: Counter[str] = Counter()
        self.resources: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()
        self.cache_hits = 0
        self.price: Decimal | None = None
        self.priced = 0
        self.gaps: Gaps = {}
        self._unseen: set[str] = set()
        self._planned: Counter[str] = Counter()
        self._read: Counter[str] = Counter()
        self.not_enabled: set[str] = set()

    def plan(self, tasks: Iterable[PlannedTask]) -> None:
        """These tasks will run: a service is covered when it was read in all of its tasks."""
        for task in tasks:
            self._planned.update(task.services)

    def event(self, event: Event) -> Found | None:
        """Count one event; the finding that it carries, if it does."""
        self.events[event.category] += 1
        found = finding_of(event) if event.category in {"waste", "security"} else None
        if found:
            self._keep(found)
        return found

    def outcome(self, outcome: TaskOutcome) -> None:
        """Count what a finished task reports."""
        self.resources.update(outcome.resources)
        self.calls.update(outcome.calls)
        for measure in outcome.measures:
            self._pay(measure)
        for coverage in outcome.coverage:
            self._cover(coverage)

    def _pay(self, measure: ServiceMeasure) -> None:
        """Add the prices that are known, and the calls that they are of; and the calls that nobody had to make."""
        self.cache_hits += measure.cache_hits
        for operation, price in measure.prices.items():
            self.price = (self.price or Decimal(0)) + Decimal(price)
            self.priced += measure.calls[operation]

    def _cover(self, coverage: Coverage) -> None:
        """Exactly one listing is told for each service of each task; what is not a gap was read."""
        if coverage.is_gap:
            self.gap(coverage)
        elif coverage.scope == "listing":
            self._read[coverage.service] += 1
        elif coverage.scope == "region":
            self.not_enabled.add(coverage.region)

    def gap(self, coverage: Coverage) -> None:
        """Something could not be seen: told once for each action, however many services and regions it cost."""
        self._unseen.add(coverage.service)
        add_gap(self.gaps, coverage, [coverage.region])

    @property
    def covered(self) -> tuple[str, ...]:
        """The services that were read to the end everywhere, without a gap."""
        return tuple(
            service
            for service in self.services
            if service not in self._unseen and 0 < self._planned[service] <= self._read[service]
        )

    @property
    def incomplete(self) -> bool:
        """Whether anything that was asked for could not be seen."""
        return bool(self.gaps) or len(self.covered) < len(self.services) or self.missing > 0

    @property
    def missing(self) -> int:
        """How many of the resources that were asked for by their id were not met."""
        return max(0, self.asked - self.resources.total())

    def reaches(self, severity: str) -> bool:
        """Whether there is a finding at least that severe."""
        return any(rank_of(found) <= rank_of(severity) for found in self.severities)

    def _keep(self, found: Found) -> None:
        self.exposed += found.exposed
        sums = self.severities.setdefault(found.severity, Severities())
        sums.count += 1
        if found.exposed:
            sums.exposed += 1
        elif found.saving is None:
            sums.unpriced += 1
        else:
            sums.money[found.currency or ""] += found.saving
        self.top.append(found)
        self.top.sort(key=lambda each: each.order)
        del self.top[KEPT:]


def add_gap(gaps: Gaps, coverage: Coverage, regions: Iterable[str]) -> None:
    """Add to the gap of the same action, or of the same failure."""
    key = (coverage.status, coverage.action or coverage.operation, "" if coverage.action else coverage.reason)
    gap = gaps.setdefault(key, Gap(coverage))
    gap.services.add(coverage.service)
    gap.regions.update(regions)
    gap.count += coverage.count


def finding_of(event: Event) -> Found | None:
    """The finding that an event carries; None for other outcomes."""
    value: Mapping[str, Any] | None = event.data.value if isinstance(event.data.value, Mapping) else None
    if value is None or value.get("outcome") not in FINDINGS:
        return None
    finding = msgspec.convert(value, FindingValue)
    return Found(
        rule=finding.rule,
        severity=finding.severity or "informational",
        resource_id=event.subject,
        reason=finding.reason,
        saving=None if finding.monthly_saving is None else Decimal(finding.monthly_saving),
        currency=finding.currency,
        exposed=event.category == "security",
    )


def rank_of(severity: str) -> int:
    """The worst is 0."""
    return _RANK[severity]  # type: ignore[index]
