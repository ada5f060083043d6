"""A scripted cloud for the worker: tasks that send what a test says, and end as it says."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec

from data_plane.backbone import Backbone
from data_plane.connected import Connections
from data_plane.finish import finish
from data_plane.plan import plan_scans
from data_plane.relay import relay
from data_plane.runner import Runner
from scanners.core.clients import Clients
from scanners.core.errors import TaskLostError
from scanners.core.job import Clock, Emit, StillOurs
from scanners.core.limits import Limits
from schemas.event import Event
from schemas.finding import FindingValue
from schemas.scan import Coverage, RuleCount, ScanSpec, TaskOutcome, TaskSpec
from schemas.settings import Settings
from tests.support import told

ASOF, ACCOUNT, REGIONS, DISCOVERY = told.ASOF, told.ACCOUNT, told.REGIONS, told.DISCOVERY
spec_of = told.scan_spec


def event_of(task: TaskSpec, number: int, *, kind: str = told.STATE, value: Any = "in-use") -> Event:
    subject = f"arn:aws:ec2:{task.region}:{ACCOUNT}:volume/vol-{task.region}-{number}"
    known = {"clientid": task.scan.client_id, "taskid": task.task_id, "attempt": task.attempt, "asof": task.scan.asof}
    here = {"time": datetime.now(UTC), "region": task.region, "demo": True}
    return told.volume_event(task.scan.scan_id, subject, kind, value, **known, **here)


def wasted(task: TaskSpec, number: int, saving: str = "8.80") -> Event:
    value = FindingValue("disk.unattached", "waste", "unused", "high", monthly_saving=saving, currency="USD")
    return event_of(
        task, number, kind="aws.waste.ebs.unattached", value=msgspec.json.decode(msgspec.json.encode(value))
    )


def task_of(spec: ScanSpec | None = None, *, region: str = "eu-west-1", attempt: int = 1) -> TaskSpec:
    return TaskSpec(
        scan=spec or spec_of(),
        task_id="task-1",
        kind="scan",
        attempt=attempt,
        account_id=ACCOUNT,
        family="ec2",
        region=region,
        services=("ebs",),
    )


class NoClients:
    """A connection to nothing."""

    demo = True

    def __init__(self) -> None:
        self.closed = False

    def client(self, service: str, region: str) -> Any:
        raise AssertionError("a scripted task calls no cloud")

    async def close(self) -> None:
        self.closed = True


Script = Callable[[TaskSpec, Emit, StillOurs], Awaitable[TaskOutcome]]


@dataclass
class Scripted:
    """Runs scripts instead of scanners, and remembers which tasks ran, and how many at once."""

    script: Script
    ran: list[TaskSpec] = field(default_factory=list)
    most_at_once: int = 0
    running: Counter[str] = field(default_factory=Counter)
    connections: list[NoClients] = field(default_factory=list)

    def connect(
        self, spec: ScanSpec, *, operations: frozenset[str], settings: Settings, secret: object = None
    ) -> NoClients:
        self.connections.append(NoClients())
        return self.connections[-1]

    async def run_task(
        self, task: TaskSpec, clients: Clients, *, emit: Emit, still_ours: StillOurs, limits: Limits, clock: Clock
    ) -> TaskOutcome:
        self.ran.append(task)
        self.running[task.account_id] += 1
        self.most_at_once = max(self.most_at_once, self.running.total())
        try:
            return await self.script(task, emit, still_ours)
        finally:
            self.running[task.account_id] -= 1

    def runner(self, backbone: Backbone, owner: str = "worker-1") -> Runner:
        return Runner(backbone, owner, Connections(self.connect, backbone.settings), self.run_task, Limits())


async def tidy(task: TaskSpec, emit: Emit, still_ours: StillOurs) -> TaskOutcome:
    """The usual task: discovers two regions; in each finds ten volumes, of which one is wasted."""
    if task.kind == "discover":
        return TaskOutcome(discovery=DISCOVERY)
    events = [event_of(task, number) for number in range(10)] + [wasted(task, 3)]
    for event in events:
        if not await still_ours():
            raise TaskLostError(task.task_id)
        await emit([event])
    return outcome_of(task, events)


def outcome_of(task: TaskSpec, events: list[Event], **changes: Any) -> TaskOutcome:
    outcome = TaskOutcome(
        events=len(events),
        events_by_category=dict(Counter(event.category for event in events)),
        resources={"ebs": 10},
        rules=(RuleCount("disk.unattached", "ebs", ok=9, wasted=1),),
        complete=("ebs",),
        coverage=(Coverage("ebs", task.region, "reached", resources=10),),
    )
    return msgspec.structs.replace(outcome, **changes)


async def until(claim: Callable[[], Awaitable[bool]], *, seconds: float = 15.0) -> None:
    """Wait for what must come true. Raises ``TimeoutError``."""
    async with asyncio.timeout(seconds):
        while not await claim():  # noqa: ASYNC110 - what is waited for is in a file of other processes
            await asyncio.sleep(0.02)


async def step(backbone: Backbone) -> int:
    """What a planner does all the time, once and in the order in which work flows; how much was moved."""
    return await plan_scans(backbone) + await finish(backbone) + await relay(backbone)
