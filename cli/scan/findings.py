"""The findings of a scan one by one, kept for a report or a baseline only: they grow with what is found."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from cli.exits import CommandError, ExitCode
from cli.scan.tally import FINDINGS, rank_of
from schemas.finding import FindingValue, finding_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schemas.event import Event
    from schemas.scan import Coverage, RuleCount, TaskOutcome

VERSION: Final = 1


class Finding(msgspec.Struct, frozen=True):
    """One finding as reports tell it. ``id`` is the same in every scan; ``known`` means: it is in the baseline."""

    id: str
    rule: str
    category: str
    severity: str
    resource_id: str
    resource_type: str
    service: str
    account: str
    region: str
    reason: str
    monthly_saving: str | None
    currency: str | None
    evidence: dict[str, Any]
    event_type: str
    known: bool


class Entry(msgspec.Struct, frozen=True):
    """One line of a baseline; rule and resource stand there for people."""

    id: str
    rule: str
    resource_id: str


class Baseline(msgspec.Struct, frozen=True):
    """The findings that somebody has looked at and lets be for now."""

    version: int
    findings: tuple[Entry, ...]

    @property
    def ids(self) -> frozenset[str]:
        """The ids of its findings."""
        return frozenset(entry.id for entry in self.findings)


@dataclass(slots=True)
class Findings:
    """All findings of a scan, and how often each rule judged without one."""

    known_ids: frozenset[str] = frozenset()
    by_id: dict[str, Finding] = field(default_factory=dict)
    judged: dict[tuple[str, str], list[RuleCount]] = field(default_factory=dict)
    """By service and rule: the counts of every task that evaluated the rule."""
    gaps: list[Coverage] = field(default_factory=list)

    def event(self, event: Event) -> None:
        """Keep the finding that the event carries, if it does."""
        value = event.data.value
        if isinstance(value, dict) and value.get("outcome") in FINDINGS:
            self._keep(event, msgspec.convert(value, FindingValue))

    def _keep(self, event: Event, value: FindingValue) -> None:
        identity = finding_id(event.clientid, event.subject, value.rule)
        self.by_id[identity] = Finding(
            id=identity,
            rule=value.rule,
            category=event.category,
            severity=value.severity or "informational",
            resource_id=event.subject,
            resource_type=event.resourcetype,
            service=event.service,
            account=event.accountid,
            region=event.region,
            reason=value.reason,
            monthly_saving=value.monthly_saving,
            currency=value.currency,
            evidence=value.evidence,
            event_type=event.type,
            known=identity in self.known_ids,
        )

    def outcome(self, outcome: TaskOutcome) -> None:
        """Keep how often the rules judged, and what could not be seen."""
        self.gaps += [coverage for coverage in outcome.coverage if coverage.is_gap]
        for count in outcome.rules:
            self.judged.setdefault((count.service, count.rule), []).append(count)

    @property
    def ordered(self) -> list[Finding]:
        """The worst first, then by rule and resource: the same order in every scan."""
        return sorted(self.by_id.values(), key=lambda one: (rank_of(one.severity), one.rule, one.resource_id))

    @property
    def known(self) -> int:
        """How many stand in the baseline."""
        return sum(one.known for one in self.by_id.values())

    def reaches(self, severity: str) -> bool:
        """Whether a finding that is not in the baseline is at least that severe."""
        return any(rank_of(one.severity) <= rank_of(severity) for one in self.by_id.values() if not one.known)


def read_baseline(path: Path) -> frozenset[str]:
    """The ids of a baseline. Raises ``CommandError`` when it is not there or is none."""
    try:
        baseline = msgspec.json.decode(path.read_bytes(), type=Baseline)
    except OSError as error:
        raise CommandError(ExitCode.BAD_INPUT, f"--baseline {path}: {error.strerror}") from error
    except msgspec.MsgspecError as error:
        raise CommandError(ExitCode.BAD_INPUT, f"--baseline {path} is no baseline: {error}") from error
    if baseline.version != VERSION:
        raise CommandError(ExitCode.BAD_INPUT, f"--baseline {path}: version {baseline.version}, not {VERSION}")
    return baseline.ids


def baseline_text(findings: Iterable[Finding]) -> str:
    """The baseline of these findings: the same text for the same findings, so that a repository shows what changed."""
    entries = sorted((Entry(one.id, one.rule, one.resource_id) for one in findings), key=lambda e: (e.rule, e.id))
    body = msgspec.json.encode(Baseline(VERSION, tuple(entries)))
    return msgspec.json.format(body, indent=1).decode() + "\n"
