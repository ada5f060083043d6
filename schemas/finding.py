"""Findings: what a rule says of a resource, as the event's value and as the stores keep it."""

from __future__ import annotations

import hashlib
from typing import Any, Final, Literal

import msgspec

Severity = Literal["critical", "high", "medium", "low", "informational"]
SEVERITIES: Final[tuple[Severity, ...]] = ("critical", "high", "medium", "low", "informational")
OutcomeKind = Literal["waste", "exposed", "insufficient_data", "excluded"]
"""What travels. ``ok`` is counted in the task's outcome and is no event."""
FOUND: Final[frozenset[OutcomeKind]] = frozenset({"waste", "exposed"})

FindingStatus = Literal["open", "ignored", "resolved"]
ResolvedReason = Literal["gone", "fixed", "excluded", "threshold_changed", "rule_retired", "gone_or_fixed", "by_person"]
"""Why a finding is resolved; docs/findings.md tells when each of them holds."""


class FindingValue(msgspec.Struct, frozen=True):
    """``data.value`` of a waste or security event. ``monthly_saving`` is None when the price is not known."""

    rule: str
    outcome: OutcomeKind
    reason: str
    severity: Severity | None = None
    monthly_saving: str | None = None
    currency: str | None = None
    evidence: dict[str, Any] = {}
    missing: tuple[str, ...] = ()


def finding_id(client_id: str, resource_id: str, rule: str) -> str:
    """Client + resource id + rule, hashed: the same finding in every scan (32 hex digits)."""
    text = "\x1f".join((client_id, resource_id, rule))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
