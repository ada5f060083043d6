"""Each role its own process over a real Kafka, a worker killed in the middle: nothing lost, nothing there twice."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from cli.ports import free_port
from demo_cloud import EXPECTED, DemoCloud
from demo_cloud.check import compare
from tests.support.identity import SETTINGS, SIGNED_IN
from tests.support.kafka import own_broker

SENTINEL = Path(__file__).parents[2] / ".venv/bin/sentinel"
ACCOUNT = "111111111111"

pytestmark = [pytest.mark.slow, pytest.mark.kafka, pytest.mark.timeout(240)]


class Roles:
    """``sentinel run ROLE`` processes that share their settings."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self.folder = folder
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("SENTINEL_", "AWS_"))}
        self.environment = kept | {f"SENTINEL_{name.upper()}": str(value) for name, value in settings.items()}
        self.started: list[subprocess.Popen[bytes]] = []

    def start(self, role: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{role}-{len(self.started)}.log").open("wb") as log:
            process = subprocess.Popen(
                [SENTINEL, "run", role], env=self.environment, cwd=self.folder, stdout=log, stderr=log
            )
        self.started.append(process)
        return process

    def stop(self) -> None:
        for process in self.started:
            process.terminate()
        for process in self.started:
            process.wait(10)


@contextmanager
def working(home: Path, broker: str, cloud: DemoCloud, port: int) -> Iterator[Roles]:
    roles = Roles(
        home,
        home=home,
        bus=f"kafka://{broker}",
        port=port,
        demo_endpoint=cloud.endpoint,
        fixed_now=cloud.now.isoformat(),
        **SETTINGS,
        lease_seconds=3,
        worker_tasks=2,
        requests_per_second=200,
    )
    try:
        for role in ("api", "planner", "materializer"):
            roles.start(role)
        yield roles
    finally:
        roles.stop()


def until(claim: Callable[[], Any], *, seconds: float = 90) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if found := claim():
                return found
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise TimeoutError


def test_a_worker_that_dies_over_kafka_loses_nothing(kafka_means: None, tmp_path: Path) -> None:
    port = free_port()
    with ExitStack() as stack:
        broker, _ = stack.enter_context(own_broker())
        cloud = stack.enter_context(DemoCloud.start(page_size=10))
        cloud.order({"kind": "delay", "seconds": 0.05, "times": None})
        roles = stack.enter_context(working(tmp_path, broker, cloud, port))
        doomed = roles.start("worker")
        api = stack.enter_context(
            httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1", timeout=10, headers=SIGNED_IN)
        )
        until(lambda: api.get(f"http://127.0.0.1:{port}/readyz").status_code == 200)
        asked = {"provider": "aws", "connection": {"mode": "demo", "account": ACCOUNT}}
        accepted = api.post("/scans", json=asked)
        assert accepted.status_code == 202
        path = f"/scans/{accepted.json()['scan_id']}"

        def scan() -> dict[str, Any]:
            answer: dict[str, Any] = api.get(path).json()
            return answer

        until(lambda: scan()["counts"]["events"].get("metadata", 0) > 300)
        at_death = scan()
        doomed.kill()
        assert at_death["status"] == "RUNNING"
        assert at_death["tasks"]["by_status"].get("RUNNING", 0) > 0
        roles.start("worker")
        roles.start("worker")
        ended = until(lambda: (now := scan())["status"] not in {"QUEUED", "RUNNING"} and now)
        assert ended["status"] == "COMPLETED", ended["error"]
        assert max(task["attempt"] for task in ended["tasks"]["items"]) >= 2
        assert sum(ended["counts"]["events"].values()) == sum(task["events"] for task in ended["tasks"]["items"])
        found = api.get("/findings", params={"limit": 200}).json()["items"]
    planted = [row for row in EXPECTED if row.account == ACCOUNT]
    compared = compare((SimpleNamespace(**finding) for finding in found), planted)
    assert compared.equal, compared.lines()
