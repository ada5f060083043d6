""" "Not seen" is never "clean"."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from demo_cloud import DemoCloud
from tests.cli.conftest import ACCOUNT, role_of
from tests.cli.test_scan import EVERY, scan, summary


@pytest.fixture(scope="module")
def closed() -> Iterator[DemoCloud]:
    with DemoCloud.start(deny=[f"{ACCOUNT}=*"]) as running:
        yield running


@pytest.fixture(scope="module")
def without_buckets() -> Iterator[DemoCloud]:
    with DemoCloud.start(deny=[f"{ACCOUNT}=s3:ListAllMyBuckets"]) as running:
        yield running


def test_everything_denied_is_incomplete_and_not_clean(closed: DemoCloud, home: Path) -> None:
    ran = scan(closed, home)
    assert ran.code == 4
    assert f"coverage 0/{EVERY} services" in ran.err
    assert "no findings" not in ran.said.lower()
    assert len(summary(ran)) <= 30


def test_everything_denied_fails_with_fail_on_too(closed: DemoCloud, home: Path) -> None:
    assert scan(closed, home, "--fail-on", "low", "--quiet").code == 4


def test_a_denied_call_is_told_once_in_three_lines(closed: DemoCloud, home: Path) -> None:
    ran = scan(closed, home, "--services", "ebs", "--regions", "eu-west-1,us-east-1,eu-central-1")
    lines = ran.err.splitlines()
    [at] = [number for number, line in enumerate(lines) if "denied: ec2:DescribeVolumes" in line]
    what, who, remedy = lines[at : at + 3]
    assert "(ebs)" in what
    assert "3 regions" in what
    assert f"arn:aws:sts::{ACCOUNT}:assumed-role/cloud-sentinel-read/" in who
    assert '{"Effect":"Allow","Action":["ec2:DescribeVolumes"],"Resource":"*"}' in remedy


def test_one_denied_service_leaves_the_rest(without_buckets: DemoCloud, home: Path) -> None:
    ran = scan(without_buckets, home)
    assert ran.code == 4
    assert f"coverage {EVERY - 1}/{EVERY} services" in ran.err
    assert "denied: s3:ListAllMyBuckets (s3) in us-east-1" in ran.err
    assert '"rule":"disk.unattached"' in ran.out


def test_a_clean_account_says_so(cloud: DemoCloud, home: Path) -> None:
    ran = scan(cloud, home, "--services", "eip", "--regions", "eu-central-1", role=role_of("222222222222"))
    assert ran.code == 0
    assert "no findings" in ran.err
    assert "coverage 1/1 services" in ran.err


def test_a_region_that_is_not_enabled_is_named(cloud: DemoCloud, home: Path) -> None:
    ran = scan(cloud, home, "--services", "eip", "--regions", "me-south-1")
    assert ran.code == 4
    assert "not enabled for this account: me-south-1" in ran.err
    assert "no findings" not in ran.err
