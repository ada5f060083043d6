"""One task run against the local cloud, and what came out of it."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from scanners.core.details import Answers
from scanners.core.run import Limits, run_task
from schemas.event import CATEGORIES, Event
from schemas.scan import Connection, ScanSpec, TaskOutcome, TaskSpec

ACCOUNT = "123456789012"
EVERY = ("ebs", "ec2", "eip", "snapshot")


@dataclass
class LocalCloud:
    """Clients of the local cloud, and what a test may do to it."""

    url: str
    demo: bool = False

    def client(self, service: str, region: str) -> Any:
        return _client(self.url, service, region)

    def control(self, name: str, body: object = None) -> None:
        request = urllib.request.Request(f"{self.url}/-/{name}", json.dumps(body).encode(), method="POST")
        urllib.request.urlopen(request).close()

    def fault(self, action: str, code: str, message: str = "no", **more: Any) -> None:
        self.control("faults", [{"action": action, "status": 400, "times": -1, "body": _error(code, message), **more}])


@cache
def _client(url: str, service: str, region: str) -> Any:
    import boto3
    from botocore.config import Config

    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test")
    config = Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=60)
    return session.client(service, region_name=region, endpoint_url=url, config=config)


def _error(code: str, message: str) -> str:
    return (
        f"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>"
        "<RequestID>1</RequestID></Response>"
    )


@dataclass
class Result:
    """What came out of one task."""

    outcome: TaskOutcome
    events: list[Event] = field(default_factory=list)

    def of(self, event_type: str) -> list[Event]:
        return [event for event in self.events if event.type == event_type]

    def of_category(self, category: str) -> list[Event]:
        return [event for event in self.events if event.category == category]

    def values(self, event_type: str) -> list[Any]:
        return [event.data.value for event in self.of(event_type)]

    def value(self, event_type: str) -> Any:
        (event,) = self.of(event_type)
        return event.data.value

    def gaps(self) -> list[tuple[str, str, str]]:
        return [(c.service, c.status, c.scope) for c in self.outcome.coverage if c.status != "reached"]


def spec(**change: Any) -> ScanSpec:
    told: dict[str, Any] = {
        "scan_id": "scan-1",
        "client_id": "acme",
        "provider": "aws",
        "connection": Connection(),
        "services": EVERY,
        "regions": None,
        "categories": CATEGORIES,
        "resource_ids": None,
        "lookback_days": 14,
        "asof": datetime.now(UTC) + timedelta(days=40),
    }
    return ScanSpec(**{**told, **change})


async def scan(
    cloud: Any,
    *,
    services: tuple[str, ...] = EVERY,
    family: str = "ec2",
    limits: Limits | None = None,
    answers: Answers | None = None,
    **change: Any,
) -> Result:
    region = change.pop("region", "eu-west-1")
    attempt = change.pop("attempt", 1)
    principal = change.pop("principal", f"arn:aws:iam::{ACCOUNT}:role/r")
    task = TaskSpec(
        spec(services=services, **change),
        "task-1",
        "scan",
        attempt,
        ACCOUNT,
        "aws",
        principal,
        family,
        region,
        services,
    )
    return await run(cloud, task, limits, answers=answers)


async def run(
    cloud: Any, task: TaskSpec, limits: Limits | None = None, *, ours: bool = True, answers: Answers | None = None
) -> Result:
    events: list[Event] = []

    async def emit(batch: Sequence[Event]) -> None:
        events.extend(batch)

    async def still_ours() -> bool:
        return ours

    limits = limits or Limits(requests_per_second=1000, first_pause=0.001)
    try:
        outcome = await run_task(task, cloud, emit=emit, still_ours=still_ours, limits=limits, answers=answers)
    finally:
        limits.close()
    return Result(outcome, events)
