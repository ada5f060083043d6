"""Faults that tests order: what the SDK sees of them."""

from __future__ import annotations

import time
import urllib.error

import pytest
from botocore.exceptions import ClientError, HTTPClientError

from demo_cloud import DemoCloud
from tests.demo_cloud.clients import DATA, RETAIL, client, refused

VOLUMES = {"service": "ec2", "operation": "DescribeVolumes"}


def test_an_error_comes_as_often_as_ordered(faulty: DemoCloud) -> None:
    faulty.order({"kind": "error", "match": VOLUMES, "times": 2, "status": 503, "code": "RequestLimitExceeded"})
    ec2 = client(faulty, "ec2")
    assert [refused(ec2.describe_volumes)[:2] for _ in range(2)] == [("RequestLimitExceeded", 503)] * 2
    assert ec2.describe_volumes()["Volumes"]


def test_only_what_matches_suffers(faulty: DemoCloud) -> None:
    faulty.order({"kind": "error", "match": {**VOLUMES, "account": DATA, "region": "eu-west-1"}, "times": None})
    assert client(faulty, "ec2", keys=RETAIL).describe_volumes()["Volumes"]
    assert client(faulty, "ec2", "us-east-1", DATA).describe_volumes()["Volumes"]
    assert client(faulty, "ec2", keys=DATA).describe_addresses()["Addresses"]
    assert refused(client(faulty, "ec2", keys=DATA).describe_volumes)[0] == "ThrottlingException"


def test_a_page_in_the_middle_fails(faulty: DemoCloud) -> None:
    faulty.order({"kind": "error", "match": VOLUMES, "page": 2, "status": 500, "code": "InternalError"})
    pages = client(faulty, "ec2").get_paginator("describe_volumes").paginate()
    seen: list[int] = []
    with pytest.raises(ClientError, match="InternalError"):
        seen.extend(len(page["Volumes"]) for page in pages)
    assert seen == [100]


def test_a_connection_drops(faulty: DemoCloud) -> None:
    faulty.order({"kind": "drop", "match": VOLUMES})
    ec2 = client(faulty, "ec2")
    with pytest.raises(HTTPClientError):
        ec2.describe_volumes()
    assert ec2.describe_volumes()["Volumes"]


def test_an_answer_is_late(faulty: DemoCloud) -> None:
    faulty.order({"kind": "delay", "match": VOLUMES, "seconds": 0.3})
    ec2, began = client(faulty, "ec2"), time.monotonic()
    assert ec2.describe_volumes()["Volumes"]
    assert time.monotonic() - began >= 0.3


def test_a_fault_that_nobody_knows_is_refused(faulty: DemoCloud) -> None:
    with pytest.raises(urllib.error.HTTPError, match="400"):
        faulty.order({"kind": "error", "matches": {}})


def test_a_field_of_an_answer_is_rewritten_on_the_wire(faulty: DemoCloud) -> None:
    disk = "vol-0de01e10000000001"
    order = {"kind": "rewrite", "match": VOLUMES, "within": disk, "times": 2}
    faulty.order(
        {**order, "path": "volumeSet/item/volumeType", "value": "odd"},
        {**order, "path": "volumeSet/item/snapshotId", "leave_out": True},
        {**order, "path": "volumeSet/item/size", "leave_out": True},
    )
    ec2 = client(faulty, "ec2")
    volumes = {one["VolumeId"]: one for one in ec2.describe_volumes()["Volumes"]}
    assert volumes.pop(disk)["VolumeType"] == "odd"
    assert {one["VolumeType"] for one in volumes.values()}.isdisjoint({"odd"})
    assert all("Size" in one for one in volumes.values())
    assert "Size" not in next(one for one in ec2.describe_volumes()["Volumes"] if one["VolumeId"] == disk)
    assert all("Size" in one for one in ec2.describe_volumes()["Volumes"])
