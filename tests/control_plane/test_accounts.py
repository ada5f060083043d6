"""/api/v1/accounts and /api/v1/jobs: what can be asked for, and what is told."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from control_plane.principal import Principal, current_principal
from schemas.scan import Connection
from stores import Store, jobs, scans

ROLE = "arn:aws:iam::123456789012:role/audit"
DEMO = {"provider": "aws", "name": "retail", "connection": {"mode": "demo", "account": "111111111111"}}


def asked(**fields: Any) -> dict[str, Any]:
    return {**DEMO, **fields}


async def added(api: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    answer = await api.post("/api/v1/accounts", json=asked(**fields))
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def errors(api: httpx.AsyncClient, body: dict[str, Any]) -> list[tuple[str, str]]:
    answer = await api.post("/api/v1/accounts", json=body)
    assert answer.status_code == 422, answer.text
    return [(each["field"], each["allowed"]) for each in answer.json()["errors"]]


async def test_an_account_is_told_as_it_was_added(api: httpx.AsyncClient) -> None:
    told = await added(api, tags={"team": "web"}, group="shops", unit_path="root/production")
    assert told["connection"] == {"mode": "demo", "account": "111111111111"}
    assert (told["native_id"], told["status"], told["group"]) == ("111111111111", "active", "shops")
    again = await api.get(f"/api/v1/accounts/{told['account_id']}")
    assert again.json() == told


async def test_the_external_id_is_ours_and_stays(api: httpx.AsyncClient) -> None:
    first = await added(api, connection={"mode": "assume_role", "role_arn": ROLE})
    other = ROLE.replace("1234", "9999")
    second = await added(api, connection={"mode": "assume_role", "role_arn": other})
    made = first["connection"]["external_id"]
    assert len(made) >= 20
    assert made != second["connection"]["external_id"]
    change = {"connection": {"mode": "assume_role", "role_arn": f"{ROLE}-2"}}
    changed = await api.patch(f"/api/v1/accounts/{first['account_id']}", json=change)
    assert changed.json()["connection"] == {"mode": "assume_role", "role_arn": f"{ROLE}-2", "external_id": made}


@pytest.mark.parametrize(
    ("connection", "field", "says"),
    [
        ({"mode": "assume_role", "role_arn": ROLE, "external_id": "mine"}, "connection.external_id", "made by us"),
        ({"mode": "assume_role"}, "connection.role_arn", "mode assume_role needs it"),
        ({"mode": "assume_role", "role_arn": "arn:x"}, "connection.role_arn", "the ARN of a role"),
        ({"mode": "demo", "account": "12"}, "connection.account", "twelve digits"),
        ({"mode": "demo", "account": "111111111111", "role_arn": ROLE}, "connection.role_arn", "it takes: account"),
        ({"mode": "magic"}, "connection.mode", "allowed for aws: assume_role"),
    ],
)
async def test_a_wrong_connection_names_its_field(
    api: httpx.AsyncClient, connection: dict[str, str], field: str, says: str
) -> None:
    ((told, allowed),) = await errors(api, asked(connection=connection))
    assert told == field
    assert says in allowed


async def test_the_same_account_is_added_once(api: httpx.AsyncClient) -> None:
    await added(api)
    answer = await api.post("/api/v1/accounts", json=asked(name="again"))
    assert answer.status_code == 409
    assert "aws account 111111111111 was added already" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, ["a", "b", "c"]),
        ({"group": "shops"}, ["a", "b"]),
        ({"tag": "env"}, ["a", "c"]),
        ({"tag": "env=prod"}, ["a"]),
        ({"tag": "ENV"}, []),
        ({"unit_path": "root/production"}, ["a", "c"]),
        ({"native_id": "222222222222"}, ["b"]),
        ({"status": "suspended"}, []),
        ({"provider": "gcp"}, []),
    ],
)
async def test_accounts_are_found_by_each_filter(
    api: httpx.AsyncClient, query: dict[str, str], names: list[str]
) -> None:
    place = {"mode": "demo", "account": "222222222222"}
    third = {"mode": "demo", "account": "333333333333"}
    await added(api, name="a", group="shops", tags={"env": "prod"}, unit_path="root/production")
    await added(api, name="b", group="shops", tags={"x": 'a"env":"prod"'}, unit_path="root/prod", connection=place)
    await added(api, name="c", tags={"env": "test"}, unit_path="root/production/web", connection=third)
    found = (await api.get("/api/v1/accounts", params=query)).json()
    assert [each["name"] for each in found["items"]] == names


async def test_pages_go_on_where_the_last_one_ended(api: httpx.AsyncClient) -> None:
    for number in range(3):
        connection = {"mode": "demo", "account": f"{number}" * 12}
        await added(api, name="same name", connection=connection)
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await api.get("/api/v1/accounts", params={"limit": 1, **cursor})).json()
        seen += [each["native_id"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert sorted(seen) == ["000000000000", "111111111111", "222222222222"]


async def test_what_is_left_out_of_a_change_stays(api: httpx.AsyncClient) -> None:
    told = await added(api, group="shops", tags={"team": "web"})
    changed = (await api.patch(f"/api/v1/accounts/{told['account_id']}", json={"group": None})).json()
    assert (changed["group"], changed["tags"], changed["name"]) == (None, {"team": "web"}, "retail")


@pytest.mark.parametrize("change", [{}, {"name": None}, {"tags": None}, {"status": None}, {"status": "gone"}])
async def test_an_empty_change_is_refused(api: httpx.AsyncClient, change: dict[str, None]) -> None:
    told = await added(api)
    assert (await api.patch(f"/api/v1/accounts/{told['account_id']}", json=change)).status_code == 422


async def test_a_change_cannot_turn_it_into_another_account(api: httpx.AsyncClient) -> None:
    told = await added(api)
    change = {"connection": {"mode": "demo", "account": "222222222222"}}
    assert (await api.patch(f"/api/v1/accounts/{told['account_id']}", json=change)).status_code == 409


async def test_a_deleted_account_is_gone(api: httpx.AsyncClient) -> None:
    path = f"/api/v1/accounts/{(await added(api))['account_id']}"
    assert (await api.delete(path)).status_code == 204
    assert [(await call(path)).status_code for call in (api.get, api.delete)] == [404, 404]
    assert (await api.post(f"{path}/test")).status_code == 404


async def test_a_test_is_a_job(api: httpx.AsyncClient) -> None:
    account = (await added(api))["account_id"]
    answer = await api.post(f"/api/v1/accounts/{account}/test")
    assert (answer.status_code, answer.json()["status"]) == (202, "QUEUED")
    job = (await api.get(answer.headers["location"])).json()
    assert (job["kind"], job["target"], job["result"], job["error"]) == ("probe", account, None, None)
    listed = (await api.get("/api/v1/jobs", params={"kind": "probe", "target": account})).json()
    assert listed == {"items": [job], "next_cursor": None}
    assert (await api.get("/api/v1/jobs", params={"status": "FAILED"})).json()["items"] == []


async def test_nothing_reaches_a_suspended_account(api: httpx.AsyncClient, store: Store) -> None:
    path = f"/api/v1/accounts/{(await added(api))['account_id']}"
    await api.patch(path, json={"status": "suspended"})
    answer = await api.post(f"{path}/test")
    assert answer.status_code == 409
    assert "is suspended" in answer.json()["detail"]
    async with store.read() as reading:
        assert await jobs.unpublished_jobs(reading, 10) == []


async def test_accounts_and_jobs_of_another_client_are_not_there(app: FastAPI, api: httpx.AsyncClient) -> None:
    path = f"/api/v1/accounts/{(await added(api))['account_id']}"
    job = (await api.post(f"{path}/test")).headers["location"]
    app.dependency_overrides[current_principal] = lambda: Principal("rival")
    statuses = [
        (await api.get(path)).status_code,
        (await api.patch(path, json={"name": "mine"})).status_code,
        (await api.delete(path)).status_code,
        (await api.post(f"{path}/test")).status_code,
        (await api.get(job)).status_code,
    ]
    assert statuses == [404] * 5
    assert (await api.get("/api/v1/accounts")).json()["items"] == []
    assert (await api.get("/api/v1/jobs")).json()["items"] == []


async def test_only_who_runs_the_product_may_use_the_workers_own_identity(app: FastAPI, api: httpx.AsyncClient) -> None:
    app.dependency_overrides[current_principal] = lambda: Principal("rival")
    ((field, allowed),) = await errors(api, asked(connection={"mode": "profile", "profile": "audit"}))
    assert field == "connection.mode"
    assert "the workers' own identity" in allowed


async def test_a_scan_may_name_an_account(api: httpx.AsyncClient, store: Store) -> None:
    account = (await added(api))["account_id"]
    answer = await api.post("/api/v1/scans", json={"account": account, "services": ["ec2"]})
    assert answer.status_code == 202, answer.text
    async with store.read() as reading:
        row = await scans.get_scan(reading, None, answer.json()["scan_id"])
    assert row is not None
    assert (row.spec.provider, row.spec.account, row.spec.services) == ("aws", account, ("ec2",))
    assert row.spec.connection == Connection(mode="demo", account="111111111111")
    assert (await api.get(answer.headers["location"])).json()["account"] == account


@pytest.mark.parametrize(
    ("more", "status", "says"),
    [
        ({"provider": "aws"}, 422, "provider: the account tells it already"),
        ({"connection": {"mode": "ambient"}}, 422, "connection: the account tells it already"),
        ({"services": ["vm"]}, 422, "unknown service for aws"),
        ({"account": "f" * 32}, 404, 'there is no account "ffff'),
        ({"account": "mine"}, 422, "account: text of the form"),
    ],
)
async def test_a_scan_by_account_that_cannot_be(
    api: httpx.AsyncClient, more: dict[str, Any], status: int, says: str
) -> None:
    account = (await added(api))["account_id"]
    answer = await api.post("/api/v1/scans", json={"account": account, **more})
    assert (answer.status_code, says in answer.json()["detail"]) == (status, True), answer.text


async def test_a_suspended_account_is_not_scanned(api: httpx.AsyncClient) -> None:
    account = (await added(api))["account_id"]
    await api.patch(f"/api/v1/accounts/{account}", json={"status": "suspended"})
    assert (await api.post("/api/v1/scans", json={"account": account})).status_code == 409


@pytest.mark.parametrize(
    "connection",
    [
        {"mode": "ambient"},
        {"mode": "profile", "profile": "p"},
        {"mode": "assume_role", "role_arn": ROLE, "external_id": "of-another"},
    ],
)
async def test_no_other_client_says_where_the_workers_identity_goes(
    app: FastAPI, api: httpx.AsyncClient, connection: dict[str, str]
) -> None:
    app.dependency_overrides[current_principal] = lambda: Principal("rival")
    answer = await api.post("/api/v1/scans", json={"provider": "aws", "connection": connection})
    assert (answer.status_code, [each["field"] for each in answer.json()["errors"]]) == (422, ["connection.mode"])
