"""Signing in at a provider: a small one on this machine, which checks what the API sends."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from control_plane.app import create_app
from schemas.settings import Settings
from tests.control_plane.conftest import NOW
from tests.support.identity import SETTINGS, SIGNED_IN

OURS, SECRET = "cloud-sentinel", "a-secret-of-the-provider"
START, CALLBACK = "/api/v1/auth/oidc/start", "/api/v1/auth/oidc/callback"
ANN = {"sub": "ann-1", "email": "Ann@acme.test", "email_verified": True}


class Provider:
    """Its state: what it was asked, and whom it will name."""

    def __init__(self) -> None:
        self.key, self.stranger = (rsa.generate_private_key(65537, 2048) for _ in range(2))
        self.claims: dict[str, Any] = dict(ANN)
        self.signs_with = self.key
        self.asked: dict[str, str] = {}
        self.issuer = ""

    def discovery(self) -> dict[str, Any]:
        paths = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        return {"issuer": self.issuer, **{name: f"{self.issuer}/{path}" for name, path in paths.items()}}

    def keys(self) -> dict[str, Any]:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [{**public, "kid": "k1", "use": "sig", "alg": "RS256"}]}

    def redeem(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """RFC 7636: the verifier must be that of the challenge."""
        challenge = (
            base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode().rstrip("=")
        )
        basic = base64.b64encode(f"{OURS}:{SECRET}".encode()).decode()
        right = (challenge, form["redirect_uri"], f"Basic {basic}", form["code"])
        if right != (self.asked["code_challenge"], self.asked["redirect_uri"], authorization, "the-code"):
            return 400, {"error": "invalid_grant"}
        moment = int(NOW.timestamp())
        times = {"iat": moment, "exp": moment + 300}
        said = {"iss": self.issuer, "aud": OURS, "nonce": self.asked["nonce"], **times, **self.claims}
        return 200, {"id_token": jwt.encode(said, self.signs_with, "RS256", headers={"kid": "k1"})}


def _handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Quiet."""

        def do_GET(self) -> None:
            known = {"/.well-known/openid-configuration": provider.discovery, "/keys": provider.keys}
            self._answer(200, known[self.path]())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._answer(*provider.redeem(form, self.headers["authorization"]))

        def _answer(self, status: int, told: dict[str, Any]) -> None:
            body = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    provider = Provider()
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(provider)) as server:
        provider.issuer = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield provider
        server.shutdown()
        thread.join()


@pytest.fixture
def provider(running: Provider) -> Provider:
    running.claims, running.signs_with = dict(ANN), running.key
    return running


@pytest.fixture
def settings(provider: Provider, settings: Settings) -> Settings:
    ours = {"oidc_issuer": provider.issuer, "oidc_client_id": OURS, "oidc_client_secret": SECRET}
    return settings.model_copy(update=ours)


@pytest.fixture
async def browser(api: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody without a key; ann may come in."""
    assert (await api.post("/api/v1/users", json={"email": "ann@acme.test", "role": "viewer"})).status_code == 201
    async with httpx.AsyncClient(transport=api._transport, base_url="http://127.0.0.1:8080") as client:
        yield client


async def go(browser: httpx.AsyncClient, provider: Provider, query: str = "", **changes: str) -> httpx.Response:
    """To the provider and back, as a browser does; ``changes`` are made on the way back."""
    started = await browser.get(f"{START}{query}")
    assert started.status_code == 303
    place = urlsplit(started.headers["location"])
    assert f"{place.scheme}://{place.netloc}{place.path}" == f"{provider.issuer}/authorize"
    provider.asked = {name: values[0] for name, values in parse_qs(place.query).items()}
    assert provider.asked["code_challenge_method"] == "S256"
    back = {"code": "the-code", "state": provider.asked["state"], **changes}
    return await browser.get(CALLBACK, params=back)


async def test_a_user_comes_in_by_the_provider_and_is_known_again_by_subject(
    browser: httpx.AsyncClient, provider: Provider
) -> None:
    told = (await go(browser, provider)).json()
    me = await browser.get("/api/v1/me", headers={"Authorization": f"Bearer {told['access_token']}"})
    assert (me.json()["name"], me.json()["role"]) == ("ann@acme.test", "viewer")
    provider.claims = {"sub": "ann-1", "email": "renamed@acme.test", "email_verified": False}
    assert (await go(browser, provider)).status_code == 200
    provider.claims = {**ANN, "sub": "somebody-else"}
    assert (await go(browser, provider)).status_code == 400, "her address is tied to her subject"


async def test_the_page_opens_with_a_cookie(browser: httpx.AsyncClient, provider: Provider) -> None:
    back = await go(browser, provider, "?page=true")
    assert (back.status_code, back.headers["location"]) == (303, "/")
    assert (await browser.get("/")).status_code == 200


@pytest.mark.parametrize(
    "claims",
    [
        {"email_verified": False},
        {"email": "nobody@acme.test"},
        {"aud": "another-product"},
        {"iss": "https://elsewhere.test"},
        {"nonce": "of another sign-in"},
        {"exp": int(NOW.timestamp()) - 61},
        {"iat": int(NOW.timestamp()) + 61},
    ],
)
async def test_an_id_token_that_does_not_fit_lets_nobody_in(
    browser: httpx.AsyncClient, provider: Provider, claims: dict[str, Any]
) -> None:
    provider.claims = {**ANN, **claims}
    refused = await go(browser, provider)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")


async def test_a_token_of_another_key_lets_nobody_in(browser: httpx.AsyncClient, provider: Provider) -> None:
    provider.signs_with = provider.stranger
    assert (await go(browser, provider)).status_code == 400


@pytest.mark.parametrize("changes", [{"state": "of another browser"}, {"code": "another-code"}, {"state": ""}])
async def test_what_was_begun_elsewhere_does_not_end_here(
    browser: httpx.AsyncClient, provider: Provider, changes: dict[str, str]
) -> None:
    assert (await go(browser, provider, **changes)).status_code == 400


async def test_without_the_cookie_of_its_start_nothing_ends(browser: httpx.AsyncClient, provider: Provider) -> None:
    await go(browser, provider)
    browser.cookies.clear()
    answer = await browser.get(CALLBACK, params={"code": "the-code", "state": provider.asked["state"]})
    assert answer.status_code == 400


async def test_a_user_of_one_client_is_nobody_at_another(browser: httpx.AsyncClient, provider: Provider) -> None:
    assert (await go(browser, provider, "?client=globex")).status_code == 400


async def test_without_a_provider_and_with_a_dead_one_it_is_said(settings: Settings) -> None:
    for issuer, status in (("", 404), ("http://127.0.0.1:9", 503)):
        application = create_app(settings.model_copy(update={"oidc_issuer": issuer, **SETTINGS}))
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="http://api.test", headers=SIGNED_IN) as client:
            assert (await client.get(START)).status_code == status
