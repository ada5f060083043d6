"""Credentials that end in the middle of a scan: renewed in time, or a reason in words and nothing resolved."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from data_plane.backbone import Backbone
from demo_cloud import DemoCloud
from schemas.scan import Connection
from schemas.states import ScanStatus, TaskStatus
from stores import tasks
from tests.data_plane.scripted import until
from tests.demo_cloud.clients import assumed
from tests.faults.roles import Result, accept, at_work, result_of

REGIONS = ("eu-central-1", "us-east-1")
ASKED: dict[str, Any] = {"services": ("ebs", "ec2", "eip"), "regions": REGIONS}
SESSION_SECONDS = 2
CALL_SECONDS = 0.15

pytestmark = pytest.mark.xdist_group("credentials")


@pytest.fixture
def demo() -> Iterator[DemoCloud]:
    with DemoCloud.start(page_size=10) as cloud:
        yield cloud


def slow(demo: DemoCloud) -> None:
    demo.order({"kind": "delay", "seconds": CALL_SECONDS, "times": None, "match": {"service": "ec2"}})


def calls(demo: DemoCloud, service: str) -> dict[tuple[str, str], int]:
    """How often, by operation and outcome."""
    told = [line for line in demo.calls()["calls"] if line["service"] == service]
    return {(line["operation"], line["outcome"]): line["count"] for line in told}


async def scan(backbone: Backbone, demo: DemoCloud, number: int, **asked: Any) -> Result:
    asof = demo.now + timedelta(hours=number)
    await accept(backbone, demo, f"scan-{number}", asof=asof, **{**ASKED, **asked})
    return await result_of(backbone, f"scan-{number}")


async def test_a_role_is_assumed_again_before_its_session_ends(demo: DemoCloud, tmp_path: Path) -> None:
    async with at_work(demo, tmp_path / "1") as backbone:
        undisturbed = await scan(backbone, demo, 1)
    demo.limit_sessions(SESSION_SECONDS)
    demo.reset_calls()
    slow(demo)
    begun = time.monotonic()
    async with at_work(demo, tmp_path / "2") as backbone:
        renewed = await scan(backbone, demo, 1)
    assert time.monotonic() - begun > SESSION_SECONDS
    assert calls(demo, "sts")["AssumeRole", "200"] > 2
    assert {outcome for _, outcome in calls(demo, "ec2")} == {"200"}
    assert renewed.status is undisturbed.status is ScanStatus.COMPLETED
    assert (renewed.facts, renewed.findings) == (undisturbed.facts, undisturbed.findings)


async def one_of_two(backbone: Backbone, scan_id: str) -> bool:
    """One region is done, and the other one is at work."""
    async with backbone.store.read() as reading:
        found = [row.status for row in await tasks.list_tasks(reading, scan_id) if row.kind == "scan"]
    return sorted(found) == [TaskStatus.RUNNING, TaskStatus.SUCCEEDED]


async def test_a_role_that_may_not_be_assumed_again_ends_its_tasks_and_resolves_nothing(
    demo: DemoCloud, tmp_path: Path
) -> None:
    async with at_work(demo, tmp_path, worker_tasks=1) as backbone:
        before = await scan(backbone, demo, 1)
        demo.limit_sessions(SESSION_SECONDS)
        slow(demo)
        await accept(backbone, demo, "scan-2", asof=demo.now + timedelta(hours=2), **ASKED)
        await until(lambda: one_of_two(backbone, "scan-2"), seconds=40)
        refused = {"kind": "error", "status": 403, "code": "AccessDenied", "message": "the trust was withdrawn"}
        demo.order()
        demo.order({**refused, "match": {"operation": "AssumeRole"}, "times": None})
        slow(demo)
        after = await result_of(backbone, "scan-2")
    partial(before, after, "the trust was withdrawn")


async def test_a_session_that_nobody_renews_ends_its_tasks_and_resolves_nothing(
    demo: DemoCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with at_work(demo, tmp_path, worker_tasks=1) as backbone:
        before = await scan(backbone, demo, 1)
        keys = assumed(demo, demo.accounts[0])
        variables = {"ACCESS_KEY_ID": keys.key, "SECRET_ACCESS_KEY": keys.secret, "SESSION_TOKEN": str(keys.token)}
        for name, value in {**variables, "ENDPOINT_URL": demo.endpoint}.items():
            monkeypatch.setenv(f"AWS_{name}", value)
        slow(demo)
        asof = demo.now + timedelta(hours=2)
        await accept(backbone, demo, "scan-2", asof=asof, **ASKED, connection=Connection(mode="ambient"))
        await until(lambda: one_of_two(backbone, "scan-2"), seconds=40)
        demo.limit_sessions(0)
        after = await result_of(backbone, "scan-2")
    partial(before, after, "Request has expired")


def partial(before: Result, after: Result, reason: str) -> None:
    """What was seen before is told, the rest is a failure with its reason, and no finding was resolved."""
    assert before.status is ScanStatus.COMPLETED
    assert after.status is ScanStatus.PARTIAL
    assert after.error
    assert reason in after.error
    states = {task.region: (task.status, task.attempt) for task in after.tasks if task.kind == "scan"}
    assert sorted(states.values()) == [(TaskStatus.FAILED, 1), (TaskStatus.SUCCEEDED, 1)]
    assert after.facts
    assert set(after.findings.values()) == {"open"}
    assert after.findings == before.findings
