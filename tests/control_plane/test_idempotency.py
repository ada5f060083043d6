"""POST /api/v1/scans with an Idempotency-Key."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from stores import Store, scans

WANTED = {"provider": "aws", "services": ["ebs"], "regions": ["eu-west-1"]}


async def ask(api: httpx.AsyncClient, key: str, body: Any = WANTED) -> httpx.Response:
    return await api.post("/api/v1/scans", json=body, headers={"Idempotency-Key": key})


async def count(store: Store) -> int:
    async with store.read() as reading:
        return len(await scans.unpublished_scans(reading, 100))


@pytest.mark.parametrize(
    "again",
    [
        pytest.param(WANTED, id="as it was"),
        pytest.param(dict(reversed(WANTED.items())), id="in another order"),
        pytest.param({**WANTED, "lookback_days": 14, "connection": {"mode": "ambient"}}, id="defaults written out"),
    ],
)
async def test_the_same_request_with_its_key_is_the_same_scan(
    api: httpx.AsyncClient, store: Store, again: dict[str, Any]
) -> None:
    first, second = await ask(api, "nightly-1"), await ask(api, "nightly-1", again)
    assert (first.status_code, second.status_code) == (202, 202)
    assert second.json() == first.json()
    assert second.headers["location"] == first.headers["location"]
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert await count(store) == 1


async def test_another_request_with_the_key_is_refused_and_the_key_is_named(
    api: httpx.AsyncClient, store: Store
) -> None:
    await ask(api, "nightly-1")
    answer = await ask(api, "nightly-1", {**WANTED, "regions": ["us-east-1"]})
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert 'Idempotency-Key "nightly-1" stands for another request' in answer.json()["detail"]
    assert await count(store) == 1


async def test_another_key_is_another_scan_and_so_is_none(api: httpx.AsyncClient, store: Store) -> None:
    answers = [await ask(api, "a"), await ask(api, "b"), *[await api.post("/api/v1/scans", json=WANTED) for _ in "12"]]
    assert len({answer.json()["scan_id"] for answer in answers}) == 4
    assert await count(store) == 4


async def test_a_request_that_was_refused_takes_no_key(api: httpx.AsyncClient) -> None:
    assert (await ask(api, "k", {"provider": "aws", "services": ["ebss"]})).status_code == 422
    accepted = await ask(api, "k")
    assert accepted.status_code == 202
    assert "idempotency-replayed" not in accepted.headers


@pytest.mark.parametrize("key", ["", "x" * 201, "with space", "\xe9"])
async def test_a_key_that_cannot_be_is_told(api: httpx.AsyncClient, store: Store, key: str) -> None:
    answer = await api.post("/api/v1/scans", json=WANTED, headers=[(b"Idempotency-Key", key.encode("latin-1"))])
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "idempotency-key"
    assert await count(store) == 0


async def test_many_at_once_are_one_scan(api: httpx.AsyncClient, store: Store) -> None:
    answers = await asyncio.gather(*(ask(api, "k") for _ in range(10)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["scan_id"] for answer in answers}) == 1
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == 9
    assert await count(store) == 1
