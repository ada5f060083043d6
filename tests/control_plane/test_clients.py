"""No client sees anything of another."""

from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI

from control_plane.principal import Principal, current_principal
from stores import Store
from tests.control_plane.facts import ACCOUNT, fact, keep, read, run, spec, volume, wasted

A = volume("vol-a")
HERS = wasted(A, "disk.unattached", "8.80", client_id="acme", scan_id="scan-acme")


@pytest.fixture(autouse=True)
async def _stored(store: Store) -> None:
    await run(store, spec("scan-acme", "acme"), [read("ebs"), read("s3")])
    await keep(store, [HERS, fact(A, "aws.metadata.ebs.size_gib", 100, client_id="acme", scan_id="scan-acme")])


@pytest.fixture
async def paths(app: FastAPI, api: httpx.AsyncClient) -> list[str]:
    """Everything that acme can see, by path."""
    app.dependency_overrides[current_principal] = lambda: Principal("acme")
    finding = (await api.get("/api/v1/findings")).json()["items"][0]["id"]
    found = [
        "/api/v1/scans/scan-acme",
        "/api/v1/scans/scan-acme/progress",
        f"/api/v1/events/{HERS.id}",
        f"/api/v1/resources/{A}",
        f"/api/v1/findings/{finding}",
        "/api/v1/findings?scan_id=scan-acme",
        "/api/v1/events?scan_id=scan-acme",
        "/api/v1/events?scan_id=scan-acme&stream=true",
        "/api/v1/resources?scan_id=scan-acme",
    ]
    for path in found:
        assert (await api.get(path)).status_code == 200, path
    app.dependency_overrides.clear()
    return found


async def test_what_belongs_to_another_client_is_not_found(api: httpx.AsyncClient, paths: list[str]) -> None:
    for path in paths:
        answer = await api.get(path)
        assert answer.status_code == 404, path
        assert ACCOUNT not in answer.json()["detail"].replace(A, "")


async def test_lists_totals_and_the_page_show_nothing_of_another_client(
    api: httpx.AsyncClient, paths: list[str]
) -> None:
    for noun in ("scans", "events", "resources", "findings"):
        assert (await api.get(f"/api/v1/{noun}")).json()["items"] == []
    told = (await api.get("/api/v1/findings")).json()
    assert (told["totals"]["findings"], told["coverage"]) == (0, None)
    assert (await api.get("/api/v1/events?stream=true")).content == b""
    page = (await api.get("/")).text
    assert "Nothing was scanned yet" in page
    assert "vol-a" not in page


async def test_a_new_scan_belongs_to_who_asked(app: FastAPI, api: httpx.AsyncClient) -> None:
    app.dependency_overrides[current_principal] = lambda: Principal("globex")
    asked = {"provider": "aws", "connection": {"mode": "demo", "account": "111111111111"}}
    scan_id = (await api.post("/api/v1/scans", json=asked)).json()["scan_id"]
    assert (await api.get(f"/api/v1/scans/{scan_id}")).status_code == 200
    app.dependency_overrides.clear()
    assert (await api.get(f"/api/v1/scans/{scan_id}")).status_code == 404
