"""The record of one task: turns resources, outcomes and coverage into events, and counts them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from scanners.core.evaluation import evaluate
from scanners.core.event_data import cost, finding, performance, withstood
from scanners.core.job import Job
from scanners.core.measures import Measures
from scanners.core.outcome import plain
from scanners.core.resource import Resource, optional
from scanners.core.rules import one_saving
from scanners.core.scanner import CloudScanner
from schemas.event import Data, Event, event_id, schema_of, source_of
from schemas.scan import Coverage, Discovery, RuleCount, ServiceMeasure, TaskOutcome

Unit = CloudScanner[Any]
MOST_TOLD: Final = 3
"""Odd values that a reason names."""


@dataclass
class Record:
    """What one task has found so far. Holds counters, never resources."""

    job: Job
    calls: Counter[str] = field(default_factory=Counter)
    throttles: int = 0
    measures: Measures = field(default_factory=Measures)
    _categories: Counter[str] = field(default_factory=Counter)
    _resources: Counter[str] = field(default_factory=Counter)
    _rules: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)
    _thresholds: dict[tuple[str, str], Mapping[str, Any] | None] = field(default_factory=dict)
    _complete: list[str] = field(default_factory=list)
    _coverage: list[Coverage] = field(default_factory=list)
    _odd: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """Fields of resources that were told in another type, by service, name and what was told."""
    _untold: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Fields that every resource has, and that the listing did not tell of some, by service and name."""
    _listed: dict[str, str] = field(default_factory=dict)
    """The operation that lists, by service."""
    _gaps: dict[tuple[str, str, str, str], Coverage] = field(default_factory=dict)
    _measured: tuple[ServiceMeasure, ...] = ()
    _older: Counter[str] = field(default_factory=Counter)
    """Resources of which details are from an earlier scan, by service."""

    async def resources(self, unit: Unit, found: list[tuple[str, Resource]]) -> None:
        """Emit all that is known of these resources (subject and resource)."""
        events: list[Event] = []
        for subject, item in found:
            events += self._facts(unit, subject, item)
            events += self._judged(unit, subject, item)
            self._untold.update((unit.service, name) for name in untold(unit, item))
            self._odd.update((unit.service, name, told) for name, told in item.odd.items())
            self._older[unit.service] += item.asof < self.job.task.scan.asof
        self._resources[unit.service] += len(found)
        await self._send(events)

    def evaluated(self, unit: Unit) -> None:
        """The rules of the unit count as evaluated, also when there is no resource."""
        for rule in unit.rules:
            if self.job.wants(rule.category):
                self._rules.setdefault((unit.service, rule.id), Counter())
                place = self.job.task.account_id, self.job.task.scan.asof.date()
                self._thresholds[unit.service, rule.id] = self.job.book.thresholds(rule, *place)

    def called(self, operation: str, region: str) -> None:
        """One call was made."""
        self.calls[operation] += 1
        self.measures.now.calls[operation, region] += 1

    def throttled(self) -> None:
        """A call was refused because there were too many."""
        self.throttles += 1
        self.measures.now.throttles += 1

    def served(self) -> None:
        """A kept answer made a call needless."""
        self.measures.now.cache_hits += 1

    def complete(self, unit: Unit) -> None:
        """The listing of the unit was read to the end: absence means gone."""
        self._complete.append(unit.service)

    def gap(self, coverage: Coverage) -> None:
        """A call that cost some fields; told once for each service, operation and status, with a count."""
        key = (coverage.service, coverage.scope, coverage.operation, coverage.status)
        known = self._gaps.get(key)
        self._gaps[key] = _together(known, coverage) if known else coverage

    async def cover(self, unit: Unit | None, coverage: Coverage) -> None:
        """Emit what a listing came to."""
        if unit is not None and coverage.scope == "listing":
            self._listed[unit.service] = coverage.operation
        self._coverage.append(coverage)
        kind, qualifier = unit.resource_type if unit else "", f"{coverage.scope}:{coverage.operation}"
        told = coverage.status, coverage.service, coverage.region, coverage
        await self._send([self._scan_event(kind, *told, qualifier)])

    def with_untold(self, unit: Unit, coverage: Coverage) -> Coverage:
        """The coverage of a listing, with what is no gap, but worth a note.

        Fields that it should have told and did not, and how many resources have details of an earlier scan.
        """
        missing = [f"{name} ({n})" for (service, name), n in sorted(self._untold.items()) if service == unit.service]
        notes = [f"not told: {', '.join(missing)}"] if missing else []
        if older := self._older[unit.service]:
            notes.append(f"details of earlier scans: {older} of {coverage.resources} resources")
        if not notes or coverage.status != "reached":
            return coverage
        return msgspec.structs.replace(coverage, reason="; ".join(notes))

    async def cover_gaps(self, unit: Unit) -> None:
        """Emit the gaps of one unit: calls that cost some fields, and fields that could not be read."""
        for operation, odd in self._odd_fields(unit).items():
            self.gap(self._malformed(unit, operation, odd))
        for key in sorted(k for k in self._gaps if k[0] == unit.service):
            await self.cover(unit, self._gaps.pop(key))

    async def tell_measures(self, units: Sequence[Unit]) -> None:
        """Emit what the work for each of these services cost, once it is done."""
        self._measured = self.measures.report(self.job.task.region, self._resources)
        types = {unit.service: unit.resource_type for unit in units}
        told = [(types[one.service], one) for one in self._measured if one.service in types]
        await self._send([self._scan_event(kind, "measured", one.service, one.region, one) for kind, one in told])

    def _odd_fields(self, unit: Unit) -> dict[str, Counter[tuple[str, str]]]:
        """What was odd, by the call that told it."""
        vias = {one.name: one.via for one in unit.declared().facts}
        found: dict[str, Counter[tuple[str, str]]] = {}
        for key in sorted(one for one in self._odd if one[0] == unit.service):
            _, name, told = key
            operation = vias[name].name if vias[name] is not None else self._listed.get(unit.service, "")
            found.setdefault(operation, Counter())[name, told] += self._odd.pop(key)
        return found

    def _malformed(self, unit: Unit, operation: str, odd: Counter[tuple[str, str]]) -> Coverage:
        most = [f"{name} told as {told}" for (name, told), _ in odd.most_common(MOST_TOLD)]
        more = f" and {len(odd) - MOST_TOLD} more" if len(odd) > MOST_TOLD else ""
        reason = f"malformed: {', '.join(most)}{more}"
        region = self.job.task.region
        return Coverage(unit.service, region, "failed", "enrich", operation, reason=reason, count=odd.total())

    def outcome(self, discovery: Discovery | None = None) -> TaskOutcome:
        """The report of the task."""
        return TaskOutcome(
            events=self._categories.total(),
            events_by_category=dict(self._categories),
            resources=dict(self._resources),
            calls=dict(self.calls),
            throttles=self.throttles,
            measures=self._measured,
            rules=tuple(self._count(*key, n) for key, n in self._rules.items()),
            complete=tuple(self._complete),
            coverage=tuple(self._coverage),
            discovery=discovery,
        )

    def _count(self, service: str, rule: str, n: Counter[str]) -> RuleCount:
        return RuleCount(
            rule=rule,
            service=service,
            ok=n["ok"],
            wasted=n["waste"],
            exposed=n["exposed"],
            insufficient_data=n["insufficient_data"],
            excluded=n["excluded"],
            thresholds=self._thresholds.get((service, rule)),
            older=self._older[service] > 0,
        )

    async def _send(self, events: list[Event]) -> None:
        self._categories.update(event.category for event in events)
        self.measures.now.events += len(events)
        if events:
            await self.job.emit(events)

    def _facts(self, unit: Unit, subject: str, item: Resource) -> list[Event]:
        fields = unit.declared()
        made: list[tuple[str, str, Data]] = []
        if self.job.wants("metadata"):
            told = [one for one in fields.facts if item.has(one.name)]
            made += [(f"metadata.{{}}.{f.name}", "", Data(plain(getattr(item, f.name)), f.unit)) for f in told]
            withstands = [(one.name, withstood(item, one.name)) for one in fields.resilience]
            made += [(f"metadata.{{}}.{name}", "", Data(safe)) for name, safe in withstands if safe is not None]
        if self.job.wants("performance"):
            for metric in fields.metrics:
                made += performance(metric, item)
        if self.job.wants("cost"):
            made += [(f"cost.{{}}.{one.name}", "", cost(getattr(item, one.name))) for one in fields.prices]
        anew = {f"metadata.{{}}.{one.name}" for one in fields.facts if one in fields.listed or one.name == "id"}
        return [
            self._event(unit, item, subject, detail, qualifier, data, anew=detail in anew)
            for detail, qualifier, data in made
        ]

    def _judged(self, unit: Unit, subject: str, item: Resource) -> list[Event]:
        wanted = [rule for rule in unit.rules if self.job.wants(rule.category)]
        judged = one_saving([(rule, evaluate(rule, item, self.job.book)) for rule in wanted])
        for rule, outcome in judged:
            self._rules.setdefault((unit.service, rule.id), Counter())[outcome.kind] += 1
        return [
            self._event(unit, item, subject, f"{rule.category}.{{}}.{rule.problem}", rule.id, finding(rule, outcome))
            for rule, outcome in judged
            if outcome.kind != "ok"
        ]

    def _event(
        self, unit: Unit, item: Resource, subject: str, detail: str, qualifier: str, data: Data, *, anew: bool = False
    ) -> Event:
        """What the listing told ``anew`` is of this scan; all else is as old as the oldest detail of the resource."""
        kind = f"{unit.provider}.{detail.format(unit.service)}"
        event = self._envelope(kind, subject, qualifier, item.region, unit.resource_type, data)
        return event if anew or item.asof == event.asof else msgspec.structs.replace(event, asof=item.asof)

    def _scan_event(
        self,
        resource_type: str,
        what: str,
        service: str,
        region: str,
        told: Coverage | ServiceMeasure,
        qualifier: str = "",
    ) -> Event:
        """About the scan of one service in one region: what a call came to, or what all of it cost."""
        task = self.job.task
        subject = f"{task.scan.provider}/{task.account_id}/{region}/{service}"
        kind = f"{task.scan.provider}.scan.{service}.{what}"
        return self._envelope(kind, subject, qualifier, region, resource_type, Data(msgspec.to_builtins(told)))

    def _envelope(self, kind: str, subject: str, qualifier: str, region: str, resource_type: str, data: Data) -> Event:
        task, scan = self.job.task, self.job.task.scan
        return Event(
            id=event_id(scan.scan_id, subject, kind, qualifier),
            source=source_of(scan.provider, task.account_id),
            type=kind,
            subject=subject,
            time=self.job.clock(),
            clientid=scan.client_id,
            scanid=scan.scan_id,
            taskid=task.task_id,
            attempt=task.attempt,
            asof=scan.asof,
            provider=scan.provider,
            accountid=task.account_id,
            region=region,
            resourcetype=resource_type,
            partitionkey=subject,
            data=data,
            demo=self.job.clients.demo,
            dataschema=schema_of(kind),
        )


def untold(unit: Unit, item: Resource) -> list[str]:
    """The facts of its listing that may not be null, and are neither there nor odd."""
    fields = unit.declared()
    lacking = [one.name for one in fields.listed if not item.has(one.name) and one.name not in item.odd]
    return [name for name in lacking if not optional(fields.hints[name])]


def _together(known: Coverage, more: Coverage) -> Coverage:
    """The same gap, as often as both; another reason is told too when it is about values."""
    reason = f"{known.reason}; {more.reason}" if more.reason.startswith("malformed") else known.reason
    return msgspec.structs.replace(known, count=known.count + more.count, reason=reason)
