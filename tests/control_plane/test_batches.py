"""/api/v1/scans/batch."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

NUMBERS = {"shop": "111111111111", "data": "222222222222"}


@pytest.fixture(autouse=True)
async def _accounts(api: httpx.AsyncClient) -> None:
    for name, number in NUMBERS.items():
        connection = {"mode": "demo", "account": number}
        body = {"provider": "aws", "name": name, "connection": connection, "unit_path": f"Root/{name}"}
        assert (await api.post("/api/v1/accounts", json=body)).status_code == 201


async def asked(api: httpx.AsyncClient, selection: dict[str, Any], key: str = "", **body: Any) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    return await api.post("/api/v1/scans/batch", json={"selection": selection, **body}, headers=headers)


async def test_each_account_of_a_unit_gets_a_scan_and_they_are_found_together(api: httpx.AsyncClient) -> None:
    answer = await asked(api, {"unit_path": "Root"}, services=["ebs"])
    assert answer.status_code == 202
    told = answer.json()
    assert [each["native_id"] for each in told["scans"]] == [NUMBERS["data"], NUMBERS["shop"]]
    together = (await api.get(answer.headers["location"])).json()["items"]
    assert {each["scan_id"] for each in together} == {each["scan_id"] for each in told["scans"]}
    assert {each["parent_id"] for each in together} == {told["parent_id"]}


async def test_a_request_that_is_repeated_with_its_key_starts_nothing_more(api: httpx.AsyncClient) -> None:
    first = await asked(api, {"all": True}, "once")
    again = await asked(api, {"all": True}, "once")
    assert again.headers["idempotency-replayed"] == "true"
    assert {each["scan_id"] for each in again.json()["scans"]} == {each["scan_id"] for each in first.json()["scans"]}
    assert len((await api.get("/api/v1/scans")).json()["items"]) == 2
    assert (await asked(api, {"unit_path": "Root"}, "once")).status_code == 409


async def test_what_cannot_be_is_refused_with_the_field(api: httpx.AsyncClient) -> None:
    answer = await asked(api, {"all": True}, services=["ebss"])
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == ["services"]
    assert (await asked(api, {})).status_code == 422
