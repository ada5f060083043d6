from __future__ import annotations

import pytest

from control_plane.scans.coverage import CoverageReport, merged, report
from schemas.scan import Connection, Coverage, ScanSpec, TaskOutcome
from schemas.states import ScanStatus, TaskStatus
from stores.scans import ScanRow
from stores.tasks import TaskRow
from tests.control_plane.conftest import NOW

DENIED = Coverage(
    "s3",
    "us-east-1",
    "denied",
    operation="ListBuckets",
    action="s3:ListAllMyBuckets",
    statement={"Effect": "Allow", "Action": ["s3:ListAllMyBuckets"], "Resource": "*"},
)


def scan(status: ScanStatus = ScanStatus.COMPLETED, services: tuple[str, ...] = ("ec2", "s3")) -> ScanRow:
    spec = ScanSpec("scan-1", "default", "aws", Connection(), services, None, ("waste",), None, 14, NOW)
    return ScanRow(spec, status, NOW, account_id="123456789012")


def task(
    *services: str,
    region: str = "us-east-1",
    status: TaskStatus = TaskStatus.SUCCEEDED,
    outcome: TaskOutcome | None = None,
    error: str | None = None,
) -> TaskRow:
    return TaskRow(
        task_id=f"{services}-{region}",
        scan_id="scan-1",
        kind="scan" if services else "discover",
        account_id="123456789012",
        region=region,
        family="",
        services=services,
        status=status,
        outcome=outcome,
        error=error,
    )


def read(*services: str) -> TaskOutcome:
    return TaskOutcome(complete=services, coverage=tuple(Coverage(each, "us-east-1", "reached") for each in services))


def numbers(told: CoverageReport) -> tuple[bool, int, int]:
    return told.complete, told.services_reached, told.services_total


def test_everything_read_to_the_end_is_complete() -> None:
    told = report(scan(), [task("ec2", outcome=read("ec2")), task("s3", outcome=read("s3"))])
    assert numbers(told) == (True, 2, 2)
    assert told.gaps == []


def test_a_denied_service_is_a_gap_with_its_statement() -> None:
    told = report(
        scan(ScanStatus.PARTIAL),
        [task("ec2", outcome=read("ec2")), task("s3", outcome=TaskOutcome(coverage=(DENIED,)))],
    )
    assert numbers(told) == (False, 1, 2)
    (gap,) = told.gaps
    assert (gap.service, gap.status, gap.action, gap.regions) == ("s3", "denied", "s3:ListAllMyBuckets", ["us-east-1"])
    assert gap.statement == DENIED.statement
    assert gap.account_id == "123456789012"


def test_a_service_that_was_read_in_one_region_only_is_not_reached() -> None:
    half = [task("ec2", region="eu-west-1", outcome=read("ec2")), task("ec2", outcome=TaskOutcome())]
    assert numbers(report(scan(services=("ec2",)), half)) == (False, 0, 1)


def test_lost_metrics_are_a_gap_too() -> None:
    lost = TaskOutcome(complete=("ec2",), coverage=(Coverage("ec2", "us-east-1", "denied", "metrics"),))
    told = report(scan(services=("ec2",)), [task("ec2", outcome=lost)])
    assert numbers(told) == (False, 0, 1)
    assert told.gaps[0].scope == "metrics"


def test_a_service_that_is_not_offered_in_a_region_is_no_gap() -> None:
    nowhere = TaskOutcome(coverage=(Coverage("ec2", "us-east-1", "unsupported"),))
    assert numbers(report(scan(services=("ec2",)), [task("ec2", outcome=nowhere)])) == (True, 1, 1)


@pytest.mark.parametrize("status", [TaskStatus.FAILED, TaskStatus.CANCELLED])
def test_a_task_that_did_not_succeed_is_a_gap_for_each_of_its_services(status: TaskStatus) -> None:
    told = report(scan(ScanStatus.FAILED), [task("ec2", "s3", status=status, error="the worker was lost")])
    assert numbers(told) == (False, 0, 2)
    assert [(gap.service, gap.reason) for gap in told.gaps] == [
        ("ec2", "the worker was lost"),
        ("s3", "the worker was lost"),
    ]


def test_a_scan_that_never_got_into_the_account_saw_nothing() -> None:
    told = report(scan(ScanStatus.FAILED), [task(region="", status=TaskStatus.FAILED, error="no credentials")])
    assert numbers(told) == (False, 0, 2)
    assert {gap.service for gap in told.gaps} == {"ec2", "s3"}


def test_a_running_scan_is_not_complete_and_counts_its_open_tasks() -> None:
    found = [task("ec2", outcome=read("ec2")), task("s3", status=TaskStatus.RUNNING)]
    told = report(scan(ScanStatus.RUNNING), found)
    assert numbers(told) == (False, 1, 2)
    assert told.tasks_open == 1


def test_the_same_denial_in_many_regions_is_told_once_with_a_count() -> None:
    regions = ("eu-west-1", "us-east-1", "eu-north-1")
    found = [
        task(
            "ec2",
            region=region,
            outcome=TaskOutcome(coverage=(Coverage("ec2", region, "denied", action="ec2:DescribeInstances", count=2),)),
        )
        for region in regions
    ]
    (gap,) = report(scan(services=("ec2",)), found).gaps
    assert (gap.regions, gap.count) == (sorted(regions), 6)


def test_several_scans_are_complete_only_together() -> None:
    clean = report(scan(services=("ec2",)), [task("ec2", outcome=read("ec2"))])
    partial = report(scan(services=("s3",)), [task("s3", outcome=TaskOutcome(coverage=(DENIED,)))])
    both = merged([clean, partial])
    assert both is not None
    assert numbers(both) == (False, 1, 2)
    assert len(both.gaps) == 1
    assert merged([]) is None
