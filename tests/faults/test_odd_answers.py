"""Answers that are not as the cloud's model says: the resource is still told, the field is not, and a gap says why."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connections import connect
from demo_cloud import DemoCloud
from scanners.core.run import Limits, operations_of, run_task
from schemas.errors import Fatal
from schemas.event import CATEGORIES, Event
from schemas.scan import Connection, TaskSpec
from schemas.settings import Settings
from schemas.states import ScanStatus
from tests.data_plane.scripted import spec_of
from tests.faults.roles import accept, at_work, result_of
from tests.scanners.running import Result

pytestmark = pytest.mark.xdist_group("odd_answers")

IRELAND, VIRGINIA = "eu-west-1", "us-east-1"
DISK = "vol-0de01e10000000001"
"""Attached to nothing for 41 days."""
VOLUMES = {"service": "ec2", "operation": "DescribeVolumes", "region": IRELAND}
METRICS = {"service": "cloudwatch", "operation": "GetMetricData"}


@pytest.fixture(scope="module")
def demo() -> Iterator[DemoCloud]:
    with DemoCloud.start() as cloud:
        yield cloud


async def scan(
    demo: DemoCloud, service: str, *orders: dict[str, Any], family: str = "ec2", kind: Any = "scan"
) -> Result:
    """One task against a cloud that answers so."""
    demo.order(*({"kind": "rewrite", "times": None, **order} for order in orders))
    spec = spec_of(
        connection=Connection(mode="demo", account=demo.accounts[0]),
        services=(service,),
        categories=CATEGORIES,
        asof=demo.now,
        regions=None if kind == "scan" else (IRELAND,),
    )
    operations = operations_of("aws", (service,))
    clients = connect(spec, operations=operations, settings=Settings(demo_endpoint=demo.endpoint))
    where = VIRGINIA if service == "s3" else IRELAND
    task = TaskSpec(spec, "task-1", kind, 1, demo.accounts[0], "aws", "arn", family, where, (service,))
    events: list[Event] = []

    async def emit(batch: Sequence[Event]) -> None:
        events.extend(batch)

    async def ours() -> bool:
        return True

    limits = Limits(requests_per_second=1000, first_pause=0.001)
    try:
        return Result(await run_task(task, clients, emit=emit, still_ours=ours, limits=limits), events)
    finally:
        demo.order()
        limits.close()
        await asyncio.to_thread(clients.close) if not asyncio.iscoroutinefunction(
            clients.close
        ) else await clients.close()


def told(result: Result, name: str, resource: str = DISK, service: str = "ebs") -> list[Any]:
    kind = f"aws.metadata.{service}.{name}"
    return [event.data.value for event in result.of(kind) if event.subject.endswith(resource)]


def reasons(result: Result) -> list[tuple[str, str, str, str]]:
    return [(c.status, c.scope, c.operation, c.reason) for c in result.outcome.coverage if c.is_gap]


def listed(field: str, **change: Any) -> dict[str, Any]:
    return {"match": VOLUMES, "path": f"volumeSet/item/{field}", "within": DISK, **change}


FIELDS = [
    ("size", {"leave_out": True}, "size_gib", ""),
    ("size", {"value": None}, "size_gib", ""),
    ("size", {"value": "a lot"}, "size_gib", "size_gib told as 'a lot'"),
    ("encrypted", {"leave_out": True}, "encrypted", ""),
    ("encrypted", {"value": "perhaps"}, "encrypted", "encrypted told as 'perhaps'"),
    ("createTime", {"value": "yesterday"}, "created_at", "created_at told as 'yesterday'"),
    ("status", {"value": "archived"}, "state", "state told as 'archived'"),
    ("tagSet", {"value": "none"}, "tags", "tags told as 'none'"),
]


@pytest.mark.parametrize(("field", "change", "name", "reason"), FIELDS)
async def test_a_field_of_a_listing(demo: DemoCloud, field: str, change: Any, name: str, reason: str) -> None:
    result = await scan(demo, "ebs", listed(field, **change))
    assert told(result, "id") == [DISK]
    assert told(result, name) == []
    assert len(result.of(f"aws.metadata.ebs.{name}")) == len(result.of("aws.metadata.ebs.id")) - 1
    assert result.outcome.complete == ("ebs",)
    gap = ("failed", "enrich", "ec2:DescribeVolumes", f"malformed: {reason}")
    assert reasons(result) == ([gap] if reason else [])
    assert result.value("aws.scan.ebs.reached")["reason"] == ("" if reason else f"not told: {name} (1)")


async def test_a_rule_does_not_judge_by_a_value_that_it_does_not_know(demo: DemoCloud) -> None:
    result = await scan(demo, "ebs", listed("status", value="archived"), listed("encrypted", value="perhaps"))
    found: list[Any] = [
        e.data.value for e in result.events if e.subject.endswith(DISK) and e.category in {"waste", "security"}
    ]
    judged = {value["rule"]: (value["outcome"], value["missing"]) for value in found}
    assert judged["disk.unattached"] == ("insufficient_data", ["state"])
    assert judged["disk.unencrypted"] == ("insufficient_data", ["encrypted"])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"path": "volumeSet/item/volumeId", "within": DISK, "leave_out": True}, "1 answers without an id"),
        ({"path": "volumeSet", "leave_out": True}, "unreadable answer: no list at Volumes"),
        ({"path": "volumeSet", "value": "none"}, "unreadable answer: no list at Volumes"),
    ],
)
async def test_a_listing_that_cannot_be_read_is_never_complete(demo: DemoCloud, change: Any, reason: str) -> None:
    result = await scan(demo, "ebs", {"match": VOLUMES, **change})
    assert result.outcome.complete == ()
    assert reasons(result) == [("failed", "listing", "ec2:DescribeVolumes", reason)]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"path": "MetricDataResults/Values", "leave_out": True}, "unreadable points"),
        ({"path": "MetricDataResults/Values", "value": None}, "unreadable points"),
        ({"path": "MetricDataResults/Values", "value": ["high"] * 336}, "unreadable points"),
        ({"path": "MetricDataResults/Timestamps", "value": "today"}, "unreadable points"),
        ({"path": "MetricDataResults/StatusCode", "value": "Postponed"}, "the status 'Postponed'"),
        ({"path": "MetricDataResults/Id", "leave_out": True}, "no answer"),
        ({"path": "MetricDataResults", "value": None}, "no answer"),
        ({"path": "MetricDataResults", "value": {"Id": "q0"}}, "no answer"),
    ],
)
async def test_series_that_cannot_be_read_are_a_gap_and_not_silence(demo: DemoCloud, change: Any, problem: str) -> None:
    result = await scan(demo, "ebs", {"match": METRICS, **change})
    assert result.of("aws.performance.ebs.read_ops") == []
    assert result.value("aws.scan.ebs.reached")["resources"] > 10
    ((status, scope, operation, reason),) = reasons(result)
    assert (status, scope, operation) == ("failed", "metrics", "cloudwatch:GetMetricData")
    assert reason.endswith(f"queries came to {problem}")
    idle: list[Any] = [e.data.value for e in result.of("aws.waste.ebs.idle")]
    assert {value["outcome"] for value in idle} <= {"insufficient_data", "excluded"}


BUCKET = "retail-website"
"""Open to everybody by its policy."""


def detail(operation: str, **change: Any) -> dict[str, Any]:
    return {"match": {"service": "s3", "operation": operation}, **change}


@pytest.mark.parametrize(
    ("order", "name", "reason"),
    [
        (detail("GetBucketPolicyStatus", path="IsPublic", leave_out=True), "policy_public", ""),
        (
            detail("GetBucketPolicyStatus", path="IsPublic", value="maybe"),
            "policy_public",
            "told as 'maybe'",
        ),
        (detail("GetBucketAcl", path="AccessControlList", leave_out=True), "grantees", ""),
        (detail("GetBucketAcl", path="AccessControlList", value="all"), "grantees", ""),
    ],
)
async def test_a_detail_of_a_bucket(demo: DemoCloud, order: Any, name: str, reason: str) -> None:
    result = await scan(demo, "s3", order, family="s3")
    assert told(result, "id", BUCKET, "s3") == [BUCKET]
    assert told(result, name, BUCKET, "s3") == []
    judged: list[Any] = [
        e.data.value for e in result.of("aws.security.s3.public") if e.subject.endswith(f":::{BUCKET}")
    ]
    assert [(value["outcome"], value["missing"]) for value in judged] == [("insufficient_data", [name])]
    told_reasons = [gap[3].partition(";")[0] for gap in reasons(result) if reason]
    assert told_reasons == ([f"malformed: {name} {reason}"] if reason else [])


async def test_an_account_that_is_not_told_ends_the_task_in_words(demo: DemoCloud) -> None:
    order = {"match": {"operation": "GetCallerIdentity"}, "path": "GetCallerIdentityResult/Arn", "leave_out": True}
    with pytest.raises(Fatal, match="unreadable answer: no principal and account"):
        await scan(demo, "ebs", order, kind="discover")


async def test_regions_that_are_not_told_are_those_that_were_asked_for_and_a_gap(demo: DemoCloud) -> None:
    order = {"match": {"operation": "DescribeRegions"}, "path": "regionInfo", "leave_out": True}
    result = await scan(demo, "ebs", order, kind="discover")
    assert result.outcome.discovery
    assert result.outcome.discovery.regions == (IRELAND,)
    assert [(gap[0], gap[1], gap[3]) for gap in reasons(result)] == [
        ("failed", "region", "unreadable answer: no list of regions")
    ]


async def test_no_odd_answer_resolves_a_finding(demo: DemoCloud, tmp_path: Path) -> None:
    """The same account twice: what the second scan could not read stays open, and is told."""
    asked: dict[str, Any] = {"services": ("ebs", "s3"), "regions": (IRELAND, VIRGINIA), "categories": CATEGORIES}
    async with at_work(demo, tmp_path) as backbone:
        await accept(backbone, demo, "scan-1", **asked)
        first = await result_of(backbone, "scan-1")
        assert first.status is ScanStatus.COMPLETED
        assert set(first.findings.values()) == {"open"}
        orders = [
            {"match": {**VOLUMES, "region": VIRGINIA}, "path": "volumeSet", "leave_out": True},
            listed("status", value="archived"),
            {"match": METRICS, "path": "MetricDataResults/Values", "value": None},
            detail("GetBucketPolicyStatus", path="IsPublic", leave_out=True),
            detail("GetBucketAcl", path="AccessControlList", leave_out=True),
        ]
        demo.order(*({"kind": "rewrite", "times": None, **order} for order in orders))
        await accept(backbone, demo, "scan-2", asof=demo.now + timedelta(hours=1), **asked)
        second = await result_of(backbone, "scan-2")
        demo.order()
    assert second.status is ScanStatus.PARTIAL
    assert {task.attempt for task in second.tasks} == {1}
    assert set(first.findings.items()) <= set(second.findings.items())
    assert {(gap.service, gap.scope) for gap in second.gaps} == {
        ("ebs", "listing"),
        ("ebs", "enrich"),
        ("ebs", "metrics"),
        ("s3", "metrics"),
    }
