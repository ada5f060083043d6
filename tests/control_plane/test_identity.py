"""Users, API keys, the first key, limits, and what the audit log tells of them."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from control_plane.app import create_app
from control_plane.limits import RequestLimits
from schemas.errors import InvalidInputError
from schemas.settings import Settings
from stores import Store, api_keys
from tests.control_plane.conftest import NOW
from tests.control_plane.facts import keep, volume, wasted
from tests.support.identity import KEY, SETTINGS, SIGNED_IN

BOB = {"email": "Bob@acme.test", "role": "operator", "password": "correct horse battery"}
MACHINE: dict[str, Any] = {"name": "ci", "scopes": ["events:read", "keys:admin", "users:admin"]}


@pytest.fixture
async def person(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody without a key."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api.test") as client:
        yield client


async def made(api: httpx.AsyncClient, path: str, body: dict[str, Any], **options: Any) -> dict[str, Any]:
    answer = await api.post(f"/api/v1/{path}", json=body, **options)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def deeds(api: httpx.AsyncClient, **filters: str) -> list[tuple[str, str, str]]:
    found = (await api.get("/api/v1/audit", params=filters)).json()["items"]
    return [(each["actor"], each["action"], each["target"]) for each in reversed(found)]


async def test_a_user_is_added_changed_and_removed_and_the_log_tells_it(api: httpx.AsyncClient) -> None:
    bob = await made(api, "users", BOB)
    assert (bob["email"], bob["role"], bob["must_change_password"]) == ("bob@acme.test", "operator", True)
    assert (await api.post("/api/v1/users", json=BOB)).status_code == 409
    path = f"/api/v1/users/{bob['id']}"
    assert (await api.patch(path, json={"role": "viewer"})).json()["role"] == "viewer"
    assert (await api.get(path)).json()["role"] == "viewer"
    assert [each["email"] for each in (await api.get("/api/v1/users")).json()["items"]] == ["bob@acme.test"]
    assert (await api.delete(path)).status_code == 204
    assert (await api.get(path)).status_code == 404
    who, target = "key first", f"user:{bob['id']}"
    assert await deeds(api) == [(who, f"user.{what}", target) for what in ("create", "change", "delete")]
    entry = (await api.get("/api/v1/audit?action=user.create")).json()["items"][0]
    assert entry["details"] == {"email": "bob@acme.test", "role": "operator"}
    assert (entry["at"], entry["address"]) == (NOW.isoformat().replace("+00:00", "Z"), "127.0.0.1")


async def test_users_and_the_log_come_in_pages(api: httpx.AsyncClient) -> None:
    for name in ("a", "b", "c"):
        await made(api, "users", {"email": f"{name}@acme.test", "role": "viewer"})
    for path, shown in (("users", "email"), ("audit", "action")):
        first = (await api.get(f"/api/v1/{path}?limit=2")).json()
        rest = (await api.get(f"/api/v1/{path}?limit=2&cursor={first['next_cursor']}")).json()
        assert (len(first["items"]), len(rest["items"]), rest["next_cursor"]) == (2, 1, None)
        assert shown in rest["items"][0]


async def test_the_last_administrator_stays(api: httpx.AsyncClient) -> None:
    ann = await made(api, "users", {**BOB, "email": "ann@acme.test", "role": "admin"})
    path = f"/api/v1/users/{ann['id']}"
    for refused in ({"role": "viewer"}, {"disabled": True}):
        assert (await api.patch(path, json=refused)).status_code == 409
    assert (await api.delete(path)).status_code == 409
    await made(api, "users", {**BOB, "role": "admin"})
    assert (await api.delete(path)).status_code == 204


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": "nobody", "role": "viewer"}, "email"),
        ({"email": "a@b.test", "role": "owner"}, "role"),
        ({"email": "a@b.test", "role": "viewer", "password": "tooshort"}, "password"),
        ({"email": "a@b.test", "role": "viewer", "password_hash": "plaintext-is-no-hash"}, "password_hash"),
        ({"email": "a@b.test", "role": "viewer", "password": "x" * 12, "password_hash": "$2b$04$" + "a" * 53}, ""),
    ],
)
async def test_a_user_that_cannot_be_is_told_by_field_and_without_the_secret(
    api: httpx.AsyncClient, body: dict[str, str], field: str
) -> None:
    answer = await api.post("/api/v1/users", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field
    for secret in (body.get("password"), body.get("password_hash")):
        assert secret is None or secret not in answer.text


async def test_a_key_is_shown_once_serves_and_is_revoked(
    api: httpx.AsyncClient, person: httpx.AsyncClient, store: Store
) -> None:
    machine = await made(api, "keys", MACHINE)
    headers = {"Authorization": f"Bearer {machine['key']}"}
    assert machine["key"].startswith(f"csk_{machine['id']}_")
    assert (await person.get("/api/v1/events", headers=headers)).status_code == 200
    assert (await person.get("/api/v1/findings", headers=headers)).status_code == 403
    path = f"/api/v1/keys/{machine['id']}"
    shown = (await api.get(path)).json()
    assert (shown["last_used_on"], shown["created_by"]) == ("2026-11-21", "key first")
    everything = (
        (await api.get("/api/v1/keys")).text + (await api.get(path)).text + (await api.get("/api/v1/audit")).text
    )
    assert machine["key"] not in everything
    async with store.read() as reading:
        row = await api_keys.find_key(reading, machine["id"])
    assert machine["key"] not in str(row)
    assert (await api.delete(path)).json()["revoked_at"] is not None
    assert (await api.delete(path)).status_code == 200, "again changes nothing"
    assert (await person.get("/api/v1/events", headers=headers)).status_code == 401
    assert [action for _, action, _ in await deeds(api)] == ["key.create", "key.revoke"]


async def test_a_key_ends_with_its_date(app: FastAPI, api: httpx.AsyncClient, person: httpx.AsyncClient) -> None:
    assert (await api.post("/api/v1/keys", json={**MACHINE, "expires_at": NOW.isoformat()})).status_code == 422
    machine = await made(api, "keys", {**MACHINE, "expires_at": (NOW + timedelta(days=1)).isoformat()})
    headers = {"Authorization": f"Bearer {machine['key']}"}
    for later, status in ((timedelta(hours=23), 200), (timedelta(days=1), 401)):
        app.state.context = dataclasses.replace(app.state.context, clock=lambda later=later: NOW + later)
        assert (await person.get("/api/v1/events", headers=headers)).status_code == status


async def test_any_other_character_of_a_key_spoils_it(person: httpx.AsyncClient) -> None:
    assert (await person.get("/api/v1/me", headers=SIGNED_IN)).status_code == 200
    for place in (4, 10, 19, 21, len(KEY) - 1):
        wrong = KEY[:place] + ("a" if KEY[place] != "a" else "b") + KEY[place + 1 :]
        answer = await person.get("/api/v1/me", headers={"Authorization": f"Bearer {wrong}"})
        assert answer.status_code == 401
        assert wrong not in answer.text


async def test_nobody_gives_more_than_they_have(api: httpx.AsyncClient, person: httpx.AsyncClient) -> None:
    machine = await made(api, "keys", MACHINE)
    headers = {"Authorization": f"Bearer {machine['key']}"}
    more = {"name": "more", "scopes": ["events:read", "scans:write"]}
    assert (await person.post("/api/v1/keys", json=more, headers=headers)).status_code == 403
    assert (await person.post("/api/v1/keys", json={**MACHINE, "name": "same"}, headers=headers)).status_code == 201
    assert (await person.post("/api/v1/users", json=BOB, headers=headers)).status_code == 403
    bob = await made(api, "users", BOB)
    for path in (f"/api/v1/users/{bob['id']}",):
        assert (await person.patch(path, json={"disabled": True}, headers=headers)).status_code == 403
        assert (await person.delete(path, headers=headers)).status_code == 403


async def test_the_first_key_is_a_key_like_others(api: httpx.AsyncClient) -> None:
    (key,) = (await api.get("/api/v1/keys")).json()["items"]
    assert (key["name"], key["created_by"]) == ("first", "SENTINEL_FIRST_KEY")
    assert (await api.delete(f"/api/v1/keys/{key['id']}")).status_code == 200
    assert (await api.get("/api/v1/keys")).status_code == 401, "also while the setting still names it"


def test_the_bucket_of_somebody_fills_again() -> None:
    now = [0.0]
    limits = RequestLimits(2.0, lambda: now[0])
    assert [limits.take("ann") for _ in range(20)] == [0.0] * 20
    assert limits.take("ann") == 0.5
    assert limits.take("bob") == 0.0, "others have buckets of their own"
    now[0] = 0.5
    assert limits.take("ann") == 0.0
    assert limits.take("ann") > 0


async def test_who_asks_too_often_is_told_when_to_come_back(app: FastAPI, api: httpx.AsyncClient) -> None:
    app.state.context = dataclasses.replace(app.state.context, limits=RequestLimits(0.1, lambda: 0.0))
    assert (await api.get("/api/v1/me")).status_code == 200
    answer = await api.get("/api/v1/me")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "10")
    assert (await api.get("/healthz")).status_code == 200


async def test_other_origins_are_let_in_by_name_alone(tmp_path_factory: pytest.TempPathFactory) -> None:
    portal = "https://portal.example.com"
    asked = {
        "Origin": portal,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "Authorization",
    }
    for origins, allowed in (("", None), (f"https://a.test, {portal}/", portal)):
        application = create_app(Settings(home=tmp_path_factory.mktemp("cors"), cors_origins=origins, **SETTINGS))
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="http://api.test") as client:
            answer = await client.options("/api/v1/scans", headers=asked)
            assert answer.headers.get("access-control-allow-origin") == allowed
            assert "access-control-allow-credentials" not in answer.headers
            health = await client.get("/healthz", headers={"Origin": "https://elsewhere.test"})
            assert "access-control-allow-origin" not in health.headers


@pytest.mark.parametrize("origins", ["*", "portal.example.com", "https://a.test/path"])
def test_an_origin_that_is_none_is_refused(settings: Settings, origins: str) -> None:
    with pytest.raises(InvalidInputError, match="SENTINEL_CORS_ORIGINS"):
        create_app(settings.model_copy(update={"cors_origins": origins}))


async def test_with_https_in_front_browsers_are_told_so(settings: Settings) -> None:
    application = create_app(settings.model_copy(update={"public_url": "https://sentinel.example.com"}))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="http://api.test") as client:
        assert "max-age=31536000" in (await client.get("/healthz")).headers["strict-transport-security"]


async def test_what_is_asked_of_scans_and_findings_stands_in_the_log(api: httpx.AsyncClient, store: Store) -> None:
    wasted_volume = wasted(volume("vol-a"), "disk.unattached", "8.80")
    await keep(store, [wasted_volume])
    finding = (await api.get("/api/v1/findings")).json()["items"][0]["id"]
    scan = (await api.post("/api/v1/scans", json={"provider": "aws"})).json()["scan_id"]
    await api.post(f"/api/v1/scans/{scan}/cancel")
    for _ in range(2):
        await api.patch(f"/api/v1/findings/{finding}", json={"status": "ignored", "reason": "a spare"})
    asked = [("scan.create", f"scan:{scan}"), ("scan.cancel", f"scan:{scan}"), ("finding.decide", f"finding:{finding}")]
    assert await deeds(api) == [("key first", action, target) for action, target in asked], (
        "once: the second changed nothing"
    )
