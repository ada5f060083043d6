"""Scans, tasks, events and findings as tests need them: everything that is not named has a value."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.event import Event, encode
from schemas.scan import PlannedTask, RuleCount, ScanSpec, TaskOutcome
from schemas.states import ScanStatus, TaskStatus
from stores import Store, facts, scans, tasks
from stores.tables import scans as scan_table
from stores.tables import tasks as task_table
from stores.tasks import TaskRow
from tests.support import told

NOW = datetime(2026, 11, 21, 4, 0, 0, 123456, tzinfo=UTC)
LATER = NOW + timedelta(seconds=30)
DAY = timedelta(days=1)
ACCOUNT, DISCOVERY = told.ACCOUNT, told.DISCOVERY
VOLUME = "arn:aws:ec2:eu-west-1:111111111111:volume/vol-1"


def spec(scan_id: str = "scan-1", **changes: Any) -> ScanSpec:
    return told.scan_spec(scan_id, **{"asof": NOW, **changes})


def event(kind: str = told.STATE, value: Any = "in-use", **changes: Any) -> Event:
    subject, scan_id = changes.pop("subject", VOLUME), changes.pop("scanid", "scan-1")
    return told.volume_event(scan_id, subject, kind, value, **{"time": NOW, "asof": NOW, **changes})


def waste(saving: str | None = "8.80", outcome: str = "waste", rule: str = "disk.unattached", **changes: Any) -> Event:
    value = {
        "rule": rule,
        "outcome": outcome,
        "severity": changes.pop("severity", "high"),
        "reason": changes.pop("reason", "attached to nothing"),
        "monthly_saving": saving,
        "currency": changes.pop("currency", None if saving is None else "USD"),
        "evidence": changes.pop("evidence", {"state": "available"}),
    }
    return event("aws.waste.ebs.unattached", value, qualifier=rule, **changes)


async def log(store: Store, *events: Event) -> int:
    """Into the event log alone."""
    async with store.write() as w:
        return await facts.store_events(w, [(each, encode(each)) for each in events])


async def put(store: Store, *events: Event) -> int:
    """One batch, as a materializer stores it."""
    async with store.write() as w:
        stored = await facts.store_events(w, [(each, encode(each)) for each in events])
        await facts.fold_state(w, events)
        await facts.upsert_findings(w, events)
    return stored


async def running_scan(store: Store, scan: ScanSpec, *planned: PlannedTask) -> list[str]:
    """A scan that runs, with these tasks planned; their ids."""
    ids = [f"{scan.scan_id}-{n}" for n, _ in enumerate(planned, 1)]
    async with store.write() as w:
        await scans.insert_scan(w, scan, NOW)
        assert await scans.start_scan(w, scan.scan_id, f"{scan.scan_id}-discover", NOW)
        assert await scans.plan_scan(w, scan.scan_id, DISCOVERY, list(zip(ids, planned, strict=True)), NOW)
    return ids


async def claimed(store: Store, task_id: str, owner: str = "me") -> TaskRow:
    async with store.write() as w:
        row = await tasks.claim_task(w, task_id, owner, LATER, NOW)
    assert row is not None
    return row


async def settled(
    store: Store,
    scan: ScanSpec,
    *,
    rules: Sequence[str] = ("disk.unattached",),
    complete: Sequence[str] = ("ebs",),
    region: str = "eu-west-1",
    service: str = "ebs",
) -> bool:
    """A scan whose one task looked at a region and is settled."""
    counts = tuple(RuleCount(rule, service) for rule in rules)
    outcome = TaskOutcome(rules=counts, complete=tuple(complete))
    (task_id,) = await running_scan(store, scan, PlannedTask("ec2", region, (service,)))
    row = await claimed(store, task_id)
    async with store.write() as w:
        assert await tasks.finish_task(w, task_id, "me", row.attempt, outcome, NOW)
        done = await tasks.get_task(w, task_id)
        assert done is not None
        return await facts.settle_task(w, done, scan, NOW)


async def force_scan(store: Store, scan_id: str, status: ScanStatus) -> None:
    """Any state, without its guard."""
    async with store.write() as w:
        await w.change(scan_table.update().where(scan_table.c.scan_id == scan_id).values(status=status))


async def force_task(store: Store, task_id: str, status: TaskStatus) -> None:
    """Any state, without its guard; owned by "me", attempt 1."""
    row = {"status": status, "owner": "me", "attempt": 1, "lease_until": NOW}
    async with store.write() as w:
        await w.change(task_table.update().where(task_table.c.task_id == task_id).values(**row))
