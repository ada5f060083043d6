"""/api/v1/organizations."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from stores import Store, jobs

NOBODY = "0" * 32


async def added(api: httpx.AsyncClient, provider: str = "aws", **connection: str) -> str:
    told = connection or {"mode": "demo", "account": "333333333333"}
    answer = await api.post("/api/v1/accounts", json={"provider": provider, "name": "holding", "connection": told})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["account_id"])


async def test_a_discovery_is_a_job_that_holds_references_only(api: httpx.AsyncClient, store: Store) -> None:
    account = await added(api)
    answer = await api.post("/api/v1/organizations/discover", json={"account": account, "root": "r-de00"})
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/api/v1/jobs/{answer.json()['job_id']}"
    async with store.read() as reading:
        job = await jobs.get_job(reading, "default", answer.json()["job_id"])
    assert job is not None
    assert (job.kind, job.target) == ("discover", account)
    assert job.spec == {"root": "r-de00", "role_name": "cloud-sentinel-read", "group": None}


@pytest.mark.parametrize(
    ("provider", "connection", "body", "field"),
    [
        ("aws", {}, {"root": "prod"}, "root"),
        ("aws", {}, {"role_name": "a b"}, "role_name"),
        ("aws", {"mode": "ambient", "account": "333333333333"}, {}, "account"),
        ("gcp", {"mode": "ambient", "account": "web-production"}, {}, "root"),
        ("gcp", {"mode": "ambient", "account": "web-production"}, {"root": "folders/x"}, "root"),
    ],
)
async def test_what_cannot_be_is_refused_with_the_field(
    api: httpx.AsyncClient, provider: str, connection: dict[str, str], body: dict[str, Any], field: str
) -> None:
    account = await added(api, provider, **connection)
    answer = await api.post("/api/v1/organizations/discover", json={"account": account, **body})
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == [field]


async def test_an_account_that_is_not_there_or_not_active_is_no_way_in(api: httpx.AsyncClient) -> None:
    assert (await api.post("/api/v1/organizations/discover", json={"account": NOBODY})).status_code == 404
    account = await added(api)
    await api.patch(f"/api/v1/accounts/{account}", json={"status": "suspended"})
    assert (await api.post("/api/v1/organizations/discover", json={"account": account})).status_code == 409
