"""Signing in: tokens, refresh tokens and their families, limits, and what is told to whom."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import bcrypt
import httpx
import jwt
import pytest
from fastapi import FastAPI

from control_plane.auth import passwords
from control_plane.auth.access_tokens import Claims, InvalidTokenError, TokenKeys
from control_plane.auth.attempts import BY_ACCOUNT
from control_plane.context import Context
from schemas.errors import InvalidInputError
from schemas.settings import Settings
from stores import Store, users
from tests.control_plane.conftest import NOW
from tests.support.identity import KEY

PASSWORD = "correct horse battery staple"
OTHER = "another horse, as correct"
ANN = {"email": "Ann@acme.test", "role": "operator", "password": PASSWORD}
TOKEN = "/api/v1/auth/token"


class Clock:
    """The API's, put forward by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock(app: FastAPI) -> Clock:
    made, context = Clock(), app.state.context
    assert isinstance(context, Context)
    app.state.context = dataclasses.replace(context, clock=made)
    return made


@pytest.fixture
async def person(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody without a key."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api.test") as client:
        yield client


@pytest.fixture
async def ann(api: httpx.AsyncClient, store: Store) -> str:
    """The id of somebody whose password is her own."""
    user_id = str((await api.post("/api/v1/users", json=ANN)).json()["id"])
    async with store.write() as writing:
        assert await users.change_user(writing, "default", user_id, {"must_change": False})
    return user_id


async def sign_in(person: httpx.AsyncClient, password: str = PASSWORD, email: str = "ann@acme.test") -> httpx.Response:
    form = {"grant_type": "password", "username": email, "password": password}
    return await person.post(TOKEN, data=form)


async def refresh(person: httpx.AsyncClient, token: str) -> httpx.Response:
    return await person.post(TOKEN, data={"grant_type": "refresh_token", "refresh_token": token})


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def deeds(api: httpx.AsyncClient) -> list[tuple[str, str]]:
    found = (await api.get("/api/v1/audit")).json()["items"]
    return [(each["actor"], each["action"]) for each in reversed(found)]


@pytest.mark.usefixtures("ann")
async def test_a_password_becomes_a_token_for_a_quarter_of_an_hour(person: httpx.AsyncClient, clock: Clock) -> None:
    answer = await sign_in(person)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    assert (told["token_type"], told["expires_in"]) == ("Bearer", 900)
    assert "findings:write" in told["scope"].split()
    me = (await person.get("/api/v1/me", headers=bearer(told["access_token"]))).json()
    assert (me["name"], me["client"], me["role"]) == ("ann@acme.test", "default", "operator")
    clock.now += timedelta(minutes=15)
    assert (await person.get("/api/v1/me", headers=bearer(told["access_token"]))).status_code == 401


@pytest.mark.usefixtures("ann")
async def test_a_refresh_token_serves_once_and_its_reuse_ends_the_family(
    person: httpx.AsyncClient, api: httpx.AsyncClient
) -> None:
    first = (await sign_in(person)).json()["refresh_token"]
    elsewhere = (await sign_in(person)).json()["refresh_token"]
    second = (await refresh(person, first)).json()
    third = (await refresh(person, second["refresh_token"])).json()["refresh_token"]
    stolen = await refresh(person, first)
    assert (stolen.status_code, stolen.json()["error"]) == (400, "invalid_grant")
    assert (await refresh(person, third)).status_code == 400, "the thief or the owner: nobody goes on"
    assert (await refresh(person, elsewhere)).status_code == 200, "another sign-in is another family"
    assert ("ann@acme.test", "session.reuse") in await deeds(api)


@pytest.mark.usefixtures("ann")
async def test_signing_out_ends_the_family_and_tells_nothing_of_an_unknown_token(person: httpx.AsyncClient) -> None:
    token = (await sign_in(person)).json()["refresh_token"]
    for each in (token, token, "csr_unknown"):
        assert (await person.post("/api/v1/auth/revoke", data={"token": each})).status_code == 204
    assert (await refresh(person, token)).status_code == 400


@pytest.mark.usefixtures("ann")
async def test_a_family_ends_after_thirty_days_however_often_it_was_refreshed(
    person: httpx.AsyncClient, clock: Clock
) -> None:
    token = (await sign_in(person)).json()["refresh_token"]
    for _ in range(2):
        clock.now += timedelta(days=14)
        token = (await refresh(person, token)).json()["refresh_token"]
    clock.now += timedelta(days=2)
    assert (await refresh(person, token)).status_code == 400


async def test_nothing_tells_whether_there_is_such_a_user(
    person: httpx.AsyncClient, api: httpx.AsyncClient, ann: str
) -> None:
    await api.post("/api/v1/users", json={"email": "oidc@acme.test", "role": "viewer"})
    await api.patch(f"/api/v1/users/{ann}", json={"disabled": True})
    answers = [
        await sign_in(person, "wrong password"),
        await sign_in(person, PASSWORD),
        await sign_in(person, PASSWORD, "nobody@acme.test"),
        await sign_in(person, PASSWORD, "oidc@acme.test"),
    ]
    assert {(answer.status_code, answer.text) for answer in answers} == {(400, answers[0].text)}


@pytest.mark.parametrize("email", ["ann@acme.test", "nobody@acme.test"])
@pytest.mark.usefixtures("ann")
async def test_after_too_many_tries_even_the_right_password_waits(
    person: httpx.AsyncClient, clock: Clock, monkeypatch: pytest.MonkeyPatch, email: str
) -> None:
    monkeypatch.setattr(passwords, "_matches", lambda password, _hash: password == PASSWORD)
    for _ in range(BY_ACCOUNT):
        assert (await sign_in(person, "wrong password", email)).status_code == 400
    answer = await sign_in(person, PASSWORD, email)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "900")
    assert (await sign_in(person, PASSWORD, "somebody@acme.test")).status_code == 400, "others do not wait"
    clock.now += timedelta(minutes=15)
    assert (await sign_in(person, PASSWORD, email)).status_code == (200 if email == "ann@acme.test" else 400)


async def test_a_bcrypt_hash_of_another_system_is_taken_and_upgraded(
    person: httpx.AsyncClient, api: httpx.AsyncClient, store: Store
) -> None:
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    made = await api.post("/api/v1/users", json={"email": "bob@acme.test", "role": "viewer", "password_hash": hashed})
    assert made.status_code == 201
    assert (await sign_in(person, "wrong password", "bob@acme.test")).status_code == 400
    assert (await sign_in(person, PASSWORD, "bob@acme.test")).status_code == 200
    async with store.read() as reading:
        row = await users.find_user(reading, "default", "bob@acme.test")
    assert row is not None
    assert (row.password_hash or "").startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert (await sign_in(person, PASSWORD, "bob@acme.test")).status_code == 200


async def test_with_a_password_of_somebody_else_nothing_can_be_done_but_to_choose_another(
    person: httpx.AsyncClient, api: httpx.AsyncClient
) -> None:
    await api.post("/api/v1/users", json=ANN)
    told = (await sign_in(person)).json()
    assert told["scope"] == ""
    headers = bearer(told["access_token"])
    refused = await person.get("/api/v1/scans", headers=headers)
    assert (refused.status_code, "/api/v1/me/password" in refused.json()["detail"]) == (403, True)
    wrong = {"current_password": "wrong password", "new_password": OTHER}
    assert (await person.post("/api/v1/me/password", json=wrong, headers=headers)).status_code == 400
    chosen = {"current_password": PASSWORD, "new_password": OTHER}
    assert (await person.post("/api/v1/me/password", json=chosen, headers=headers)).status_code == 204
    assert (await refresh(person, told["refresh_token"])).status_code == 400, "signed out everywhere"
    assert (await sign_in(person)).status_code == 400
    again = bearer((await sign_in(person, OTHER)).json()["access_token"])
    assert (await person.get("/api/v1/scans", headers=again)).status_code == 200


async def test_a_change_of_role_and_a_removal_hold_at_once(
    person: httpx.AsyncClient, api: httpx.AsyncClient, ann: str
) -> None:
    told = (await sign_in(person)).json()
    headers, scan = bearer(told["access_token"]), {"provider": "aws"}
    assert (await person.post("/api/v1/scans", json=scan, headers=headers)).status_code == 202
    await api.patch(f"/api/v1/users/{ann}", json={"role": "viewer"})
    assert (await person.post("/api/v1/scans", json=scan, headers=headers)).status_code == 403
    assert (await api.delete(f"/api/v1/users/{ann}")).status_code == 204
    assert (await person.get("/api/v1/scans", headers=headers)).status_code == 401
    assert (await refresh(person, told["refresh_token"])).status_code == 400


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"grant_type": "password", "username": "a@b.test"}, "grant_type password needs password"),
        ({"grant_type": "magic"}, "grant_type"),
        ({"grant_type": "password", "username": "nobody", "password": "x" * 12}, "username"),
        ({"grant_type": "password", "username": "a@b.test", "password": "y" * 300}, "password"),
    ],
)
async def test_a_form_that_cannot_be_is_told_without_its_secrets(
    person: httpx.AsyncClient, form: dict[str, str], field: str
) -> None:
    answer = await person.post(TOKEN, data=form)
    assert answer.status_code == 422
    assert field in answer.text
    assert form.get("password", "nothing") not in answer.text


async def test_a_body_that_is_no_form_is_refused(person: httpx.AsyncClient) -> None:
    assert (await person.post(TOKEN, json={"grant_type": "password"})).status_code == 415
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await person.post(TOKEN, content=b"\xff\xfe", headers=form)).status_code == 400


KEYS = TokenKeys.read("n" * 40 + ", " + "o" * 32)
OLD = TokenKeys.read("o" * 32)
WHO = Claims("u1", "acme")


def test_a_token_is_a_json_web_token_that_a_library_reads() -> None:
    token = KEYS.issue(WHO, NOW)
    said = jwt.decode(token, "n" * 40, ["HS256"], audience="cloud-sentinel-api", options={"verify_exp": False})
    assert said == {
        "iss": "cloud-sentinel",
        "aud": "cloud-sentinel-api",
        "iat": 1795233600,
        "exp": 1795234500,
        "sub": "u1",
        "client": "acme",
    }
    assert KEYS.verify(token, NOW) == WHO


def test_an_old_key_is_believed_until_it_leaves_the_list() -> None:
    token = OLD.issue(WHO, NOW)
    assert KEYS.verify(token, NOW) == WHO
    with pytest.raises(InvalidTokenError):
        TokenKeys.read("n" * 40).verify(token, NOW)


def forged(key: str = "n" * 40, *, algorithm: str = "HS256", kid: str | None = None, **changes: Any) -> str:
    claims = {"iss": "cloud-sentinel", "aud": "cloud-sentinel-api", "sub": "u1", "client": "acme", "exp": 1795234500}
    kid = kid or KEYS.keys[0][0]
    return jwt.encode({**claims, **changes}, key, algorithm, headers={"kid": kid})


@pytest.mark.parametrize(
    "token",
    [
        forged("x" * 40),
        forged("n" * 64, algorithm="HS512"),
        forged("", algorithm="none"),
        forged(kid="unknown"),
        forged(aud="another-api"),
        forged(iss="somebody"),
        forged(exp=1795233600),
        forged(exp="never"),
        forged(exp=10**30),
        "",
        "a.b",
        "a.b.c.d",
        forged()[:-2],
        forged() + "é",
    ],
)
def test_a_token_that_was_not_made_here_is_not_believed(token: str) -> None:
    assert KEYS.verify(forged(), NOW) == WHO
    with pytest.raises(InvalidTokenError):
        KEYS.verify(token, NOW)


def test_any_character_of_a_token_that_is_changed_spoils_it() -> None:
    token = KEYS.issue(WHO, NOW)
    for place in range(len(token) - 1):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        with pytest.raises(InvalidTokenError):
            KEYS.verify(changed, NOW)


@pytest.mark.parametrize("text", ["short", "n" * 40 + ",", "n" * 31])
def test_keys_that_are_too_short_are_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        TokenKeys.read(text)
    assert text not in str(refused.value)


def test_a_wrong_first_key_is_refused(settings: Settings) -> None:
    from control_plane.app import create_app

    with pytest.raises(InvalidInputError, match="SENTINEL_FIRST_KEY"):
        create_app(settings.model_copy(update={"first_key": KEY[:-1]}))


def test_the_key_of_one_machine_is_made_once_for_its_owner_alone(settings: Settings) -> None:
    from control_plane.auth.key_file import token_keys

    path = settings.home / "token-keys"
    assert token_keys(settings) == token_keys(settings)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in settings.home.iterdir() if each.name.startswith("token-keys")] == ["token-keys"]
