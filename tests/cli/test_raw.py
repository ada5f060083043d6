"""``sentinel raw``: what a scan was answered, found again by scan, task and operation."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from demo_cloud import DemoCloud
from tests.cli.conftest import ROLE, credentials
from tests.cli.terminal import Ran, sentinel

REGION = "us-east-1"
PLANTED = "hunter2hunter2"
TAG = {"path": "volumeSet/item/tagSet/item/value", "value": f"postgres://app:{PLANTED}@db/app"}


@pytest.fixture(scope="module")
def scanned(shared_cloud: DemoCloud, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a scan of disks and buckets whose raw answers were kept; a tag of a disk holds a password."""
    home = tmp_path_factory.mktemp("raw")
    shared_cloud.order({"kind": "rewrite", "match": {"operation": "DescribeVolumes"}, **TAG})
    asked = ("--services", "ebs,s3", "--regions", REGION, "--quiet")
    variables = {**credentials(shared_cloud.endpoint), "SENTINEL_RAW": str(home / "kept")}
    ran = sentinel("scan", "aws", *ROLE, *asked, home=home, variables=variables)
    shared_cloud.order()
    assert ran.code == 0, ran.err
    assert PLANTED in ran.out, "the fact itself is told"
    return home


def raw(home: Path, *arguments: str) -> Ran:
    return sentinel("raw", *arguments, home=home, variables={"SENTINEL_RAW": str(home / "kept")})


def lines(ran: Ran) -> list[dict[str, Any]]:
    assert ran.code == 0, ran.err
    return [json.loads(line) for line in ran.out.splitlines()]


def test_the_log_is_listed_by_scan_task_and_operation(scanned: Path) -> None:
    (scan,) = lines(raw(scanned, "list", "--format", "json"))
    counts = lines(raw(scanned, "list", "--scan", scan["scan"], "--format", "json"))
    assert scan["tasks"] == len({line["task"] for line in counts}) == 3
    told = {line["operation"]: line["answers"] for line in counts}
    assert {told[name] for name in ("sts:GetCallerIdentity", "ec2:DescribeVolumes", "s3:ListBuckets")} == {1}
    assert told["s3:GetBucketAcl"] > 1
    assert "sts:AssumeRole" not in told
    assert "ec2:DescribeVolumes" in raw(scanned, "list", "--scan", scan["scan"]).out


def test_the_answers_of_one_call_of_one_task_are_shown(scanned: Path) -> None:
    (scan,) = lines(raw(scanned, "list", "--format", "json"))
    (volumes,) = lines(raw(scanned, "show", "--scan", scan["scan"], "--operation", "ec2:DescribeVolumes"))
    assert (volumes["region"], volumes["status"]) == (REGION, 200)
    assert {"vol-0de01a10000000001"} < {one["VolumeId"] for one in volumes["answer"]["Volumes"]}
    of_task = lines(raw(scanned, "show", "--scan", scan["scan"], "--task", volumes["task_id"]))
    assert {line["task_id"] for line in of_task} == {volumes["task_id"]}
    assert "s3:ListBuckets" not in {line["operation"] for line in of_task}


def test_a_planted_secret_is_nowhere_in_the_log(scanned: Path) -> None:
    files = [each for each in (scanned / "kept").rglob("*") if each.is_file()]
    assert files
    assert all(each.name.endswith(".jsonl.gz") for each in files)
    assert not [each.name for each in files if PLANTED.encode() in gzip.decompress(each.read_bytes())]


def test_without_the_setting_and_for_an_unknown_scan_one_line_says_what_to_do(scanned: Path, tmp_path: Path) -> None:
    unset = sentinel("raw", "list", home=tmp_path)
    assert (unset.code, len(unset.err.splitlines())) == (2, 1)
    assert "SENTINEL_RAW" in unset.err
    for name in ("no-such-scan", "../kept"):
        wrong = raw(scanned, "show", "--scan", name)
        assert (wrong.code, wrong.out, len(wrong.err.splitlines())) == (2, "", 1)
        assert f'unknown scan "{name}"' in wrong.err


def test_a_call_that_was_not_made_is_told_on_standard_error(scanned: Path) -> None:
    (scan,) = lines(raw(scanned, "list", "--format", "json"))
    ran = raw(scanned, "show", "--scan", scan["scan"], "--operation", "ec2:DescribeVolume")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == f"nothing was kept; what there is: sentinel raw list --scan {scan['scan']}\n"
