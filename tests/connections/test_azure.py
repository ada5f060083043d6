"""Azure connections: every way to sign in, and a guard that refuses before anything is sent."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.core.rest import HttpRequest

from connections import connect
from connections.azure import AzureConnection
from connections.azure_clouds import cloud_of
from connections.azure_guard import AzureGuard
from connections.raw import answers, keeping
from demo_cloud import DemoCloud
from demo_cloud.azure.names import SHOP
from schemas.azure_operations import azure_operation
from schemas.demo import DEMO_CLIENT_ID, DEMO_SECRET, DEMO_TENANT
from schemas.errors import ForbiddenOperationError, InvalidInputError, NoAccess
from schemas.scan import ScanSpec, TaskSpec
from schemas.sealing import Secret
from schemas.settings import Settings

DISKS = azure_operation("resourcegraph:Microsoft.Compute/disks")
OPERATIONS = frozenset({"subscriptions:Get", "subscriptions:List", "arm:Microsoft.Compute/disks", DISKS.name})
ARM = "https://management.azure.com"
SUBSCRIPTION = f"{ARM}/subscriptions/{SHOP}"
GRAPH = f"{ARM}/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01"
VARIABLES = (
    "AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH",
    "AZURE_FEDERATED_TOKEN_FILE", "AZURE_TOKEN_CREDENTIALS", "IDENTITY_ENDPOINT", "IDENTITY_HEADER",
)  # fmt: skip
IN_A_GROUP = f"{SUBSCRIPTION}/resourceGroups/g/providers"
Spec = Callable[..., ScanSpec]


@pytest.fixture(scope="module")
def demo() -> Iterator[DemoCloud]:
    with DemoCloud.start(provider="azure") as running:
        yield running


@pytest.fixture
def open_azure(spec: Spec, demo: DemoCloud, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AzureConnection]:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    settings = Settings(azure_endpoint=demo.endpoint, azure_ca=demo.ca)

    def build(mode: str = "ambient", **fields: Any) -> AzureConnection:
        made = connect(spec(mode, provider="azure", **fields), operations=OPERATIONS, settings=settings)
        assert isinstance(made, AzureConnection)
        return made

    return build


async def subscriptions(connection: AzureConnection) -> int:
    """How many the signed-in principal sees."""
    client = connection.client("arm", "global")
    request = HttpRequest("GET", client.format_url("/subscriptions"), params={"api-version": "2022-12-01"})
    try:
        response = await client.send_request(request)
        response.raise_for_status()
        return len(response.json()["value"])
    finally:
        await connection.close()


async def test_answers_and_refusals_are_kept_for_the_audit_log(
    open_azure: Callable[..., AzureConnection], spec: Spec, tmp_path: Path
) -> None:
    connection = open_azure("demo", account=SHOP)
    task = TaskSpec(spec("demo", provider="azure", account=SHOP), "task-1", "scan", 1, SHOP)
    client = connection.client("arm", "global")
    asked = {"subscriptions": [SHOP], "query": DISKS.query, "options": {"resultFormat": "objectArray", "$top": 2}}
    with keeping(task, Settings(raw=tmp_path), lambda: datetime(2026, 11, 21, 4, tzinfo=UTC)):
        address = client.format_url("/providers/Microsoft.ResourceGraph/resources")
        told = await client.send_request(HttpRequest("POST", address, params={"api-version": "2021-03-01"}, json=asked))
        wrong = HttpRequest("GET", client.format_url("/subscriptions/ffffffff-0000-4000-8000-000000000000"))
        refused = await client.send_request(wrong)
    await connection.close()
    first, second = answers(tmp_path, "scan-1")
    assert (first["operation"], first["region"], first["status"]) == (DISKS.name, "global", 200)
    assert first["arguments"] == {"api-version": "2021-03-01", "body": asked}
    assert first["answer"] == told.json() | {"$skipToken": "(removed)"}
    assert (second["operation"], second["status"]) == ("subscriptions:Get", refused.status_code)
    assert refused.status_code >= 400


async def test_a_service_principal_by_secret(
    open_azure: Callable[..., AzureConnection], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_TENANT_ID", DEMO_TENANT)
    monkeypatch.setenv("AZURE_CLIENT_ID", DEMO_CLIENT_ID)
    monkeypatch.setenv("AZURE_CLIENT_SECRET", DEMO_SECRET)
    assert await subscriptions(open_azure()) == 2


async def test_a_wrong_secret_is_told_and_not_shown(
    open_azure: Callable[..., AzureConnection], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_TENANT_ID", DEMO_TENANT)
    monkeypatch.setenv("AZURE_CLIENT_ID", DEMO_CLIENT_ID)
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "not-the-" + "secret")
    with pytest.raises(ClientAuthenticationError, match="AADSTS7000215") as caught:
        await subscriptions(open_azure())
    assert "not-the-secret" not in str(caught.value)


async def test_a_service_principal_by_certificate(
    open_azure: Callable[..., AzureConnection], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AZURE_TENANT_ID", DEMO_TENANT)
    monkeypatch.setenv("AZURE_CLIENT_ID", DEMO_CLIENT_ID)
    monkeypatch.setenv("AZURE_CLIENT_CERTIFICATE_PATH", str(_certificate(tmp_path)))
    assert await subscriptions(open_azure()) == 2


async def test_a_workload_identity_by_its_token_file(
    open_azure: Callable[..., AzureConnection], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text(_token({"sub": "system:serviceaccount:demo:scanner", "iss": "https://cluster"}))
    monkeypatch.setenv("AZURE_TENANT_ID", DEMO_TENANT)
    monkeypatch.setenv("AZURE_CLIENT_ID", DEMO_CLIENT_ID)
    monkeypatch.setenv("AZURE_FEDERATED_TOKEN_FILE", str(token))
    assert await subscriptions(open_azure()) == 2
    token.write_text(_token({"sub": "system:serviceaccount:demo:somebody-else"}))
    with pytest.raises(ClientAuthenticationError, match="AADSTS700027"):
        await subscriptions(open_azure())


async def test_a_managed_identity_by_the_address_that_the_host_gives(
    open_azure: Callable[..., AzureConnection], monkeypatch: pytest.MonkeyPatch, demo: DemoCloud
) -> None:
    with IdentityEndpoint() as (address, asked):
        monkeypatch.setenv("IDENTITY_ENDPOINT", address)
        monkeypatch.setenv("IDENTITY_HEADER", "host-secret")
        connection = open_azure()
        principal = await connection.client("identity", "global").principal()
        await connection.close()
    assert principal == "application of-the-host (object 42)"
    assert asked == [("https://management.azure.com", "host-secret")]


async def test_the_demo_signs_in_by_itself_and_is_marked(open_azure: Callable[..., AzureConnection]) -> None:
    connection = open_azure("demo", account=SHOP)
    assert connection.demo
    assert (await connection.client("identity", "global").principal()).startswith(f"application {DEMO_CLIENT_ID}")
    assert await subscriptions(connection) == 2


async def test_the_demo_is_noticed_however_it_is_reached(
    open_azure: Callable[..., AzureConnection], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_TENANT_ID", DEMO_TENANT)
    monkeypatch.setenv("AZURE_CLIENT_ID", DEMO_CLIENT_ID)
    monkeypatch.setenv("AZURE_CLIENT_SECRET", DEMO_SECRET)
    connection = open_azure()
    assert not connection.demo
    await subscriptions(connection)
    assert connection.demo


async def test_what_is_not_declared_never_leaves(open_azure: Callable[..., AzureConnection], demo: DemoCloud) -> None:
    connection = open_azure("demo", account=SHOP)
    client = connection.client("arm", "global")
    demo.reset_calls()
    path = f"/subscriptions/{SHOP}/resourceGroups/web/providers/Microsoft.Compute/disks/cart-db-old"
    with pytest.raises(ForbiddenOperationError, match="declared by no scanner"):
        await client.send_request(HttpRequest("DELETE", client.format_url(path)))
    await connection.close()
    assert demo.calls()["total"] == 0


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"mode": "profile", "profile": "a"}, "connection.mode"),
        ({"mode": "ambient", "account": "123456789012"}, "connection.account"),
    ],
)
def test_what_cannot_be_is_said_by_field(
    open_azure: Callable[..., AzureConnection], fields: dict[str, str], field: str
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        open_azure(**fields)
    assert caught.value.field == field


def test_the_demo_needs_its_address(spec: Spec) -> None:
    with pytest.raises(InvalidInputError, match="SENTINEL_AZURE_ENDPOINT"):
        connect(spec("demo", provider="azure", account=SHOP), operations=OPERATIONS, settings=Settings())


@pytest.mark.parametrize(
    ("method", "url", "body", "why"),
    [
        ("PUT", f"{SUBSCRIPTION}/providers/Microsoft.Compute/disks", None, "declared by no scanner"),
        ("POST", f"{SUBSCRIPTION}/providers/Microsoft.Compute/register", None, "declared by no scanner"),
        ("GET", f"{SUBSCRIPTION}/providers/Microsoft.Compute/images", None, "declared by no scanner"),
        ("GET", f"{SUBSCRIPTION}/providers/Microsoft.Compute/disks/one", None, "declared by no scanner"),
        ("GET", f"{ARM}/subscriptions/not-a-subscription", None, "declared by no scanner"),
        ("POST", f"{IN_A_GROUP}/Microsoft.Storage/storageAccounts/s/listKeys", None, "keys"),
        ("POST", f"{IN_A_GROUP}/Microsoft.Web/sites/s/listSecrets", None, "secrets"),
        ("POST", f"{SUBSCRIPTION}/providers/Microsoft.ContainerService/managedClusters/c/listClusterAdminCredential",
         None, "keys or secrets"),
        ("POST", f"{IN_A_GROUP}/Microsoft.Compute/disks/d/beginGetAccess", None, "declared"),
        ("POST", GRAPH, {"query": "Resources"}, "declared by no scanner"),
        ("POST", GRAPH, {"query": DISKS.query.replace("disks", "virtualMachines")}, "declared by no scanner"),
        ("POST", GRAPH, {"query": DISKS.query + " | take 1"}, "declared by no scanner"),
        ("GET", "https://elsewhere.example/subscriptions", None, "which the token is for"),
        ("GET", "http://management.azure.com/subscriptions", None, "which the token is for"),
    ],
)  # fmt: skip
def test_the_guard_refuses(method: str, url: str, body: Any, why: str) -> None:
    guard = AzureGuard(OPERATIONS, ARM)
    with pytest.raises(ForbiddenOperationError, match=why):
        guard.check(method, url, body and json.dumps(body))


@pytest.mark.parametrize(
    ("method", "url", "body"),
    [
        ("GET", f"{ARM}/subscriptions?api-version=2022-12-01", None),
        ("GET", f"{SUBSCRIPTION.upper().replace('HTTPS', 'https')}", None),
        ("GET", f"{SUBSCRIPTION}/providers/microsoft.compute/disks?api-version=2024-03-02", None),
        ("POST", GRAPH, {"query": DISKS.query, "subscriptions": [SHOP], "options": {"$skipToken": "x"}}),
    ],
)
def test_the_guard_lets_reads_through(method: str, url: str, body: Any) -> None:
    AzureGuard(OPERATIONS, ARM).check(method, url, body and json.dumps(body))


@pytest.mark.parametrize(
    "name",
    [
        "arm:Microsoft.KeyVault/vaults/secrets",
        "arm:Microsoft.Compute/disks/beginGetAccess/secrets",
        "arm:Other.Compute/disks",
        "arm:Microsoft.Web/serverfarms",
        "arm:Microsoft.Compute/disks@latest",
        "resourcegraph:Microsoft.Compute/disks' or type =~ 'x",
        "storage:ListKeys",
        "subscriptions:Delete",
    ],
)
def test_a_declaration_that_is_no_known_read_is_refused(name: str) -> None:
    with pytest.raises(ForbiddenOperationError):
        AzureGuard(frozenset({name}), ARM)


@pytest.mark.parametrize(
    ("settings", "name", "endpoint", "authority", "metrics", "known"),
    [
        ({}, "AzureCloud", ARM, "https://login.microsoftonline.com", "https://eastus.metrics.monitor.azure.com", True),
        (
            {"azure_endpoint": "https://management.chinacloudapi.cn/"}, "AzureChinaCloud",
            "https://management.chinacloudapi.cn", "https://login.chinacloudapi.cn",
            "https://eastus.metrics.monitor.azure.cn", True,
        ),
        (
            {"azure_endpoint": "https://127.0.0.1:7"}, "AzureCloud", "https://127.0.0.1:7", "https://127.0.0.1:7",
            "https://127.0.0.1:7", False,
        ),
        (
            {"azure_authority": "https://127.0.0.1:8/"}, "AzureCloud", ARM, "https://127.0.0.1:8",
            "https://eastus.metrics.monitor.azure.com", False,
        ),
    ],
)  # fmt: skip
def test_the_cloud_that_the_settings_mean(
    settings: dict[str, str], name: str, endpoint: str, authority: str, metrics: str, known: bool
) -> None:
    cloud = cloud_of(Settings(**settings))  # type: ignore[arg-type]  # texts only
    assert (cloud.name, cloud.endpoint, cloud.authority, cloud.known) == (name, endpoint, authority, known)
    assert cloud.metrics.format(region="eastus") == metrics


def _token(claims: dict[str, Any]) -> str:
    parts = [{"alg": "none"}, claims]
    told = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*told, "x"])


def _certificate(folder: Path) -> Path:
    """A certificate with its key, as a service principal has it: Entra takes RSA."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.x509.oid import NameOID

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "scanner")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "principal.pem"
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


class _Identity(BaseHTTPRequestHandler):
    asked: list[tuple[str, str]]

    def do_GET(self) -> None:
        from urllib.parse import parse_qs, urlsplit

        self.asked.append((parse_qs(urlsplit(self.path).query)["resource"][0], self.headers["X-IDENTITY-HEADER"]))
        token = _token({"appid": "of-the-host", "oid": "42"})
        told = json.dumps({"access_token": token, "expires_on": "4102444800", "resource": "x", "token_type": "Bearer"})
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(told.encode())

    def log_message(self, *_: Any) -> None: ...


class IdentityEndpoint:
    """What an App Service offers its applications."""

    def __enter__(self) -> tuple[str, list[tuple[str, str]]]:
        asked: list[tuple[str, str]] = []
        handler = type("Handler", (_Identity,), {"asked": asked})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_port}/token", asked

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def open_stored(spec: Spec, demo: DemoCloud, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AzureConnection]:
    """A stored account of a mode, with its secret."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)

    def build(mode: str, **secret: str) -> AzureConnection:
        made = spec(mode, provider="azure", account=SHOP, tenant_id=DEMO_TENANT, application_id=DEMO_CLIENT_ID)
        settings = Settings(azure_endpoint=demo.endpoint, azure_ca=demo.ca)
        opened = connect(made, operations=OPERATIONS, settings=settings, secret=Secret(secret) if secret else None)
        assert isinstance(opened, AzureConnection)
        return opened

    return build


async def test_a_stored_service_principal_signs_in_from_memory(
    open_stored: Callable[..., AzureConnection], tmp_path: Path
) -> None:
    assert await subscriptions(open_stored("service_principal", client_secret=DEMO_SECRET)) == 2
    pem = _certificate(tmp_path).read_text()
    assert await subscriptions(open_stored("service_principal", certificate=pem)) == 2


async def test_a_stored_workload_identity_signs_in_by_the_workers_token(
    open_stored: Callable[..., AzureConnection], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(NoAccess, match="AZURE_FEDERATED_TOKEN_FILE is not set"):
        open_stored("workload_identity")
    token = tmp_path / "token"
    token.write_text(_token({"sub": "system:serviceaccount:demo:scanner", "iss": "https://cluster"}))
    monkeypatch.setenv("AZURE_FEDERATED_TOKEN_FILE", str(token))
    assert await subscriptions(open_stored("workload_identity")) == 2


def test_a_stored_service_principal_without_its_secret_is_no_access(
    open_stored: Callable[..., AzureConnection],
) -> None:
    with pytest.raises(NoAccess, match="give it anew"):
        open_stored("service_principal")


async def test_a_stored_managed_identity_asks_for_its_application(
    open_stored: Callable[..., AzureConnection], monkeypatch: pytest.MonkeyPatch
) -> None:
    with IdentityEndpoint() as (address, asked):
        monkeypatch.setenv("IDENTITY_ENDPOINT", address)
        monkeypatch.setenv("IDENTITY_HEADER", "host-secret")
        connection = open_stored("managed_identity")
        assert await connection.client("identity", "global").principal() == "application of-the-host (object 42)"
        await connection.close()
    assert asked == [("https://management.azure.com", "host-secret")]
