"""A local Azure for tests: the demo's fake in this process, over TLS, with pages that are cut small."""

from __future__ import annotations

import ssl
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import pytest
from werkzeug.serving import make_server

from connections import connect
from demo_cloud.azure.certificate import write_certificates
from demo_cloud.azure.graph import Quota
from demo_cloud.azure.layer import AzureLayer
from demo_cloud.azure.names import SHOP
from demo_cloud.azure.scenario import build_azure_world
from demo_cloud.azure.world import AzureWorld
from demo_cloud.serving import QuietHandler
from scanners.core.registry import scanners
from scanners.core.run import Limits, operations_of, run_task
from schemas.event import CATEGORIES, Event
from schemas.scan import Connection, ScanSpec, TaskSpec
from schemas.settings import Settings
from tests.scanners.running import Result

NOW = datetime(2026, 11, 21, 4, tzinfo=UTC)
PRINCIPAL = "application scanner"
FAMILIES = {
    family: tuple(name for name, unit in scanners("azure").items() if unit.family == family)
    for family in sorted({unit.family for unit in scanners("azure").values()})
}


@dataclass
class Cloud:
    """The fake, and what a test may do to it."""

    world: AzureWorld
    layer: AzureLayer
    endpoint: str
    ca: Path

    @property
    def settings(self) -> Settings:
        return Settings(azure_endpoint=self.endpoint, azure_ca=str(self.ca))

    def fault(self, **fault: Any) -> None:
        self.layer.faults.order([{"kind": "error", "times": None, **fault}])

    def operations(self) -> list[str]:
        """What was called, without the sign-in: ``service operation``."""
        calls = self.layer.ledger.report()["calls"]
        return [f"{one['service']} {one['operation']}" for one in calls if one["service"] != "login"]


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return write_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def azure(certificates: tuple[Path, Path]) -> Iterator[Cloud]:
    yield from serve(build_azure_world(NOW), certificates, page_size=9, quota=Quota(1000))


def serve(world: AzureWorld, certificates: tuple[Path, Path], *, page_size: int, quota: Quota) -> Iterator[Cloud]:
    ca, chain = certificates
    layer = AzureLayer(world, page_size=page_size, quota=quota)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    server = make_server("127.0.0.1", 0, layer, threaded=True, request_handler=QuietHandler, ssl_context=context)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield Cloud(world, layer, f"https://127.0.0.1:{server.port}", ca)
    server.shutdown()
    thread.join()
    server.server_close()


def spec(**change: Any) -> ScanSpec:
    told: dict[str, Any] = {
        "scan_id": "scan-1",
        "client_id": "acme",
        "provider": "azure",
        "connection": Connection(mode="demo", account=SHOP),
        "services": tuple(scanners("azure")),
        "regions": None,
        "categories": CATEGORIES,
        "resource_ids": None,
        "lookback_days": 14,
        "asof": NOW,
    }
    return ScanSpec(**{**told, **change})


Scan = Callable[..., Any]


@pytest.fixture
async def scan(azure: Cloud) -> AsyncIterator[Scan]:
    """Runs one task against the fake, over the real connection."""
    opened = []

    async def run(
        kind: Literal["discover", "scan"] = "scan", family: str = "compute", account: str = SHOP, **change: Any
    ) -> Result:
        services = FAMILIES[family] if kind == "scan" else tuple(scanners("azure"))
        told = {"services": services, "connection": Connection(mode="demo", account=account), **change}
        limits = told.pop("limits", None)
        asked = spec(**told)
        clients = connect(asked, operations=operations_of("azure", asked.services), settings=azure.settings)
        opened.append(clients)
        known = ("", "", "") if kind == "discover" else (account, "AzureCloud", PRINCIPAL)
        return await run_one(
            TaskSpec(asked, "task-1", kind, 1, *known, family, "global", asked.services), clients, limits
        )

    yield run
    for clients in opened:
        await clients.close()


async def run_one(task: TaskSpec, clients: Any, limits: Limits | None = None) -> Result:
    events: list[Event] = []

    async def emit(batch: Any) -> None:
        events.extend(batch)

    async def ours() -> bool:
        return True

    chosen = limits or Limits(requests_per_second=1000, first_pause=0.001)
    try:
        outcome = await run_task(task, clients, emit=emit, still_ours=ours, limits=chosen)
    finally:
        chosen.close()
    return Result(outcome, events)
