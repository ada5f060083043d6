"""Scan requests for Azure and Google Cloud: what is accepted, and how what is not is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from control_plane.app import create_app
from schemas.scan import Connection
from schemas.settings import Settings
from stores import Store, scans
from tests.support.identity import SETTINGS, SIGNED_IN

SUBSCRIPTION = "0de0a5e0-0000-4000-8000-00000000000a"
DISK = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/Web/providers/Microsoft.Compute/disks/Data"


def azure(**changes: Any) -> dict[str, Any]:
    return {"provider": "azure", "connection": {"mode": "ambient", "account": SUBSCRIPTION}, **changes}


def gcp(**changes: Any) -> dict[str, Any]:
    return {"provider": "gcp", "connection": {"mode": "ambient", "account": "web-production"}, **changes}


async def test_a_scan_of_google_cloud_is_stored(api: httpx.AsyncClient, store: Store) -> None:
    name = "//compute.googleapis.com/projects/web-production/zones/europe-west1-b/disks/data"
    answer = await api.post("/api/v1/scans", json=gcp(services=["@storage"], resource_ids=[name, name]))
    assert answer.status_code == 202, answer.text
    async with store.read() as reading:
        (row,) = await scans.unpublished_scans(reading, 10)
    assert row.spec.connection == Connection(mode="ambient", account="web-production")
    assert (row.spec.services, row.spec.resource_ids) == (("disk", "snapshot"), (name,))


async def test_a_scan_of_azure_is_stored_with_ids_in_one_form(api: httpx.AsyncClient, store: Store) -> None:
    answer = await api.post("/api/v1/scans", json=azure(services=["@storage"], resource_ids=[DISK, DISK.upper()]))
    assert answer.status_code == 202, answer.text
    async with store.read() as reading:
        (row,) = await scans.unpublished_scans(reading, 10)
    assert row.spec.connection == Connection(mode="ambient", account=SUBSCRIPTION)
    assert row.spec.services == ("disk", "snapshot")
    assert row.spec.resource_ids == (DISK.lower(),)


@pytest.mark.parametrize(
    ("asked", "field", "told"),
    [
        (azure(connection={"mode": "profile", "profile": "a"}), "connection.mode", "allowed for azure: ambient, demo"),
        (azure(connection={"account": "123456789012"}), "connection.account", "the id of a subscription"),
        (azure(connection={"mode": "demo"}), "connection.account", "mode demo needs it"),
        (azure(connection={"role_arn": "arn:aws:iam::123456789012:role/a"}), "connection.role_arn", "takes: account"),
        (azure(services=["ec2"]), "services", 'unknown service for azure "ec2"'),
        (azure(regions=["eu-west-1"]), "regions", 'unknown region for azure "eu-west-1"'),
        (azure(resource_ids=["arn:aws:s3:::x"]), "resource_ids[0]", "an Azure resource id"),
        (azure(provider="azur"), "provider", 'did you mean "azure"?'),
        (gcp(connection={"mode": "assume_role"}), "connection.mode", "allowed for gcp: ambient, demo"),
        (gcp(connection={"account": "Web Production"}), "connection.account", "the id of a project"),
        (gcp(services=["disks"]), "services", 'did you mean "disk"?'),
        (gcp(regions=["europe-west-1"]), "regions", 'did you mean "europe-west1"?'),
        (gcp(resource_ids=["projects/p/disks/d"]), "resource_ids[0]", "a full resource name"),
    ],
)
async def test_what_cannot_be_is_told_by_field(tmp_path: Path, asked: dict[str, Any], field: str, told: str) -> None:
    settings = Settings(home=tmp_path, azure_endpoint="https://127.0.0.1:9", **SETTINGS)
    application = create_app(settings)
    async with application.router.lifespan_context(application):
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="http://api.test", headers=SIGNED_IN) as api:
            answer = await api.post("/api/v1/scans", json=asked)
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert told in error["allowed"]


async def test_the_demo_of_google_cloud_needs_its_demo_cloud(api: httpx.AsyncClient) -> None:
    answer = await api.post("/api/v1/scans", json=gcp(connection={"mode": "demo", "account": "web-production"}))
    assert answer.status_code == 422
    assert "SENTINEL_GCP_ENDPOINT" in answer.json()["detail"]


async def test_the_demo_of_azure_needs_its_demo_cloud(api: httpx.AsyncClient) -> None:
    answer = await api.post("/api/v1/scans", json=azure(connection={"mode": "demo", "account": SUBSCRIPTION}))
    assert answer.status_code == 422
    assert "SENTINEL_AZURE_ENDPOINT" in answer.json()["detail"]
