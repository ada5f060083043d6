"""``sentinel scans``: list, show, watch, cancel and retry against a real server over the demo cloud."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from cli.ports import free_port
from demo_cloud import DemoCloud
from tests.cli.conftest import ACCOUNT
from tests.cli.terminal import SENTINEL, environment, sentinel
from tests.support.identity import SIGNED_IN

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("scans-server")]

STORED = "222222222222"


@dataclass
class Server:
    """``sentinel up`` over a demo cloud of its own."""

    cloud: DemoCloud
    api: httpx.Client
    process: subprocess.Popen[bytes]
    variables: Mapping[str, str]

    def accept(self, account: str = ACCOUNT, **asked: Any) -> str:
        body = {"provider": "aws", "connection": {"mode": "demo", "account": account}, **asked}
        answer = self.api.post("/api/v1/scans", json=body)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["scan_id"])

    def scan(self, scan_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.api.get(f"/api/v1/scans/{scan_id}").json()
        return found


def until(true: Callable[[], Any], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not _holds(true):
        assert time.monotonic() < end
        time.sleep(0.05)


def _holds(true: Callable[[], Any]) -> bool:
    try:
        return bool(true())
    except httpx.TransportError:
        return False


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home, port = tmp_path_factory.mktemp("server"), free_port()
    address = f"http://127.0.0.1:{port}"
    with DemoCloud.start() as cloud, httpx.Client(base_url=address, timeout=30, headers=SIGNED_IN) as api:
        variables = {"SENTINEL_DEMO_ENDPOINT": cloud.endpoint, "SENTINEL_TICK_SECONDS": "0.05"}
        with (home / "log").open("wb") as log:
            process = subprocess.Popen(
                [*SENTINEL, "up", "--port", str(port)], env=environment(home, variables), stdout=log, stderr=log
            )
        try:
            until(lambda: api.get("/readyz").is_success)
            yield Server(cloud, api, process, {"SENTINEL_API_URL": address})
        finally:
            process.terminate()
            process.wait(20)


@pytest.fixture
def slow(server: Server) -> Iterator[None]:
    """Each call of the cloud takes its time: what runs, runs long enough to be looked at."""
    server.cloud.order({"kind": "delay", "seconds": 0.2, "times": None})
    yield
    server.cloud.order()


def test_a_scan_is_watched_to_its_end_listed_and_shown(server: Server, home: Path, slow: None) -> None:
    scan_id = server.accept(services=["ebs", "eip"], regions=["eu-west-1"])
    watched = sentinel("scans", "watch", scan_id, home=home, variables=server.variables)
    assert watched.code == 0, watched.err
    assert "eip" in watched.err
    assert "1/1 regions" in watched.err
    assert f"{scan_id}  COMPLETED" in watched.out
    assert "2 of 2 services seen whole" in watched.out
    listed = sentinel("scans", "list", "--status", "completed", home=home, variables=server.variables)
    assert f"{scan_id}  COMPLETED  aws {ACCOUNT}" in listed.out
    shown = sentinel("scans", "show", scan_id, "--format", "json", home=home, variables=server.variables)
    assert json.loads(shown.out) == server.scan(scan_id)
    findings = server.scan(scan_id)["counts"]["findings"]
    assert f"findings  {findings['findings']} (" in watched.out


def test_a_scan_whose_findings_a_newer_one_told_again_says_so(server: Server, home: Path) -> None:
    older, newer = (server.accept(services=["eip"], regions=["us-east-1"]) for _ in range(2))
    until(lambda: {server.scan(each)["status"] for each in (older, newer)} == {"COMPLETED"})
    found = sum(task["findings"] for task in server.scan(older)["tasks"]["items"])
    assert found > 0
    shown = sentinel("scans", "show", older, home=home, variables=server.variables).out
    assert "findings  0, 0.00 a month" in shown
    assert f"{found} more were ignored, resolved or told again by a newer scan" in shown


def test_watching_goes_on_when_the_api_is_started_again(server: Server, home: Path, slow: None) -> None:
    scan_id = server.accept(services=["ebs", "ec2", "snapshot"])
    watching = subprocess.Popen(
        [*SENTINEL, "scans", "watch", scan_id],
        env=environment(home, server.variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until(lambda: server.scan(scan_id)["tasks"]["by_status"].get("SUCCEEDED", 0) >= 2)
    time.sleep(0.5)
    assert server.scan(scan_id)["status"] == "RUNNING"
    (api,) = [
        one for one in psutil.Process(server.process.pid).children() if "control_plane" in " ".join(one.cmdline())
    ]
    os.kill(api.pid, signal.SIGKILL)
    out, err = watching.communicate(timeout=60)
    assert watching.returncode == 0, err
    assert f"{scan_id}  COMPLETED" in out


def test_a_cancelled_scan_stops_and_is_not_retried(server: Server, home: Path, slow: None) -> None:
    scan_id = server.accept()
    until(lambda: server.scan(scan_id)["tasks"]["by_status"].get("RUNNING"))
    assert sentinel("scans", "cancel", scan_id, home=home, variables=server.variables).code == 0
    shown = sentinel("scans", "show", scan_id, home=home, variables=server.variables)
    assert f"{scan_id}  CANCELLED" in shown.out
    assert shown.code == 4
    retried = sentinel("scans", "retry", scan_id, home=home, variables=server.variables)
    assert retried.code == 2
    assert "was cancelled; ask for a new one" in retried.err


def test_what_was_denied_is_shown_with_what_opens_it_and_retried(server: Server, home: Path) -> None:
    scan_id = server.accept(STORED, services=["s3", "eip"], regions=["us-east-1"])
    watched = sentinel("scans", "watch", scan_id, "--quiet", home=home, variables=server.variables)
    assert watched.code == 4
    assert watched.err == ""
    assert f"{scan_id}  PARTIAL" in watched.out
    assert "(s3:ListAllMyBuckets)" in watched.out
    assert '"Effect": "Allow"' in watched.out
    retried = sentinel("scans", "retry", scan_id, home=home, variables=server.variables)
    assert retried.code == 0
    assert "looks again at s3 in us-east-1" in retried.out
    again = retried.out.split(" ", 1)[0]
    until(lambda: server.scan(again)["status"] == "FAILED")  # nothing else was asked for
    shown = sentinel("scans", "show", again, home=home, variables=server.variables)
    assert f"looks again at what {scan_id} missed" in shown.out


@pytest.mark.parametrize("command", ["show", "watch", "cancel", "retry"])
def test_an_unknown_scan_is_one_line(server: Server, home: Path, command: str) -> None:
    ran = sentinel("scans", command, "no/such scan", home=home, variables=server.variables)
    assert ran.code == 2
    assert ran.err.count("\n") == 1
    assert ran.out == ""


def test_without_a_server_it_is_one_line_that_helps(home: Path) -> None:
    variables = {"SENTINEL_API_URL": f"http://127.0.0.1:{free_port()}"}
    ran = sentinel("scans", "list", home=home, variables=variables)
    assert ran.code == 3
    assert "sentinel up" in ran.err
    assert ran.err.count("\n") == 1


def test_a_status_that_does_not_exist_is_answered_with_the_nearest(home: Path) -> None:
    ran = sentinel("scans", "list", "--status", "complete", home=home)
    assert ran.code == 2
    assert 'did you mean "completed"?' in ran.err
