"""/api/v1/costs/ingestions: bills are taken by workers, from places that the operator opened."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from control_plane.app import create_app
from finops.ingest.run import ingest
from schemas.settings import Settings
from tests.control_plane.conftest import NOW
from tests.control_plane.test_accounts import added
from tests.finops.ingest.given import bill, desk_in, line, order_of
from tests.support.identity import SETTINGS, SIGNED_IN

PLACES = "s3://our-billing/, /srv/bills"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, bills=PLACES, fixed_now=NOW, demo_endpoint="http://127.0.0.1:9", **SETTINGS)


@pytest.fixture
async def closed(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """An API whose operator opened no place."""
    application = create_app(Settings(home=tmp_path, **SETTINGS), clock=lambda: NOW)
    async with application.router.lifespan_context(application):
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="http://api.test", headers=SIGNED_IN) as client:
            yield client


async def test_an_ingestion_is_a_job(api: httpx.AsyncClient) -> None:
    asked = {"source": "aws-cur", "path": "s3://our-billing/cur/2026"}
    answer = await api.post("/api/v1/costs/ingestions", json=asked)
    assert answer.status_code == 202
    job = (await api.get(answer.headers["location"])).json()
    assert (job["kind"], job["status"], job["target"]) == ("ingest", "QUEUED", "aws-cur")


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "s3://other/", "s3://our-billing-2/x", "/srv/bills/../secret.csv", "/srv/billsx", "x.csv"]
)
async def test_a_place_that_the_operator_did_not_open_is_refused(api: httpx.AsyncClient, path: str) -> None:
    answer = await api.post("/api/v1/costs/ingestions", json={"source": "aws-cur", "path": path})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["field"] == "path"
    assert "below s3://our-billing/, /srv/bills" in error["allowed"]


async def test_without_a_place_nothing_is_read(closed: httpx.AsyncClient) -> None:
    answer = await closed.post("/api/v1/costs/ingestions", json={"source": "aws-cur", "path": "/srv/bills/a.csv"})
    assert answer.status_code == 422
    assert "SENTINEL_BILLS" in answer.text


async def test_an_ingestion_is_told_with_its_reconciliation(api: httpx.AsyncClient, tmp_path: Path) -> None:
    async with desk_in(tmp_path) as desk:
        (done,) = await ingest(order_of(bill(tmp_path / "a.csv", line("1.234"), line("2.00", 2))), desk)
    (listed,) = (await api.get("/api/v1/costs/ingestions")).json()["items"]
    assert (listed["status"], listed["lines"], listed["balances"]) == ("complete", 2, None)
    told = (await api.get(f"/api/v1/costs/ingestions/{done.months[0].ingestion_id}")).json()
    assert told["balances"] == [{"currency": "USD", "source": "3.23", "store": "3.23", "difference": "0.00"}]
    assert (await api.get(f"/api/v1/costs/ingestions/{'0' * 32}")).status_code == 404


async def test_costs_are_asked_of_a_stored_account(api: httpx.AsyncClient) -> None:
    account = (await added(api))["account_id"]
    asked = {"source": "aws-ce", "account": account, "since": "2026-10-01"}
    answer = await api.post("/api/v1/costs/ingestions", json=asked)
    assert answer.status_code == 202, answer.text
    assert (await api.get(answer.headers["location"])).json()["target"] == "aws-ce"


@pytest.mark.parametrize(
    ("more", "status", "says"),
    [
        ({"source": "azure-query"}, 422, "source"),
        ({"source": "aws-cur"}, 422, "source"),
        ({"path": "/srv/bills/a.csv"}, 422, "a path or an account, not both"),
        ({"account": "f" * 32}, 404, "there is no account"),
        ({"since": "yesterday"}, 422, "since"),
    ],
)
async def test_what_an_account_cannot_give_is_refused(
    api: httpx.AsyncClient, more: dict[str, str], status: int, says: str
) -> None:
    account = (await added(api))["account_id"]
    answer = await api.post("/api/v1/costs/ingestions", json={"source": "aws-ce", "account": account, **more})
    assert (answer.status_code, says in answer.text) == (status, True), answer.text
