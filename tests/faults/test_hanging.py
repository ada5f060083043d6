"""What hangs is given up: an endpoint that never answers, a program that should tell credentials and does not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from demo_cloud import DemoCloud
from schemas.scan import Connection
from schemas.states import ScanStatus
from tests.cli.terminal import sentinel
from tests.faults.roles import accept, at_work, result_of

REGIONS = ("eu-central-1", "us-east-1")
REASON = "no answer within 1 s, signing in included"
HANGS_SECONDS = 30

pytestmark = pytest.mark.xdist_group("hanging")


@pytest.fixture
def demo() -> Iterator[DemoCloud]:
    with DemoCloud.start() as cloud:
        yield cloud


async def test_an_endpoint_that_hangs_costs_its_region_and_no_other(demo: DemoCloud, tmp_path: Path) -> None:
    match = {"service": "ec2", "operation": "DescribeVolumes", "region": "us-east-1"}
    demo.order({"kind": "delay", "seconds": HANGS_SECONDS, "match": match, "times": None})
    asked: dict[str, Any] = {"services": ("ebs", "eip"), "regions": REGIONS, "categories": ("metadata", "waste")}
    async with at_work(demo, tmp_path, call_seconds=1) as backbone:
        await accept(backbone, demo, "scan-1", **asked)
        end = await result_of(backbone, "scan-1", seconds=HANGS_SECONDS - 5)
    assert end.status is ScanStatus.PARTIAL
    assert {task.attempt for task in end.tasks} == {1}
    assert {(gap.service, gap.region, gap.status, gap.scope) for gap in end.gaps} == {
        ("ebs", "us-east-1", "failed", "region"),
        ("eip", "us-east-1", "failed", "region"),
    }
    assert {gap.reason for gap in end.gaps} == {REASON}
    assert {subject.split(":")[3] for _, kind, subject, _ in end.facts if kind == "aws.metadata.ebs.id"} == {REGIONS[0]}


@pytest.fixture
def hanging_profile(tmp_path: Path) -> dict[str, str]:
    """A profile whose program says nothing for longer than anybody waits."""
    config = tmp_path / "config"
    config.write_text(f"[profile hangs]\ncredential_process = sleep {HANGS_SECONDS * 2}\nregion = eu-west-1\n")
    return {"AWS_CONFIG_FILE": str(config), "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none")}


async def test_a_credential_program_that_hangs_ends_the_scan_in_words(
    demo: DemoCloud, tmp_path: Path, hanging_profile: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**hanging_profile, "AWS_ENDPOINT_URL": demo.endpoint}.items():
        monkeypatch.setenv(name, value)
    async with at_work(demo, tmp_path, call_seconds=1, max_attempts=2) as backbone:
        await accept(backbone, demo, "scan-1", connection=Connection(mode="profile", profile="hangs"))
        end = await result_of(backbone, "scan-1", seconds=HANGS_SECONDS)
    assert end.status is ScanStatus.FAILED
    assert end.error
    assert REASON in end.error
    assert [task.attempt for task in end.tasks] == [2]


def test_a_scan_at_a_terminal_ends_though_the_program_still_hangs(
    tmp_path: Path, hanging_profile: dict[str, str]
) -> None:
    variables = {**hanging_profile, "SENTINEL_CALL_SECONDS": "1"}
    ran = sentinel("scan", "aws", "--profile", "hangs", "--services", "ebs", home=tmp_path, variables=variables)
    assert ran.code == 3
    assert REASON in ran.err
    assert ran.seconds < HANGS_SECONDS
