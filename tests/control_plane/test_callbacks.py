"""``callback_url`` of a scan request: what is refused, and what is told of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from control_plane.app import create_app
from schemas.errors import InvalidInputError
from schemas.settings import Settings
from tests.control_plane.conftest import NOW
from tests.support.identity import SETTINGS, SIGNED_IN

SIGNING = "whsec_" + "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"


@asynccontextmanager
async def api_with(home: Path, secret: str) -> AsyncIterator[httpx.AsyncClient]:
    application = create_app(Settings(home=home, callback_secret=secret, **SETTINGS), clock=lambda: NOW)
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(application), base_url="http://api.test", headers=SIGNED_IN
    )
    async with application.router.lifespan_context(application), client:
        yield client


@pytest.mark.parametrize(
    ("url", "secret", "told"),
    [
        ("http://example.com/", SIGNING, "an https address"),
        ("https://user:pass@example.com/", SIGNING, "an https address"),
        ("https:///path", SIGNING, "an https address"),
        ("https://example.com/#there", SIGNING, "an https address"),
        ("https://example.com:99999/", SIGNING, "an https address"),
        ("ftp://example.com/", SIGNING, "an https address"),
        ("https://example.com/", "", "SENTINEL_CALLBACK_SECRET is not set"),
    ],
)
async def test_a_call_back_that_cannot_be_is_refused(tmp_path: Path, url: str, secret: str, told: str) -> None:
    async with api_with(tmp_path, secret) as api:
        answer = await api.post("/api/v1/scans", json={"provider": "aws", "callback_url": url})
        listed = await api.get("/api/v1/scans")
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["field"] == "callback_url"
    assert told in error["allowed"]
    assert listed.json()["items"] == []


async def test_the_call_back_of_a_scan_is_told_without_its_query(tmp_path: Path) -> None:
    async with api_with(tmp_path, SIGNING) as api:
        asked = {"provider": "aws", "callback_url": "https://example.com/ended?token=planted"}
        scan_id = (await api.post("/api/v1/scans", json=asked)).json()["scan_id"]
        before = (await api.get(f"/api/v1/scans/{scan_id}")).json()
        await api.post(f"/api/v1/scans/{scan_id}/cancel")
        after = await api.get(f"/api/v1/scans/{scan_id}")
    assert before["callback"] is None
    assert after.json()["callback"]["url"] == "https://example.com/ended"
    assert after.json()["callback"]["next_attempt_at"] == "2026-11-21T04:00:00Z"
    assert "planted" not in after.text


def test_the_api_does_not_start_with_a_secret_that_cannot_sign(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="SENTINEL_CALLBACK_SECRET"):
        create_app(Settings(home=tmp_path, callback_secret="whsec_short"))
