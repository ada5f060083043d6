from __future__ import annotations

from decimal import Decimal

from schemas.scan import Coverage, PlannedTask, TaskOutcome
from schemas.states import TaskStatus
from stores import Store, scans, tasks
from stores.findings import FindingTotal
from stores.summary import ScanSummary, scan_summary
from tests.stores.given import NOW, claimed, put, running_scan, spec, waste

STATEMENT = {"Effect": "Allow", "Action": "ec2:DescribeVolumes", "Resource": "*"}


def denied(region: str, count: int) -> Coverage:
    return Coverage(
        "ebs",
        region,
        "denied",
        operation="ec2:DescribeVolumes",
        action="ec2:DescribeVolumes",
        principal="arn:me",
        reason="not authorized",
        statement=STATEMENT,
        count=count,
    )


async def summary_of(store: Store, client_id: str = "acme") -> ScanSummary | None:
    async with store.read() as r:
        row = await scans.get_scan(r, client_id, "scan-1")
        return None if row is None else await scan_summary(r, row)


async def test_a_summary_adds_up_what_tasks_report(store: Store) -> None:
    places = [PlannedTask("ec2", region, ("ebs",)) for region in ("eu-west-1", "us-east-1", "eu-north-1")]
    first, second, _ = await running_scan(store, spec(), *places)
    outcomes = {
        first: TaskOutcome(
            events_by_category={"metadata": 5, "waste": 1},
            resources={"ebs": 3},
            calls={"ec2:DescribeVolumes": 2},
            throttles=1,
            coverage=(Coverage("ebs", "eu-west-1", "reached", resources=3), denied("eu-west-1", 1)),
        ),
        second: TaskOutcome(
            events_by_category={"metadata": 2},
            resources={"ebs": 1, "ec2": 4},
            calls={"ec2:DescribeVolumes": 1, "ec2:DescribeInstances": 1},
            throttles=2,
            coverage=(denied("us-east-1", 2), Coverage("ebs", "us-east-1", "reached", resources=1)),
        ),
    }
    for task_id, outcome in outcomes.items():
        await claimed(store, task_id)
        async with store.write() as w:
            assert await tasks.finish_task(w, task_id, "me", 1, outcome, NOW)
    await put(store, waste("8.80", subject="arn:1"), waste("1.30", subject="arn:2"))
    await put(store, waste("99", subject="arn:3", scanid="scan-2"), waste("99", subject="arn:4", clientid="other"))
    found = await summary_of(store)
    assert found is not None
    assert found.tasks_by_status == {TaskStatus.SUCCEEDED: 2, TaskStatus.QUEUED: 2}
    assert found.events_by_category == {"metadata": 7, "waste": 1}
    assert found.resources_by_service == {"ebs": 4, "ec2": 4}
    assert found.calls == {"ec2:DescribeInstances": 1, "ec2:DescribeVolumes": 3}
    assert found.throttles == 3
    assert found.findings == (FindingTotal("high", "USD", 2, Decimal("10.10")),)
    gap, reached = found.coverage
    assert (gap.status, gap.regions, gap.count, gap.action) == (
        "denied",
        ("eu-west-1", "us-east-1"),
        3,
        "ec2:DescribeVolumes",
    )
    assert (gap.statement, gap.principal, gap.reason) == (STATEMENT, "arn:me", "not authorized")
    assert (reached.status, reached.regions, reached.count, reached.resources) == (
        "reached",
        ("eu-west-1", "us-east-1"),
        2,
        4,
    )


async def test_another_client_has_no_summary(store: Store) -> None:
    await running_scan(store, spec())
    assert await summary_of(store, "other") is None
