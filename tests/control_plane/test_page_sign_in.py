"""The form at /sign-in, its cookie, and the link that opens the page once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI

from control_plane.auth.identify import COOKIE
from tests.support.identity import KEY

PASSWORD = "correct horse battery staple"
OTHER = "another horse, as correct"
PERSON = {"email": "ann@acme.test", "password": PASSWORD}


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody at a browser."""
    transport, asks = httpx.ASGITransport(app), {"Accept": "text/html"}
    async with httpx.AsyncClient(transport=transport, base_url="http://api.test", headers=asks) as client:
        yield client


@pytest.fixture(autouse=True)
async def _ann(api: httpx.AsyncClient) -> None:
    assert (await api.post("/api/v1/users", json={**PERSON, "role": "viewer"})).status_code == 201


async def test_a_person_chooses_a_password_and_sees_the_page(browser: httpx.AsyncClient) -> None:
    asked = await browser.post("/sign-in", data=PERSON)
    assert (asked.status_code, 'name="new_password"' in asked.text) == (403, True)
    assert PASSWORD not in asked.text
    entered = await browser.post("/sign-in", data={**PERSON, "new_password": OTHER})
    assert (entered.status_code, entered.headers["location"]) == (303, "/")
    cookie = entered.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    page = await browser.get("/")
    assert (page.status_code, "Wasted per month" in page.text) == (200, True)
    assert (await browser.post("/sign-in", data=PERSON)).status_code == 401, "the old password is gone"


async def test_the_cookie_reads_and_does_nothing_else(browser: httpx.AsyncClient) -> None:
    assert (await browser.post("/sign-in", data={"key": KEY})).status_code == 303
    assert (await browser.get("/api/v1/scans")).status_code == 200
    headers = {"Accept": "application/json"}
    refused = await browser.post("/api/v1/scans", json={"provider": "aws"}, headers=headers)
    assert refused.status_code == 401


async def test_signing_out_ends_the_cookie_wherever_a_copy_is(browser: httpx.AsyncClient) -> None:
    await browser.post("/sign-in", data={"key": KEY})
    copy = browser.cookies[COOKIE]
    assert (await browser.post("/sign-out")).headers["location"] == "/sign-in"
    browser.cookies.set(COOKIE, copy)
    assert (await browser.get("/")).status_code == 303


async def test_a_revoked_key_closes_the_page_that_it_opened(browser: httpx.AsyncClient, api: httpx.AsyncClient) -> None:
    machine = (await api.post("/api/v1/keys", json={"name": "wall", "scopes": ["findings:read"]})).json()
    await browser.post("/sign-in", data={"key": machine["key"]})
    assert (await browser.get("/")).status_code == 200
    await api.delete(f"/api/v1/keys/{machine['id']}")
    assert (await browser.get("/")).headers["location"] == "/sign-in"


async def test_a_link_opens_the_page_once(browser: httpx.AsyncClient, api: httpx.AsyncClient) -> None:
    url = (await api.post("/api/v1/me/link")).json()["url"]
    place = f"{urlsplit(url).path}?{urlsplit(url).query}"
    assert (await browser.get(place)).headers["location"] == "/"
    assert (await browser.get("/")).status_code == 200
    browser.cookies.clear()
    again = await browser.get(place)
    assert (again.status_code, "set-cookie" in again.headers) == (401, False)


async def test_the_form_does_not_tell_whether_there_is_such_a_user(browser: httpx.AsyncClient) -> None:
    known = await browser.post("/sign-in", data={**PERSON, "password": "wrong password"})
    unknown = await browser.post("/sign-in", data={"email": "eve@acme.test", "password": "wrong password"})
    assert known.status_code == unknown.status_code == 401
    assert known.text.replace("ann@", "eve@") == unknown.text
    assert (await browser.post("/sign-in", data={"key": "csk_nonsense"})).status_code == 401


async def test_a_form_of_another_site_is_not_taken(browser: httpx.AsyncClient) -> None:
    for origin in ("https://elsewhere.test", "null"):
        answer = await browser.post("/sign-in", data={"key": KEY}, headers={"Origin": origin})
        assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)
    own = await browser.post("/sign-in", data={"key": KEY}, headers={"Origin": "http://api.test"})
    assert own.status_code == 303


async def test_what_was_typed_cannot_become_markup(browser: httpx.AsyncClient) -> None:
    answer = await browser.post("/sign-in", data={"email": '"><script>@x', "password": "wrong password"})
    assert "<script" not in answer.text
