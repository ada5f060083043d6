"""The process: how it starts, what it says, how it ends, what a test may change."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from demo_cloud import DemoCloud
from demo_cloud.process import DemoCloudError
from tests.demo_cloud.clients import IRELAND, NOW, RETAIL, client


def test_a_busy_port_is_one_line_and_exit_3() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "demo_cloud", f"--port={port}"]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 3
    assert ended.stderr.splitlines() == [f"demo cloud: port {port} on 127.0.0.1 is in use; choose another with --port"]
    assert ended.stdout == ""


def test_it_counts_from_the_current_hour_and_ends_on_sigterm() -> None:
    before = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    with DemoCloud.start() as cloud:
        assert cloud.now in (before, before + timedelta(hours=1))
        cloud.process.send_signal(signal.SIGTERM)
        assert cloud.process.wait(5) == 0


def test_it_ends_with_its_parent(tmp_path: Path) -> None:
    code = "import demo_cloud, os, sys; c = demo_cloud.DemoCloud.start(); print(c.process.pid, flush=True); os._exit(0)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    pid, deadline = int(told.stdout), time.monotonic() + 5
    while Path(f"/proc/{pid}").exists() and "Z" not in _state(pid):
        assert time.monotonic() < deadline, "the demo cloud outlived its parent"
        time.sleep(0.1)


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return "Z"


def test_it_listens_on_loopback_only(cloud: DemoCloud) -> None:
    assert cloud.endpoint.startswith("http://127.0.0.1:")
    port = int(cloud.endpoint.rpartition(":")[2])
    listening = Path("/proc/net/tcp").read_text().splitlines()[1:]
    addresses = {line.split()[1].split(":")[0] for line in listening if line.split()[1].endswith(f":{port:04X}")}
    assert addresses == {"0100007F"}


def test_a_removed_resource_is_gone_and_an_added_one_there() -> None:
    gone = "arn:aws:ec2:eu-west-1:111111111111:volume/vol-0de01e10000000001"
    added = ["unattached_volume", "idle_instance"]
    with DemoCloud.start(now=NOW, remove=[gone, "retail-website"], add=added) as cloud:
        idle = client(cloud, "ec2", IRELAND, RETAIL).describe_instances(InstanceIds=["i-0de0add0000000001"])
        pages = client(cloud, "ec2").get_paginator("describe_volumes").paginate()
        volumes = set(pages.search("Volumes[].VolumeId"))
        buckets = {one["Name"] for one in client(cloud, "s3").list_buckets()["Buckets"]}
    assert "vol-0de01e10000000001" not in volumes
    assert "vol-0de0add0000000001" in volumes
    assert "retail-website" not in buckets
    assert idle["Reservations"][0]["Instances"][0]["State"]["Name"] == "running"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"remove": ["vol-nobody"]}, "remove: 'vol-nobody' is not allowed; no resource of the demo has this id"),
        ({"deny": ["nobody=s3:*"]}, "deny: 'nobody=s3:*' is not allowed"),
        ({"scale": 0}, "scale: 0 is not allowed; at least 1"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(change: dict[str, object], said: str) -> None:
    with pytest.raises(DemoCloudError, match="demo cloud: ") as caught:
        DemoCloud.start(**change)  # type: ignore[arg-type]  # a table of arguments
    assert said in str(caught.value)


def test_a_slow_answer_holds_up_nobody_else(faulty: DemoCloud) -> None:
    faulty.order({"kind": "delay", "match": {"operation": "DescribeAddresses"}, "seconds": 2})
    ec2 = client(faulty, "ec2")
    with ThreadPoolExecutor(1) as thread:
        slow = thread.submit(ec2.describe_addresses)
        assert ec2.describe_regions()["Regions"]
        assert not slow.done()
        assert slow.result()["Addresses"]


def test_expected_is_told_over_http_too(cloud: DemoCloud) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{cloud.endpoint}/__demo/expected") as answer:
        assert answer.read().count(b'"rule"') == len(cloud.expected())
