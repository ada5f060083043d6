"""Every event of a real scan of the demo cloud against what is promised: catalogue, JSON Schema, CloudEvents."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, cast
from urllib.parse import urlsplit

import msgspec
import pytest
from jsonschema import Draft202012Validator

from connections import connect
from demo_cloud import DemoCloud
from scanners.core.plan import plan
from scanners.core.registry import operations_of
from scanners.core.run import Limits, run_task
from schemas.catalogue import event_types, expand_services
from schemas.event import CATEGORIES, Event, encode, schema_of
from schemas.json_schemas import event_schema
from schemas.scan import Connection, ScanSpec, TaskSpec
from schemas.settings import Settings

NOW = datetime(2026, 11, 21, 4, tzinfo=UTC)

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("event-contracts")]


@pytest.fixture(scope="module")
def events() -> list[Event]:
    """What a scan of every demo account emits; one of them refuses its metrics."""
    with DemoCloud.start(now=NOW, deny=["222222222222=cloudwatch:GetMetricData"]) as demo:
        return [event for account in demo.accounts for event in asyncio.run(scanned(demo, account, "eu-west-1"))]


async def scanned(demo: DemoCloud, account: str, region: str) -> list[Event]:
    """All events of one account: of the discovery, and of every task of this region and of the global services."""
    services = expand_services("aws", None)
    connection = Connection("demo", account=account)
    spec = ScanSpec("scan-1", "acme", "aws", connection, services, (region, "us-east-1"), CATEGORIES, None, 14, NOW)
    clients = connect(spec, operations=operations_of("aws", services), settings=Settings(demo_endpoint=demo.endpoint))
    limits, events = Limits(requests_per_second=1000), list[Event]()

    async def emit(batch: Sequence[Event]) -> None:
        events.extend(batch)

    async def still_ours() -> bool:
        return True

    async def run(task: TaskSpec) -> Any:
        return await run_task(task, clients, emit=emit, still_ours=still_ours, limits=limits)

    try:
        found = (await run(TaskSpec(spec, "task-0", "discover", 1))).discovery
        for number, one in enumerate(plan("aws", services, spec.regions, found), start=1):
            place = (found.account_id, found.partition, found.principal, one.family, one.region, one.services)
            await run(TaskSpec(spec, f"task-{number}", "scan", 1, *place))
    finally:
        limits.close()
        await clients.close()
    return events


@cache
def validator(event_type: str) -> Draft202012Validator:
    return Draft202012Validator(event_schema(event_type))


def complaints(event: Event) -> list[str]:
    body = json.loads(encode(event))
    return [f"{event.type} {error.json_path}: {error.message}" for error in validator(event.type).iter_errors(body)]


def test_nothing_undeclared_is_emitted(events: list[Event]) -> None:
    assert sorted({event.type for event in events} - set(event_types())) == []


def test_every_event_is_valid_by_the_schema_that_it_names(events: list[Event]) -> None:
    assert [line for event in events for line in complaints(event)] == []
    assert {event.dataschema for event in events} == {schema_of(event.type) for event in events}
    assert {urlsplit(event.dataschema).scheme for event in events} == {"cloud-sentinel"}


def test_the_scan_has_every_kind_of_event(events: list[Event]) -> None:
    assert {event.category for event in events} == {*CATEGORIES, "scan"}
    findings = [cast("dict[str, Any]", e.data.value) for e in events if e.category in {"waste", "security"}]
    assert {one["outcome"] for one in findings} == {"waste", "exposed", "insufficient_data", "excluded"}
    assert {event.type.rpartition(".")[2] for event in events if event.category == "scan"} >= {"reached", "denied"}


def test_what_is_wrong_would_be_found(events: list[Event]) -> None:
    cost = next(event for event in events if event.category == "cost")
    wrong = msgspec.structs.replace(cost, data=msgspec.structs.replace(cost.data, unit="GiB"))
    assert complaints(wrong) == [f"{cost.type} $.data.unit: 'GiB' is not one of ['USD', None]"]
