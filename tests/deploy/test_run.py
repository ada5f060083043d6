"""What compose.yaml would start, started as processes over a real Kafka and PostgreSQL: a scan goes through them.

Their metrics are scraped by a real Prometheus with the rules and panels of deploy/, and their spans arrive as OTLP.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from connections.vault import LocalKek
from demo_cloud import DemoCloud
from tests.deploy.compose import DEPLOY, image_environment, services
from tests.support.identity import KEY, SIGNED_IN
from tests.support.kafka import own_broker
from tests.support.postgres import free_port
from tests.support.receiver import Receiver, receiving

SENTINEL = Path(sys.executable).parent / "sentinel"
ROLES = ("api", "planner", "worker", "materializer")
ACCOUNT = "222222222222"
"""One of its calls is denied: the scan is PARTIAL, and has a gap to show."""

pytestmark = [pytest.mark.slow, pytest.mark.kafka, pytest.mark.timeout(300)]


async def until(claim: Callable[[], Any], *, seconds: float = 120) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if found := await asyncio.to_thread(claim):
                return found
        except httpx.TransportError:
            pass
        await asyncio.sleep(0.3)
    raise TimeoutError(claim)


async def settled(look: Callable[[], Any], wanted: object, *, seconds: float = 60) -> None:
    """Looks until it is as wanted; at the end of the time what it is stands in the error."""
    found: list[object] = []

    def there() -> bool:
        found.append(look())
        return bool(found[-1] == wanted)

    with suppress(TimeoutError):
        await until(there, seconds=seconds)
    assert found[-1] == wanted


class Platform:
    """The services of compose.yaml that are ours. Only addresses differ from what is written there."""

    def __init__(self, folder: Path, kafka: str, postgres: str, cloud: DemoCloud, collector: str) -> None:
        self.folder, self.port = folder, free_port()
        self.metrics = {role: free_port() for role in ROLES}
        self._moved = {"kafka://kafka:9092": f"kafka://{kafka}"}
        self._moved["postgresql://sentinel:planted@postgres:5432/sentinel"] = postgres
        private, public = LocalKek.generate().texts()
        self._given = {
            "POSTGRES_PASSWORD": "planted",
            "GRAFANA_PASSWORD": "planted",
            "SENTINEL_OTLP_ENDPOINT": collector,
            "SENTINEL_TOKEN_KEYS": "planted" * 5,
            "SENTINEL_KEK": private,
            "SENTINEL_KEK_PUBLIC": public,
            "SENTINEL_FIRST_KEY": KEY,
        }
        self._demo = {
            "SENTINEL_DEMO_ENDPOINT": cloud.endpoint,
            "SENTINEL_FIXED_NOW": cloud.now.isoformat(),
            "SENTINEL_HOME": str(folder),
            "SENTINEL_HOST": "127.0.0.1",
            "SENTINEL_PORT": str(self.port),
        }
        self.started: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("SENTINEL_", "AWS_"))}
        told = services(self._given)
        for role in ROLES:
            settings = {
                name: self._moved.get(value, value) for name, value in told[role]["environment"].items() if value
            }
            own = {"SENTINEL_METRICS_PORT": str(self.metrics[role])}
            image = {name: value for name, value in image_environment().items() if name.startswith("SENTINEL_")}
            with (self.folder / f"{role}.log").open("wb") as log:
                self.started[role] = subprocess.Popen(
                    [SENTINEL, *told[role]["command"]],
                    env=kept | image | settings | self._demo | own,
                    cwd=self.folder,
                    stdout=log,
                    stderr=log,
                )

    def stop(self) -> None:
        for process in self.started.values():
            process.terminate()
        for process in self.started.values():
            process.wait(15)

    def readiness(self) -> dict[str, Any]:
        return {role: httpx.get(f"http://127.0.0.1:{port}/readyz").json() for role, port in self.metrics.items()}

    def log(self, role: str) -> list[dict[str, Any]]:
        lines = (self.folder / f"{role}.log").read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]


@contextmanager
def prometheus(folder: Path, platform: Platform) -> Iterator[httpx.Client]:
    """A server with the configuration of deploy/, at a quicker pace and with the addresses of this machine."""
    found = shutil.which("prometheus")
    assert found, "install prometheus: apt-get install prometheus"
    config = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text())
    config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    (job,) = config["scrape_configs"]
    assert {name for dns in job["dns_sd_configs"] for name in dns["names"]} == set(ROLES)
    rows = [{"targets": [f"127.0.0.1:{port}"], "labels": {"process": role}} for role, port in platform.metrics.items()]
    config["scrape_configs"] = [{"job_name": job["job_name"], "static_configs": rows}]
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
    shutil.copy(DEPLOY / "prometheus/alerts.yml", folder)
    port = free_port()
    options = [f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/tsdb"]
    with (folder / "prometheus.log").open("wb") as log:
        server = subprocess.Popen([found, *options, f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=log)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
            yield client
    finally:
        server.terminate()
        server.wait(15)


def spans_of(collector: Receiver) -> list[Span]:
    found = []
    for request in collector.requests:
        told = ExportTraceServiceRequest.FromString(request.body)
        found += [one for group in told.resource_spans for scope in group.scope_spans for one in scope.spans]
    return found


def scanned(api: httpx.Client) -> dict[str, Any]:
    """A scan of a demo account, at its end."""
    asked = {"provider": "aws", "connection": {"mode": "demo", "account": ACCOUNT}, "services": ["ebs", "ec2", "s3"]}
    accepted = api.post("/api/v1/scans", json=asked)
    assert accepted.status_code == 202, accepted.text
    end = time.monotonic() + 120
    while time.monotonic() < end:
        told: dict[str, Any] = api.get(f"/api/v1/scans/{accepted.json()['scan_id']}").json()
        if told["status"] not in {"QUEUED", "RUNNING"}:
            return told
        time.sleep(0.5)
    raise TimeoutError(told)


def panels() -> list[tuple[str, str]]:
    """Title and query of each target of the dashboard, with Grafana's interval filled in."""
    board = json.loads((DEPLOY / "grafana/dashboards/cloud-sentinel.json").read_text())
    targets = [(panel["title"], target["expr"]) for panel in board["panels"] for target in panel.get("targets", [])]
    return [(title, query.replace("$__rate_interval", "1m")) for title, query in targets]


def answered(server: httpx.Client, query: str) -> list[dict[str, Any]]:
    told = server.get("/api/v1/query", params={"query": query}).json()
    assert told["status"] == "success", told
    result: list[dict[str, Any]] = told["data"]["result"]
    return result


def empty_panels(server: httpx.Client) -> list[str]:
    return [title for title, query in panels() if not answered(server, query)]


async def test_a_scan_goes_through_what_compose_would_start(
    kafka_means: None, postgres_url: str, tmp_path: Path
) -> None:
    async with receiving(lambda _: 200) as collector:
        with ExitStack() as stack:
            broker, _ = stack.enter_context(own_broker())
            cloud = stack.enter_context(DemoCloud.start())
            platform = Platform(tmp_path, broker, postgres_url, cloud, collector.url)
            platform.start()
            stack.callback(platform.stop)
            server = stack.enter_context(prometheus(tmp_path, platform))
            api = stack.enter_context(
                httpx.Client(base_url=f"http://127.0.0.1:{platform.port}", timeout=10, headers=SIGNED_IN)
            )
            await until(lambda: api.get("/readyz").status_code == 200)
            ended = await asyncio.to_thread(scanned, api)
            assert ended["status"] == "PARTIAL", ended
            assert sum(ended["counts"]["resources"].values()) > 0

            assert platform.readiness() == {role: {"status": "ok", "missing": []} for role in ROLES}
            await settled(lambda: empty_panels(server), [])
            (sent,) = answered(server, "sum(sentinel_scan_events_total)")
            (stored,) = answered(server, "sum(sentinel_store_events_total)")
            assert int(stored["value"][1]) == sum(ended["counts"]["events"].values())
            measured = int(stored["value"][1]) - int(sent["value"][1])  # these tell the sums, and are not in them
            assert measured == len({(each["service"], each["region"]) for each in ended["measures"]})
            rules = server.get("/api/v1/rules").json()["data"]["groups"][0]["rules"]
            assert {rule["health"] for rule in rules} == {"ok"}
            assert [alert["labels"] for alert in server.get("/api/v1/alerts").json()["data"]["alerts"]] == []

            def whole() -> set[str]:
                found = spans_of(collector)
                (trace,) = {one.trace_id for one in found if one.name == "POST /api/v1/scans"}
                return {one.name for one in found if one.trace_id == trace}

            wanted = {"POST /api/v1/scans", "scan accepted", "task discover", "task ec2", "task s3", "events stored"}
            await until(lambda: wanted <= whole(), seconds=30)
            (line,) = [each for each in platform.log("api") if each["event"] == "scan_accepted"]
            told = [each for each in platform.log("worker") if each["event"] == "task_finished"]
            assert {each["trace_id"] for each in told} == {line["trace_id"]}
            assert all({"scan_id", "task_id", "account", "region"} <= set(each) for each in told)
