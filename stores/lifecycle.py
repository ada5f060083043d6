"""The life of a finding, pure: what scans said of it, in the order of their ``asof``, whatever the order it came in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, Literal

import msgspec

from schemas.catalogue import load_catalogue
from schemas.finding import FOUND, FindingValue

Mark = tuple[datetime, str, int]
"""``asof``, scan and attempt: the highest is the newest."""

StepKind = Literal["opened", "seen", "unverified", "resolved", "reopened"]

FactStatus = Literal["open", "resolved"]
"""What scans alone say. None: nothing was found yet."""


class Verdict(msgspec.Struct, frozen=True):
    """What one attempt of one scan said of one finding."""

    finding_id: str
    asof: datetime
    scan_id: str
    attempt: int
    client_id: str
    event_id: str
    value: FindingValue

    @property
    def mark(self) -> Mark:
        """Its place in the order."""
        return self.asof, self.scan_id, self.attempt

    @property
    def found(self) -> bool:
        """Whether it says that there is something."""
        return self.value.outcome in FOUND


class Evaluation(msgspec.Struct, frozen=True):
    """A listing of one service that was read to its end by a task whose events are all stored.

    ``regions`` None: all of them. ``rules`` are those that were judged, with the thresholds that were applied.
    """

    task_id: str
    service: str
    client_id: str
    scan_id: str
    provider: str
    account_id: str
    regions: tuple[str, ...] | None
    asof: datetime
    rules: Mapping[str, Mapping[str, Any] | None]
    categories: tuple[str, ...]

    def judges(self, finding: Mapping[str, Any]) -> bool:
        """Whether its silence about the finding means something."""
        here = self.client_id, self.account_id, self.service
        if here != (finding["client_id"], finding["account_id"], finding["service"]):
            return False
        if self.regions is not None and finding["region"] not in self.regions:
            return False
        return finding["rule"] in self.rules or self._retired(finding)

    def _retired(self, finding: Mapping[str, Any]) -> bool:
        """Whether the rule was not judged because there is no such rule any more."""
        return finding["category"] in self.categories and not _declared(self.provider, self.service, finding["rule"])


class Step(msgspec.Struct, frozen=True):
    """One change in the life of a finding, by what a scan said or by its silence."""

    kind: StepKind
    cause: Verdict | Evaluation

    @property
    def at(self) -> datetime:
        """The ``asof`` of the scan."""
        return self.cause.asof


_NEXT: Final[Mapping[str | None, StepKind]] = {None: "opened", "open": "seen", "resolved": "reopened"}


def walk(
    verdicts: Iterable[Verdict], evaluations: Iterable[Evaluation], status: FactStatus | None = None
) -> Iterator[Step]:
    """The steps from a status on. An evaluation says nothing where its scan said something itself."""
    said = list(verdicts)
    told = {each.asof for each in said}
    causes: list[Verdict | Evaluation] = [*said, *(each for each in evaluations if each.asof not in told)]
    for each in sorted(causes, key=_order):
        kind = _kind(status, each)
        if kind is not None:
            status = "resolved" if kind == "resolved" else "open"
            yield Step(kind, each)


def _kind(status: FactStatus | None, each: Verdict | Evaluation) -> StepKind | None:
    """What it changes in a finding of this status."""
    if isinstance(each, Verdict) and each.found:
        return _NEXT[status]
    if status != "open":
        return None
    unsure = isinstance(each, Verdict) and each.value.outcome == "insufficient_data"
    return "unverified" if unsure else "resolved"


def _order(each: Verdict | Evaluation) -> tuple[datetime, str, int]:
    return each.mark if isinstance(each, Verdict) else (each.asof, each.scan_id, 0)


def _declared(provider: str, service: str, rule: str) -> bool:
    entry = load_catalogue().providers.get(provider)
    return entry is not None and any(
        each.service == service and any(one.id == rule for one in each.rules) for each in entry.services
    )
