"""Secrets of accounts: sealed at once, never told again; what is wrong with one is told without it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from connections.vault import LocalKek, Vault
from control_plane.app import create_app
from schemas.errors import InvalidInputError
from schemas.scan import DEFAULT_CLIENT
from schemas.sealing import Owner, Secret
from schemas.settings import Settings
from stores import Store, account_secrets, audit
from stores.audit import AuditFilters
from tests.control_plane.conftest import NOW
from tests.support.identity import SETTINGS, SIGNED_IN

KEK = LocalKek.generate()
PLANTED = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYPLANTEDKEY"
TENANT = "0de00000-0000-4000-8000-000000000001"
STATIC = {"mode": "static_keys", "access_key_id": "AKIAPLANTEDKEY000000", "secret_access_key": PLANTED}
PRINCIPAL = {"mode": "service_principal", "account": TENANT, "tenant_id": TENANT, "application_id": TENANT}
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
RSA_PEM = RSA_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
KEY_FILE = {
    "type": "service_account",
    "project_id": "web-production",
    "private_key_id": "planted-key-id",
    "private_key": RSA_PEM,
    "client_email": "reader@web-production.iam.gserviceaccount.com",
    "token_uri": "https://attacker.example/token",
}


def certificate() -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "reader")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(RSA_KEY.public_key())
    made = made.serial_number(1).not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
    made = made.not_valid_after(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=3650))
    return RSA_PEM + made.sign(RSA_KEY, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, fixed_now=NOW, id_seed="tests", kek_public=KEK.texts()[1])


def body(provider: str, connection: dict[str, Any]) -> dict[str, Any]:
    return {"provider": provider, "name": "web", "connection": connection}


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


async def opened(store: Store, account_id: str) -> Secret:
    owner = Owner(DEFAULT_CLIENT, account_id)
    async with store.read() as reading:
        sealed = await account_secrets.get_secret(reading, owner)
    assert sealed is not None
    return Vault([KEK]).open(sealed, owner)


@pytest.mark.parametrize(
    ("provider", "connection", "field", "value"),
    [
        ("aws", STATIC, "secret_access_key", PLANTED),
        ("azure", {**PRINCIPAL, "client_secret": "planted~client~secret"}, "client_secret", "planted~client~secret"),
        ("azure", {**PRINCIPAL, "certificate": certificate()}, "certificate", None),
        ("gcp", {"mode": "service_account_key", "account": "web-production", "key": json.dumps(KEY_FILE)}, "key", None),
    ],
)
async def test_a_secret_is_sealed_and_never_told(
    api: httpx.AsyncClient,
    store: Store,
    tmp_path: Path,
    provider: str,
    connection: dict[str, Any],
    field: str,
    value: str,
) -> None:
    answer = await api.post("/api/v1/accounts", json=body(provider, connection))
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert field not in told["connection"]
    secret = await opened(store, told["account_id"])
    assert value is None or secret[field] == value
    hidden = [value or "BEGIN PRIVATE KEY", RSA_PEM.splitlines()[3]]
    stored = await asyncio.to_thread(everything_in, tmp_path)
    listed = (await api.get("/api/v1/accounts")).text + (await api.get(f"/api/v1/accounts/{told['account_id']}")).text
    for planted in hidden:
        assert planted.encode() not in stored
        assert planted not in answer.text + listed


async def test_the_access_key_id_stays_readable(api: httpx.AsyncClient) -> None:
    told = (await api.post("/api/v1/accounts", json=body("aws", STATIC))).json()
    assert told["connection"] == {"mode": "static_keys", "access_key_id": "AKIAPLANTEDKEY000000"}
    assert told["native_id"] is None


async def test_of_a_key_file_nothing_is_kept_that_says_where_to_send_it(api: httpx.AsyncClient, store: Store) -> None:
    connection = {"mode": "service_account_key", "account": "web-production", "key": json.dumps(KEY_FILE)}
    told = (await api.post("/api/v1/accounts", json=body("gcp", connection))).json()
    kept = json.loads((await opened(store, told["account_id"]))["key"])
    assert kept.keys() == {"type", "client_email", "private_key", "private_key_id", "project_id"}


@pytest.mark.parametrize(
    ("provider", "connection", "field", "says"),
    [
        ("aws", {**STATIC, "secret_access_key": "x"}, "secret_access_key", "the secret access key that belongs"),
        ("aws", {**STATIC, "secret_access_key": ["x", PLANTED]}, "secret_access_key", "text"),
        ("aws", {**STATIC, "secret_access_key": PLANTED * 9}, "secret_access_key", "at most 256"),
        ("aws", {"mode": "static_keys", "access_key_id": "AKIAPLANTEDKEY000000"}, "secret_access_key", "needs"),
        ("aws", {**STATIC, "access_key_id": "ASIAPLANTEDKEY000000"}, "access_key_id", "long-lived"),
        ("aws", {**STATIC, "client_secret": PLANTED}, "client_secret", "it takes: secret_access_key"),
        ("aws", {"mode": "demo", "account": "1" * 12, "key": PLANTED}, "key", "it takes: no secret"),
        ("azure", PRINCIPAL, "client_secret", "needs client_secret or certificate"),
        ("azure", {**PRINCIPAL, "client_secret": PLANTED, "certificate": certificate()}, "certificate", "only one"),
        ("azure", {**PRINCIPAL, "certificate": RSA_PEM}, "certificate", "PEM text"),
        ("azure", {**PRINCIPAL, "client_secret": PLANTED, "tenant_id": "../x"}, "tenant_id", "Entra tenant"),
        ("gcp", {"mode": "service_account_key", "account": "web-production", "key": "{}"}, "key", "the JSON text"),
        ("gcp", {"mode": "service_account_key", "account": "web-production", "key": [PLANTED]}, "key", "text"),
        ("gcp", {"mode": "impersonation", "account": "web-production"}, "service_account", "needs it"),
        ("gcp", {"mode": "workload_identity", "account": "web-production", "audience": "x"}, "audience", "provider"),
    ],
)
async def test_what_is_wrong_is_told_without_the_secret(
    api: httpx.AsyncClient, provider: str, connection: dict[str, Any], field: str, says: str
) -> None:
    if provider == "aws" and connection["mode"] == "demo":
        connection = {"mode": "profile", "profile": "audit", "key": PLANTED}
    answer = await api.post("/api/v1/accounts", json=body(provider, connection))
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["field"] == f"connection.{field}"
    assert says in error["allowed"]
    assert PLANTED not in answer.text


async def test_a_new_connection_replaces_the_secret_and_one_without_erases_it(
    api: httpx.AsyncClient, store: Store
) -> None:
    account = (await api.post("/api/v1/accounts", json=body("aws", STATIC))).json()["account_id"]
    newer = PLANTED.replace("PLANTED", "REPLACE")
    change = {"connection": {**STATIC, "secret_access_key": newer}}
    assert (await api.patch(f"/api/v1/accounts/{account}", json=change)).status_code == 200
    assert (await opened(store, account))["secret_access_key"] == newer
    change = {"connection": {"mode": "profile", "profile": "audit"}}
    assert (await api.patch(f"/api/v1/accounts/{account}", json=change)).status_code == 200
    async with store.read() as reading:
        assert await account_secrets.count_secrets_by_key(reading) == {}


async def test_the_secret_of_a_deleted_account_is_erased(api: httpx.AsyncClient, store: Store) -> None:
    account = (await api.post("/api/v1/accounts", json=body("aws", STATIC))).json()["account_id"]
    async with store.read() as reading:
        assert await account_secrets.count_secrets_by_key(reading) == {KEK.id: 1}
    await api.delete(f"/api/v1/accounts/{account}")
    async with store.read() as reading:
        assert await account_secrets.count_secrets_by_key(reading) == {}


async def test_who_did_what_is_told_without_a_secret(api: httpx.AsyncClient, store: Store) -> None:
    account = (await api.post("/api/v1/accounts", json=body("aws", STATIC))).json()["account_id"]
    await api.patch(f"/api/v1/accounts/{account}", json={"status": "suspended"})
    await api.delete(f"/api/v1/accounts/{account}")
    async with store.read() as reading:
        told = await audit.find_entries(reading, DEFAULT_CLIENT, AuditFilters(target=account), limit=10)
    assert [entry.action for entry in reversed(told)] == ["account.create", "account.change", "account.delete"]
    assert {entry.actor for entry in told} == {"key first"}
    assert PLANTED not in str(told)


@pytest.fixture
async def keyless(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(Settings(home=tmp_path / "keyless", fixed_now=NOW, **SETTINGS), clock=lambda: NOW)
    transport = httpx.ASGITransport(app)
    client = httpx.AsyncClient(transport=transport, base_url="http://api.test", headers=SIGNED_IN)
    async with app.router.lifespan_context(app), client:
        yield client


async def test_without_a_public_key_no_secret_is_taken(keyless: httpx.AsyncClient) -> None:
    answer = await keyless.post("/api/v1/accounts", json=body("aws", STATIC))
    assert answer.status_code == 422
    assert "SENTINEL_KEK_PUBLIC is not set" in answer.text
    assert (await keyless.get("/api/v1/accounts")).json()["items"] == []


@pytest.mark.parametrize("wrong", [{"kek": KEK.texts()[0]}, {"kek_public": KEK.texts()[0]}, {"kek_public": "x"}])
def test_the_api_refuses_to_start_with_what_could_open_secrets(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError) as caught:
        create_app(Settings(home=tmp_path, **wrong))
    assert KEK.texts()[0] not in str(caught.value)
