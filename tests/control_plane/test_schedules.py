"""/api/v1/schedules."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from stores import Store, audit
from stores.audit import AuditFilters

NIGHTLY = {"name": "prod", "cron": "30 2 * * *", "time_zone": "Europe/Paris", "selection": {"group": "web"}}
NOBODY = "0" * 32


async def made(api: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    answer = await api.post("/api/v1/schedules", json={**NIGHTLY, **changes})
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def account(api: httpx.AsyncClient, name: str, **changes: Any) -> str:
    body = {"provider": "aws", "name": name, "connection": {"mode": "demo", "account": "111111111111"}, **changes}
    answer = await api.post("/api/v1/accounts", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["account_id"])


async def test_a_schedule_tells_when_it_is_due_next(api: httpx.AsyncClient) -> None:
    schedule = await made(api)
    assert schedule["due_at"] == "2026-11-22T01:30:00Z"
    assert (await api.get(f"/api/v1/schedules/{schedule['schedule_id']}")).json() == schedule
    following = await api.get(f"/api/v1/schedules/{schedule['schedule_id']}/next", params={"count": 2})
    assert following.json() == {"items": ["2026-11-22T01:30:00Z", "2026-11-23T01:30:00Z"]}


async def test_a_change_leaves_the_rest_as_it_is(api: httpx.AsyncClient) -> None:
    schedule = await made(api, services=["@storage"], jitter_minutes=0)
    place = f"/api/v1/schedules/{schedule['schedule_id']}"
    changed = (await api.patch(place, json={"cron": "0 5 * * *", "services": None})).json()
    assert changed["due_at"] == "2026-11-22T04:00:00Z"
    assert changed["services"] is None
    assert {**changed, "cron": 0, "services": 0, "due_at": 0, "starts_at": 0} == {
        **schedule, "cron": 0, "services": 0, "due_at": 0, "starts_at": 0,
    }  # fmt: skip


async def test_a_paused_schedule_is_not_due_and_can_be_run(api: httpx.AsyncClient) -> None:
    shop = await account(api, "shop", group="web")
    schedule = await made(api)
    place = f"/api/v1/schedules/{schedule['schedule_id']}"
    assert (await api.patch(place, json={"paused": True})).json()["due_at"] is None
    run = await api.post(f"{place}/run")
    assert run.status_code == 202
    (scan,) = run.json()["started"]["scans"]
    assert scan["account_id"] == shop
    assert (await api.get(f"{place}/runs")).json()["items"] == [run.json()]
    parent = run.json()["started"]["parent_id"]
    together = (await api.get("/api/v1/scans", params={"parent_id": parent})).json()["items"]
    assert [each["scan_id"] for each in together] == [scan["scan_id"]]


async def test_a_run_that_is_asked_for_twice_leaves_out_what_still_runs(api: httpx.AsyncClient) -> None:
    await account(api, "shop", group="web")
    place = f"/api/v1/schedules/{(await made(api))['schedule_id']}"
    await api.post(f"{place}/run")
    second = (await api.post(f"{place}/run")).json()["started"]
    assert second["scans"] == []
    assert second["left_out"][0]["reason"] == "its scan of the run before still runs"


async def test_a_name_stands_for_one_schedule(api: httpx.AsyncClient) -> None:
    first, second = await made(api), await made(api, name="other")
    again = await api.post("/api/v1/schedules", json=NIGHTLY)
    assert again.status_code == 409
    renamed = await api.patch(f"/api/v1/schedules/{second['schedule_id']}", json={"name": "prod"})
    assert renamed.status_code == 409
    kept = await api.patch(f"/api/v1/schedules/{first['schedule_id']}", json={"name": "prod"})
    assert kept.status_code == 200


async def test_a_deleted_schedule_is_gone(api: httpx.AsyncClient) -> None:
    place = f"/api/v1/schedules/{(await made(api))['schedule_id']}"
    assert (await api.delete(place)).status_code == 204
    assert (await api.get(place)).status_code == 404


async def test_the_first_account_brings_a_nightly_schedule(api: httpx.AsyncClient) -> None:
    assert (await api.get("/api/v1/schedules")).json() == {"items": []}
    await account(api, "shop")
    (nightly,) = (await api.get("/api/v1/schedules")).json()["items"]
    assert (nightly["name"], nightly["selection"]) == ("nightly", {"all": True})


async def test_who_did_what_stands_in_the_audit_log(api: httpx.AsyncClient, store: Store) -> None:
    schedule_id = (await made(api))["schedule_id"]
    await api.patch(f"/api/v1/schedules/{schedule_id}", json={"paused": True})
    await api.post(f"/api/v1/schedules/{schedule_id}/run")
    await api.delete(f"/api/v1/schedules/{schedule_id}")
    async with store.read() as reading:
        told = await audit.find_entries(reading, "default", AuditFilters(target=schedule_id), limit=9)
    assert [each.action for each in told] == ["schedule.delete", "schedule.run", "schedule.change", "schedule.create"]


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"cron": "61 2 * * *"}, "cron", "bad minute"),
        ({"cron": "every night"}, "cron", "minute hour day month weekday"),
        ({"time_zone": "Europe/Pari"}, "time_zone", 'did you mean "Europe/Paris"'),
        ({"selection": {}}, "selection", "exactly one of"),
        ({"selection": {"group": "web", "all": True}}, "selection", "given: group, all"),
        ({"selection": {"accounts": ["x"]}}, "selection.accounts[0]", "0-9a-f"),
        ({"services": ["ebss"]}, "services", 'did you mean "ebs"'),
        ({"regions": ["eu-west-9"]}, "regions", "unknown region"),
        ({"jitter_minutes": 721}, "jitter_minutes", "720"),
        ({"nme": "x"}, "nme", 'did you mean "name"'),
    ],
)
async def test_what_cannot_be_is_refused_with_the_field(
    api: httpx.AsyncClient, changes: dict[str, Any], field: str, said: str
) -> None:
    answer = await api.post("/api/v1/schedules", json={**NIGHTLY, **changes})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["field"].startswith(field.split("[", maxsplit=1)[0].split(".", maxsplit=1)[0])
    assert said in str(error)


@pytest.mark.parametrize("change", [{}, {"cron": None}, {"selection": None}, {"paused": None}])
async def test_a_change_says_something(api: httpx.AsyncClient, change: dict[str, Any]) -> None:
    schedule = await made(api)
    answer = await api.patch(f"/api/v1/schedules/{schedule['schedule_id']}", json=change)
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/run"), ("GET", "/runs"), ("GET", "/next")],
)
async def test_what_is_not_there_is_not_found(api: httpx.AsyncClient, method: str, path: str) -> None:
    body = {"paused": True} if method == "PATCH" else None
    answer = await api.request(method, f"/api/v1/schedules/{NOBODY}{path}", json=body)
    assert answer.status_code == 404
