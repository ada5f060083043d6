"""Scans and facts, put into a store as the data plane does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec

from schemas.event import Data, Event, encode, event_id, source_of
from schemas.finding import FindingValue
from schemas.scan import Connection, Coverage, Discovery, PlannedTask, ScanSpec, ServiceMeasure, TaskOutcome
from schemas.states import ScanStatus
from stores import Store, facts, scans, tasks
from tests.control_plane.conftest import NOW

ACCOUNT = "123456789012"
OTHER_ACCOUNT = "210987654321"


def volume(name: str, region: str = "eu-west-1", account: str = ACCOUNT) -> str:
    return f"arn:aws:ec2:{region}:{account}:volume/{name}"


def fact(
    subject: str,
    kind: str,
    value: Any,
    *,
    scan_id: str = "scan-1",
    client_id: str = "default",
    account: str = ACCOUNT,
    region: str = "eu-west-1",
    seconds: float = 0,
    demo: bool = False,
    **data: Any,
) -> Event:
    return Event(
        id=event_id(scan_id, subject, kind, client_id),
        source=source_of("aws", account),
        type=kind,
        subject=subject,
        time=NOW + timedelta(seconds=seconds),
        clientid=client_id,
        scanid=scan_id,
        taskid="task-1",
        attempt=1,
        asof=NOW,
        provider="aws",
        accountid=account,
        region=region,
        resourcetype="AWS::EC2::Volume",
        partitionkey=subject,
        demo=demo,
        data=Data(value, **data),
    )


def wasted(
    subject: str, rule: str, saving: str | None, *, severity: str = "high", evidence: Any = None, **where: Any
) -> Event:
    return _judged(subject, "waste", rule, "waste", saving, severity, evidence, where)


def exposed(subject: str, rule: str, *, severity: str = "critical", **where: Any) -> Event:
    return _judged(subject, "security", rule, "exposed", None, severity, None, where)


def _judged(
    subject: str,
    category: str,
    rule: str,
    outcome: Any,
    saving: str | None,
    severity: Any,
    evidence: Any,
    where: dict[str, Any],
) -> Event:
    value = FindingValue(
        rule=rule,
        outcome=outcome,
        reason=where.pop("reason", f"{rule} holds"),
        severity=severity,
        monthly_saving=saving,
        currency=saving and "USD",
        evidence=evidence or {},
    )
    service = where.pop("service", "ebs")
    kind = f"aws.{category}.{service}.{rule.split('.', 1)[1]}"
    return fact(subject, kind, msgspec.to_builtins(value), **where)


async def keep(store: Store, events: Sequence[Event]) -> None:
    """As the materializer does it, in one transaction."""
    async with store.write() as writing:
        await facts.store_events(writing, [(event, encode(event)) for event in events])
        await facts.fold_state(writing, events)
        await facts.upsert_findings(writing, events)


def spec(scan_id: str = "scan-1", client_id: str = "default", services: tuple[str, ...] = ("ebs", "s3")) -> ScanSpec:
    return ScanSpec(scan_id, client_id, "aws", Connection(), services, ("eu-west-1",), ("waste",), None, 14, NOW)


async def accept(store: Store, asked: ScanSpec, *, seconds: float = 0) -> None:
    async with store.write() as writing:
        await scans.insert_scan(writing, asked, NOW + timedelta(seconds=seconds))


async def run(
    store: Store,
    asked: ScanSpec,
    outcomes: Sequence[tuple[str, TaskOutcome]],
    *,
    account: str = ACCOUNT,
    status: ScanStatus | None = ScanStatus.COMPLETED,
    seconds: float = 0,
) -> None:
    """A scan from its acceptance to its end, one task for each (service, outcome)."""
    await accept(store, asked, seconds=seconds)
    discovery = Discovery(account, f"arn:aws:sts::{account}:assumed-role/audit/x", "aws", ("eu-west-1",))
    planned = [(f"{asked.scan_id}-{service}", PlannedTask(service, "eu-west-1", (service,))) for service, _ in outcomes]
    async with store.write() as writing:
        assert await scans.start_scan(writing, asked.scan_id, f"{asked.scan_id}-discover", NOW)
    await _finish(store, f"{asked.scan_id}-discover", TaskOutcome(discovery=discovery))
    async with store.write() as writing:
        assert await scans.plan_scan(writing, asked.scan_id, discovery, planned, NOW)
    for (task_id, _), (_, outcome) in zip(planned, outcomes, strict=True):
        await _finish(store, task_id, outcome)
    if status is not None:
        async with store.write() as writing:
            assert await scans.finish_scan(writing, asked.scan_id, status, None, NOW + timedelta(seconds=4), {})


async def _finish(store: Store, task_id: str, outcome: TaskOutcome) -> None:
    async with store.write() as writing:
        assert await tasks.claim_task(writing, task_id, "worker", NOW + timedelta(minutes=1), NOW)
        assert await tasks.finish_task(writing, task_id, "worker", 1, outcome, NOW)


def read(service: str, resources: int = 1) -> tuple[str, TaskOutcome]:
    """A service that was read to the end."""
    reached = Coverage(service, "eu-west-1", "reached", resources=resources)
    return service, TaskOutcome(
        events=3 * resources,
        resources={service: resources},
        calls={f"{service}:Describe": 2, "sts:GetCallerIdentity": 1},
        throttles=1,
        measures=(
            ServiceMeasure(
                *(service, "eu-west-1", 1.5, resources, 3 * resources),
                calls={f"{service}:Describe": 2, f"{service}:List": 1},
                prices={f"{service}:Describe": "0.0000008"},
                unpriced=1,
                throttles=1,
                cache_hits=2,
            ),
        ),
        complete=(service,),
        coverage=(reached,),
    )


def denied(service: str) -> tuple[str, TaskOutcome]:
    """A service that could not be seen."""
    gap = Coverage(
        service,
        "eu-west-1",
        "denied",
        operation="List",
        action=f"{service}:List",
        statement={"Effect": "Allow", "Action": [f"{service}:List"], "Resource": "*"},
    )
    return service, TaskOutcome(coverage=(gap,), calls={f"{service}:List": 1})
