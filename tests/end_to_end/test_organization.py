"""An organization of four accounts: found, scanned, and what one of them denies opened by the generated policy."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from control_plane.app import create_app
from demo_cloud import DemoCloud
from schemas.settings import Settings
from schemas.states import SCAN_TERMINAL, TASK_TERMINAL
from tests.data_plane.processes import RoleProcess, ending
from tests.support.identity import SETTINGS, SIGNED_IN

NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
HOLDING, RETAIL, DATA, SANDBOX = (digit * 12 for digit in "3124")
ROLES = ("planner", "worker", "materializer")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def demo() -> Iterator[DemoCloud]:
    with DemoCloud.start(now=NOW) as cloud:
        yield cloud


@pytest.fixture
async def api(demo: DemoCloud, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """The API, with the roles at work beside it."""
    shared = {"demo_endpoint": demo.endpoint, "fixed_now": NOW.isoformat()}
    application = create_app(Settings(home=tmp_path, demo_endpoint=demo.endpoint, fixed_now=NOW, **SETTINGS))
    transport = httpx.ASGITransport(application)
    async with (
        application.router.lifespan_context(application),
        httpx.AsyncClient(transport=transport, base_url="http://api.test", headers=SIGNED_IN) as client,
    ):
        with ending(*(RoleProcess(role, tmp_path, tmp_path / f"{role}.log", **shared) for role in ROLES)):
            yield client


async def posted(api: httpx.AsyncClient, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    answer = await api.post(path, json=body)
    assert answer.is_success, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def job(api: httpx.AsyncClient, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """The result of a job, once it has ended."""
    accepted = await posted(api, path, body)
    async with asyncio.timeout(90):
        while True:
            told: dict[str, Any] = (await api.get(f"/api/v1/jobs/{accepted['job_id']}")).json()
            if told["status"] in TASK_TERMINAL:
                assert told["status"] == "SUCCEEDED", told["error"]
                result: dict[str, Any] = told["result"]
                return result
            await asyncio.sleep(0.1)


async def scanned(api: httpx.AsyncClient, selection: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """By account: its scan, once all have ended."""
    wish = {"services": ["ebs", "rds_snapshot", "table"], "regions": ["eu-central-1"], "categories": ["waste"]}
    together = await posted(api, "/api/v1/scans/batch", {"selection": selection, **wish})
    async with asyncio.timeout(120):
        while True:
            query = {"parent_id": together["parent_id"]}
            items = (await api.get("/api/v1/scans", params=query)).json()["items"]
            if all(each["status"] in SCAN_TERMINAL for each in items):
                break
            await asyncio.sleep(0.1)
    assert len(items) == len(together["scans"])
    details = [(await api.get(f"/api/v1/scans/{each['scan_id']}")).json() for each in items]
    return {each["account_id"]: each for each in details}


async def test_an_organization_is_found_scanned_and_opened(api: httpx.AsyncClient, demo: DemoCloud) -> None:
    connection = {"mode": "demo", "account": HOLDING}
    way_in = await posted(api, "/api/v1/accounts", {"provider": "aws", "name": "holding", "connection": connection})
    holding = way_in["account_id"]
    found = await job(api, "/api/v1/organizations/discover", {"account": holding})
    assert {each["native_id"] for each in found["created"]} == {RETAIL, DATA, SANDBOX}

    scans = await scanned(api, {"unit_path": "Root"})
    assert {account: scan["status"] for account, scan in scans.items()} == {
        RETAIL: "COMPLETED",
        DATA: "COMPLETED",
        HOLDING: "PARTIAL",
        SANDBOX: "PARTIAL",
    }
    (missing,) = scans[HOLDING]["coverage"]["gaps"]
    assert (missing["action"], missing["by_organization"]) == ("rds:DescribeDBSnapshots", False)
    (forbidden,) = scans[SANDBOX]["coverage"]["gaps"]
    assert (forbidden["action"], forbidden["by_organization"]) == ("dynamodb:ListTables", True)
    assert forbidden["statement"] is None

    tested = await job(api, f"/api/v1/accounts/{holding}/test")
    assert [each["permission"] for each in tested["missing"]] == ["rds:DescribeDBSnapshots"]

    setup = (await api.get(f"/api/v1/accounts/{holding}/setup")).json()
    resources = yaml.safe_load(setup["text"])["Resources"].values()
    demo.attach(HOLDING, [one["Properties"]["PolicyDocument"] for one in resources if "ManagedPolicy" in one["Type"]])
    again = await scanned(api, {"accounts": [holding]})
    assert {account: scan["status"] for account, scan in again.items()} == {HOLDING: "COMPLETED"}
    opened = await job(api, f"/api/v1/accounts/{holding}/test")
    assert opened["missing"] == []
