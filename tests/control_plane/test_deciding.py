"""PATCH /api/v1/findings/{id}, POST /findings/bulk, GET /findings/{id}/history."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from msgspec.structs import replace

from control_plane.context import Context
from control_plane.findings import request
from control_plane.principal import Principal, current_principal
from schemas.finding import finding_id
from stores import Store
from tests.control_plane.conftest import NOW
from tests.control_plane.facts import keep, volume, wasted

A, B = volume("vol-a"), volume("vol-b")
OF_A, OF_B = (finding_id("default", each, "disk.unattached") for each in (A, B))
ELSEWHERE = finding_id("acme", A, "disk.unattached")
NOBODY = "0" * 32
DAY = timedelta(days=1)


class Clock:
    """The API's, put forward by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock(app: FastAPI) -> Clock:
    made = Clock()
    context: Context = app.state.context
    app.state.context = dataclasses.replace(context, clock=made)
    return made


@pytest.fixture(autouse=True)
async def _stored(store: Store) -> None:
    await keep(store, [wasted(A, "disk.unattached", "8.80"), wasted(B, "disk.unattached", "1.00")])
    await keep(store, [wasted(A, "disk.unattached", "5.00", client_id="acme")])


@pytest.fixture
def as_acme(app: FastAPI) -> Iterator[None]:
    app.dependency_overrides[current_principal] = lambda: Principal("acme", "erika")
    yield
    app.dependency_overrides.clear()


IGNORED = {"status": "ignored", "reason": "a spare disk"}
RESOLVED = {"status": "resolved", "note": "deleted by hand"}


async def decide(api: httpx.AsyncClient, asked: dict[str, Any], finding: str = OF_A) -> dict[str, Any]:
    answer = await api.patch(f"/api/v1/findings/{finding}", json=asked)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def listed(api: httpx.AsyncClient, **query: str) -> dict[str, str]:
    """Savings by status, and the sum that the totals tell."""
    told = (await api.get("/api/v1/findings", params=query)).json()
    savings: dict[str, str] = told["totals"]["monthly_saving"]
    return {item["monthly_saving"]: item["status"] for item in told["items"]} | savings


async def history(api: httpx.AsyncClient, finding: str = OF_A, **query: Any) -> list[str]:
    told = (await api.get(f"/api/v1/findings/{finding}/history", params=query)).json()
    return [f"{item['kind']} {item['by'] or item['scan_id']}" for item in told["items"]]


async def test_what_is_ignored_counts_no_longer_until_its_day_has_passed(api: httpx.AsyncClient, clock: Clock) -> None:
    told = await decide(api, {**IGNORED, "until": "2026-11-23"})
    assert told["status"] == "ignored"
    assert told["decision"] == {
        "status": "ignored",
        "note": "a spare disk",
        "until": "2026-11-23",
        "decided_by": "key first",
        "decided_at": "2026-11-21T04:00:00Z",
    }
    assert await listed(api) == {"1.00": "open", "USD": "1.00"}
    assert await listed(api, status="ignored") == {"8.80": "ignored", "USD": "8.80"}
    assert await listed(api, status="all") == {"8.80": "ignored", "1.00": "open", "USD": "9.80"}
    clock.now = datetime.fromisoformat("2026-11-23T23:59:59Z")
    assert await listed(api) == {"1.00": "open", "USD": "1.00"}
    clock.now = datetime.fromisoformat("2026-11-24T00:00:00Z")
    assert await listed(api) == {"8.80": "open", "1.00": "open", "USD": "9.80"}
    told = (await api.get(f"/api/v1/findings/{OF_A}")).json()
    assert (told["status"], told["note"]) == ("open", "was ignored by key first until 2026-11-23")
    assert await history(api) == ["opened scan-1", "ignored key first", "ignore_ended None"]


async def test_what_a_person_resolved_opens_when_a_later_scan_sees_it(
    api: httpx.AsyncClient, store: Store, clock: Clock
) -> None:
    clock.now = NOW + timedelta(hours=1)
    told = await decide(api, RESOLVED)
    assert (told["status"], told["resolved_reason"], told["note"]) == ("resolved", "by_person", None)
    assert told["resolved_at"] == "2026-11-21T05:00:00Z"
    await see(store, NOW + timedelta(minutes=30), "scan-2")
    assert await listed(api, status="resolved") == {"8.80": "resolved", "USD": "8.80"}
    await see(store, NOW + DAY, "scan-3")
    told = (await api.get(f"/api/v1/findings/{OF_A}")).json()
    assert (told["status"], told["resolved_at"], told["resolved_reason"]) == ("open", None, None)
    assert told["note"] == "was resolved by key first, and seen again by a later scan"
    assert await history(api) == ["opened scan-1", "resolved key first", "reopened scan-3"]


async def see(store: Store, asof: datetime, scan_id: str) -> None:
    """A newer scan finds it, as it was."""
    await keep(store, [replace(wasted(A, "disk.unattached", "8.80", scan_id=scan_id), asof=asof)])


async def test_what_was_decided_is_taken_back(api: httpx.AsyncClient) -> None:
    await decide(api, IGNORED)
    told = await decide(api, {"status": "open", "note": "it is no spare"})
    assert (told["status"], told["decision"]["note"]) == ("open", "it is no spare")
    assert await listed(api) == {"8.80": "open", "1.00": "open", "USD": "9.80"}
    assert await history(api) == ["opened scan-1", "ignored key first", "reopened key first"]


@pytest.mark.parametrize("asked", [IGNORED, RESOLVED, {"status": "open"}])
async def test_deciding_the_same_again_changes_nothing(
    api: httpx.AsyncClient, clock: Clock, asked: dict[str, str]
) -> None:
    first = await decide(api, asked)
    clock.now += DAY
    assert await decide(api, asked) == first


async def test_nobody_decides_about_what_scans_no_longer_find(api: httpx.AsyncClient, store: Store) -> None:
    await see_excluded(store)
    for asked in (IGNORED, RESOLVED, {"status": "open"}):
        answer = await api.patch(f"/api/v1/findings/{OF_A}", json=asked)
        assert answer.status_code == 409
        assert "is resolved (excluded): a scan that finds it again opens it" in answer.json()["detail"]
    assert await history(api) == ["opened scan-1", "resolved scan-2"]


async def see_excluded(store: Store) -> None:
    made = wasted(A, "disk.unattached", None, scan_id="scan-2")
    assert isinstance(made.data.value, dict)
    await keep(
        store,
        [replace(made, asof=NOW + DAY, data=replace(made.data, value={**made.data.value, "outcome": "excluded"}))],
    )


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({}, "status", "it is required; all fields: /docs"),
    ({"status": "ignore"}, "status", 'did you mean "ignored"? allowed: open, ignored, resolved'),
    ({"status": "ignored"}, "reason", "required with ignored"),
    ({"status": "ignored", "reason": "  "}, "reason", "at least 1 characters"),
    ({"status": "ignored", "reason": "x" * 1001}, "reason", "at most 1000 characters"),
    ({"status": "ignored", "reason": "a\x00b"}, "reason", "text without control characters"),
    ({"status": "ignored", "reason": "x", "note": "y"}, "note", "allowed with resolved and open; with ignored: reason"),
    ({"status": "ignored", "reason": "x", "until": "2026-11-20"}, "until", "today (2026-11-21) or later"),
    ({"status": "ignored", "reason": "x", "until": "soon"}, "until", "a day, for example 2026-12-31"),
    ({"status": "ignored", "reason": "x", "until": "9999-12-31"}, "until", "at most 2999-12-31"),
    ({"status": "resolved"}, "note", "required with resolved"),
    ({"status": "resolved", "note": "x", "until": "2026-12-01"}, "until", "allowed with ignored"),
    ({"status": "open", "reason": "x"}, "reason", "allowed with ignored; otherwise: note"),
    ({"status": "open", "untill": "2026-12-01"}, "untill", 'unknown field; did you mean "until"?'),
]


@pytest.mark.parametrize(("asked", "field", "allowed"), WRONG)
async def test_a_wrong_field_is_named_and_nothing_is_decided(
    api: httpx.AsyncClient, asked: dict[str, Any], field: str, allowed: str
) -> None:
    answer = await api.patch(f"/api/v1/findings/{OF_A}", json=asked)
    assert answer.status_code == 422
    (told,) = answer.json()["errors"]
    assert told["field"] == field
    assert told["allowed"].startswith(allowed)
    assert await history(api) == ["opened scan-1"]


@pytest.mark.parametrize(("finding", "status"), [(NOBODY, 404), (ELSEWHERE, 404), ("x", 404)])
async def test_a_finding_that_is_not_there_or_not_ours(api: httpx.AsyncClient, finding: str, status: int) -> None:
    assert (await api.patch(f"/api/v1/findings/{finding}", json=IGNORED)).status_code == status
    assert (await api.get(f"/api/v1/findings/{finding}")).status_code == status
    assert (await api.get(f"/api/v1/findings/{finding}/history")).status_code == status


async def bulk(api: httpx.AsyncClient, **asked: Any) -> httpx.Response:
    return await api.post("/api/v1/findings/bulk", json=asked)


async def test_many_are_decided_at_once_and_each_result_is_told(api: httpx.AsyncClient, store: Store) -> None:
    await see_excluded(store)
    answer = await bulk(api, **IGNORED, ids=[OF_B, NOBODY, OF_A, ELSEWHERE, OF_B])
    assert answer.json() == {
        "changed": 1,
        "results": [
            {"id": OF_B, "result": "changed", "status": "ignored", "detail": None},
            {"id": NOBODY, "result": "not_found", "status": None, "detail": None},
            {
                "id": OF_A,
                "result": "conflict",
                "status": "resolved",
                "detail": "is resolved (excluded): a scan that finds it again opens it",
            },
            {"id": ELSEWHERE, "result": "not_found", "status": None, "detail": None},
        ],
    }
    again = (await bulk(api, **IGNORED, ids=[OF_B])).json()
    assert (again["changed"], again["results"][0]["result"]) == (0, "unchanged")


async def test_a_filter_means_all_that_it_lets_through(api: httpx.AsyncClient) -> None:
    answer = (await bulk(api, **RESOLVED, filter={"rule": "disk.unattached", "account": "123456789012"})).json()
    assert {each["id"]: each["result"] for each in answer["results"]} == {OF_A: "changed", OF_B: "changed"}
    assert await listed(api) == {}
    answer = (await bulk(api, status="open", filter={"status": "resolved"})).json()
    assert answer["changed"] == 2
    assert await listed(api) == {"8.80": "open", "1.00": "open", "USD": "9.80"}


async def test_a_filter_that_lets_too_many_through_decides_nothing(api: httpx.AsyncClient, store: Store) -> None:
    more = [wasted(volume(f"vol-{n}"), "disk.unattached", "1.00") for n in range(request.MOST_AT_ONCE)]
    await keep(store, more)
    answer = await bulk(api, **IGNORED, filter={})
    assert answer.status_code == 422
    assert "at most 1000 findings at once" in answer.json()["detail"]
    assert await listed(api, status="ignored") == {}


BULK_WRONG: list[tuple[dict[str, Any], str]] = [
    ({}, "ids"),
    ({"ids": [OF_A], "filter": {}}, "ids"),
    ({"ids": []}, "ids"),
    ({"ids": ["x"]}, "ids[0]"),
    ({"ids": [OF_A] * 1001}, "ids"),
    ({"filter": {"limit": 5}}, "filter.limit"),
    ({"filter": {"rule": "disk.unatached"}}, "filter.rule"),
]


@pytest.mark.parametrize(("asked", "field"), BULK_WRONG)
async def test_a_bulk_request_that_cannot_be(api: httpx.AsyncClient, asked: dict[str, Any], field: str) -> None:
    answer = await bulk(api, **IGNORED, **asked)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


@pytest.mark.usefixtures("as_acme")
async def test_clients_decide_about_their_own_findings(api: httpx.AsyncClient, app: FastAPI) -> None:
    answer = (await bulk(api, **IGNORED, filter={})).json()
    assert [each["id"] for each in answer["results"]] == [ELSEWHERE]
    assert await history(api, ELSEWHERE) == ["opened scan-1", "ignored erika"]
    assert (await api.patch(f"/api/v1/findings/{OF_A}", json=IGNORED)).status_code == 404
    app.dependency_overrides.clear()
    assert await listed(api) == {"8.80": "open", "1.00": "open", "USD": "9.80"}


async def test_the_history_is_paged(api: httpx.AsyncClient) -> None:
    for n in range(5):
        await decide(api, {**IGNORED, "reason": f"because {n}"})
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 4}
    while True:
        page = (await api.get(f"/api/v1/findings/{OF_A}/history", params=query)).json()
        seen += [item["note"] or item["kind"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert seen == ["opened", *[f"because {n}" for n in range(5)]]
