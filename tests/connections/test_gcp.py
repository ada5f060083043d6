"""The connection to Google Cloud, over sockets: where credentials come from, what the guard refuses, what is told."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.api_core.exceptions import PermissionDenied

from connections import connect
from connections.gcp import GcpConnection, target_of
from connections.gcp_sources import describe_gcp_sources
from connections.raw import answers, keeping
from demo_cloud.gcp.http_server import Tokens
from demo_cloud.gcp.scenario import build_world
from demo_cloud.gcp.server import Apis, Control
from demo_cloud.gcp.tokens import OUTSIDE_TOKEN
from demo_cloud.gcp.world import PROJECT
from schemas.errors import ForbiddenOperationError, InvalidInputError, NoAccess, Unreachable
from schemas.scan import ScanSpec, TaskSpec
from schemas.sealing import Secret
from schemas.settings import Settings

KEYED = f"keyed@{PROJECT}.iam.gserviceaccount.com"
ACTED = f"acted@{PROJECT}.iam.gserviceaccount.com"
AUDIENCE = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/providers/ci"
EVERY = frozenset({"cloudasset:ListAssets", "monitoring:ListTimeSeries"})
DISKS = {"parent": f"projects/{PROJECT}", "asset_types": ["compute.googleapis.com/Disk"], "content_type": "RESOURCE"}


@dataclass
class Google:
    """The servers, and files with credentials for them."""

    folder: Path
    control: Control = field(default_factory=Control)
    tokens: Any = None
    apis: Any = None

    def key(self) -> str:
        """A service account's key file, as Google hands it out."""
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.tokens.certificates["key-1"] = public
        pem = private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return self.file(
            "key.json",
            type="service_account",
            project_id=PROJECT,
            private_key_id="key-1",
            private_key=pem.decode(),
            client_email=KEYED,
            client_id="1",
            token_uri=f"{self.tokens.url}/token",
        )

    def federated(self, subject: str = OUTSIDE_TOKEN, **more: str) -> str:
        """The file of a workload identity federation."""
        (self.folder / "subject").write_text(subject)
        return self.file(
            "identity.json",
            type="external_account",
            audience=AUDIENCE,
            subject_token_type="urn:ietf:params:oauth:token-type:jwt",
            token_url=f"{self.tokens.url}/v1/token",
            credential_source={"file": str(self.folder / "subject")},
            **more,
        )

    def acting(self) -> str:
        """The address where the token of the account that is acted as is given."""
        return f"{self.tokens.url}/v1/projects/-/serviceAccounts/{ACTED}:generateAccessToken"

    def changed_key(self, **change: str) -> str:
        """A key file with other words in it."""
        return self.file("key.json", **{**json.loads(Path(self.key()).read_text()), **change})

    def file(self, name: str, **told: Any) -> str:
        (self.folder / name).write_text(json.dumps(told))
        return str(self.folder / name)


@pytest.fixture
def google(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Google]:
    for name in list(os.environ):
        if name.startswith(("GOOGLE_", "CLOUDSDK_", "GCE_", "GCLOUD_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path / "gcloud"))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", PROJECT)
    served = Google(tmp_path)
    served.tokens = Tokens(served.control)
    served.apis = Apis(build_world(datetime(2026, 11, 21, 4, tzinfo=UTC)), served.control)
    yield served
    served.apis.stop()
    served.tokens.stop()


Spec = Callable[..., ScanSpec]


def connected(
    google: Google, spec: ScanSpec, operations: frozenset[str] = EVERY, *, call_seconds: float = 30
) -> GcpConnection:
    settings = Settings(gcp_endpoint=f"http://127.0.0.1:{google.apis.port}", call_seconds=call_seconds)
    connection = connect(spec, operations=operations, settings=settings)
    assert isinstance(connection, GcpConnection)
    return connection


async def disks(connection: GcpConnection) -> int:
    """How many disks the connection sees."""
    try:
        page = await connection.client("cloudasset", "").list_assets(request=DISKS, retry=None, timeout=10)
        return len(page.assets)
    finally:
        await connection.close()


def of_a_key(google: Google, _: pytest.MonkeyPatch) -> str:
    return google.key()


def federated(google: Google, _: pytest.MonkeyPatch) -> str:
    return google.federated()


def federated_acting(google: Google, _: pytest.MonkeyPatch) -> str:
    return google.federated(service_account_impersonation_url=google.acting())


def acting_by_variable(google: Google, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("GOOGLE_IMPERSONATE_SERVICE_ACCOUNT", ACTED)
    monkeypatch.setenv("CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS", f"{google.tokens.url}/")
    return google.key()


@pytest.mark.parametrize(
    ("source", "principal", "told"),
    [
        (of_a_key, KEYED, KEYED),
        (federated, f"principal:{AUDIENCE}", "google.auth.identity_pool"),
        (federated_acting, ACTED, ACTED),
        (acting_by_variable, ACTED, ACTED),
    ],
    ids=["service-account key", "workload identity", "workload identity, acting", "impersonation by variable"],
)
async def test_each_source_of_credentials_opens_the_project(
    source: Callable[[Google, pytest.MonkeyPatch], str],
    principal: str,
    told: str,
    google: Google,
    spec: Spec,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", source(google, monkeypatch))
    connection = connected(google, spec(provider="gcp"))
    assert await connection.identity() == (PROJECT, told)
    assert await disks(connection) > 30
    assert google.control.principals == {principal}


@pytest.mark.parametrize(("named", "told"), [("billing-project", "billing-project"), ("", "")])
async def test_the_project_whose_quota_counts_is_told(
    named: str, told: str, google: Google, spec: Spec, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a person's login Cloud Asset Inventory answers only where one is named."""
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", google.key())
    if named:
        monkeypatch.setenv("GOOGLE_CLOUD_QUOTA_PROJECT", named)
    await disks(connected(google, spec(provider="gcp")))
    assert google.control.quota_projects == {told}


async def test_the_project_of_a_key_is_taken_when_no_other_is_named(
    google: Google, spec: Spec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GOOGLE_CLOUD_PROJECT")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", google.key())
    assert (await connected(google, spec(provider="gcp")).identity())[0] == PROJECT
    assert (await connected(google, spec(provider="gcp", account="other-project")).identity())[0] == "other-project"


async def test_no_project_is_no_access(google: Google, spec: Spec, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GOOGLE_CLOUD_PROJECT")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", google.federated())
    with pytest.raises(NoAccess, match="GOOGLE_CLOUD_PROJECT"):
        await connected(google, spec(provider="gcp")).identity()


async def test_no_credentials_are_told_with_what_was_tried(google: Google, spec: Spec) -> None:
    with pytest.raises(NoAccess, match=r"GOOGLE_APPLICATION_CREDENTIALS \(not set\); .*the metadata server"):
        await disks(connected(google, spec(provider="gcp")))
    assert google.control.calls.total() == 0


async def test_a_key_that_is_not_believed_is_told_without_the_key(
    google: Google, spec: Spec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", google.key())
    google.tokens.certificates.clear()
    with pytest.raises(NoAccess, match="Invalid JWT Signature") as caught:
        await disks(connected(google, spec(provider="gcp")))
    assert "PRIVATE" not in str(caught.value)
    assert "key.json (found)" in str(caught.value)


async def test_an_identity_that_is_not_believed_is_no_access(
    google: Google, spec: Spec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", google.federated("a planted secret"))
    with pytest.raises(NoAccess, match="signing in failed") as caught:
        await disks(connected(google, spec(provider="gcp")))
    assert "planted" not in str(caught.value)


async def test_who_may_not_act_as_the_account_has_no_access(
    google: Google, spec: Spec, monkeypatch: pytest.MonkeyPatch
) -> None:
    acting_by_variable(google, monkeypatch)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", google.changed_key(client_email="somebody@else"))
    with pytest.raises(NoAccess, match="signing in failed"):
        await disks(connected(google, spec(provider="gcp")))


async def test_a_token_server_that_is_not_there_is_unreachable(
    google: Google, spec: Spec, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = google.changed_key(token_uri="http://127.0.0.1:9/token")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", dead)
    with pytest.raises(Unreachable, match="signing in got no answer"):
        await disks(connected(google, spec(provider="gcp")))


async def test_a_token_server_that_hangs_is_given_up(
    google: Google, spec: Spec, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        hanging = google.changed_key(token_uri=f"http://127.0.0.1:{silent.getsockname()[1]}/token")
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", hanging)
        with pytest.raises(Unreachable, match="no answer within 1 s, signing in included"):
            await disks(connected(google, spec(provider="gcp"), call_seconds=1))


async def test_a_demo_is_known_by_its_answers(google: Google, spec: Spec, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", google.key())
    connection = connected(google, spec(provider="gcp"))
    assert connection.demo is False
    await disks(connection)
    assert connection.demo is True


async def test_an_undeclared_call_is_refused_before_it_is_signed(google: Google, spec: Spec) -> None:
    connection = connected(google, spec(provider="gcp"), frozenset({"monitoring:ListTimeSeries"}))
    with pytest.raises(ForbiddenOperationError, match="cloudasset:ListAssets is declared by no scanner of this scan"):
        await disks(connection)
    assert google.control.calls.total() == 0


@pytest.mark.parametrize(
    ("method", "operation", "why"),
    [
        ("create_feed", "cloudasset:CreateFeed", "is not a read-only operation"),
        ("delete_saved_query", "cloudasset:DeleteSavedQuery", "is not a read-only operation"),
        ("search_all_resources", "cloudasset:SearchAllResources", "its permissions are not listed"),
    ],
)
async def test_what_is_no_known_read_is_refused_although_declared(
    method: str, operation: str, why: str, google: Google, spec: Spec
) -> None:
    connection = connected(google, spec("demo", provider="gcp", account=PROJECT), frozenset({operation}))
    with pytest.raises(ForbiddenOperationError, match=f"{operation} {why}|{operation}.*{why}"):
        await getattr(connection.client("cloudasset", ""), method)(request={}, retry=None, timeout=5)
    await connection.close()
    assert google.control.calls.total() == 0


async def test_answers_and_refusals_are_kept_for_the_audit_log_without_what_is_secret(
    google: Google, spec: Spec, tmp_path: Path
) -> None:
    asked = {**DISKS, "asset_types": ["compute.googleapis.com/Instance"]}
    connection = connected(google, spec("demo", provider="gcp", account=PROJECT))
    task = TaskSpec(spec("demo", provider="gcp", account=PROJECT), "task-1", "scan", 1, PROJECT)
    with keeping(task, Settings(raw=tmp_path), lambda: datetime(2026, 11, 21, 4, tzinfo=UTC)):
        client = connection.client("cloudasset", "")
        await client.list_assets(request=asked, retry=None, timeout=10)
        google.control.denied = ("cloudasset.assets.listResource",)
        with pytest.raises(PermissionDenied):
            await client.list_assets(request=asked, retry=None, timeout=10)
    await connection.close()
    answered, refused = answers(tmp_path, "scan-1")
    assert (answered["operation"], answered["region"], answered["status"]) == ("cloudasset:ListAssets", "global", 200)
    assert answered["arguments"]["assetTypes"] == ["compute.googleapis.com/Instance"]
    first = answered["answer"]["assets"][0]["resource"]["data"]
    assert (first["name"], first["metadata"]["items"][0]["value"]) == ("legacy-pos", "(removed)")
    assert (refused["status"], "denied" in refused["answer"]["error"]) == (403, True)
    assert "planted-secret" not in repr([answered, refused])


@pytest.mark.parametrize("kind", ["unary_stream", "stream_unary", "stream_stream"])
async def test_a_stream_is_refused(kind: str, google: Google, spec: Spec) -> None:
    connection = connected(google, spec("demo", provider="gcp", account=PROJECT))
    path = "/google.cloud.asset.v1.AssetService/ListAssets"
    request: Any = b"" if kind.startswith("unary") else iter([b""])
    call = getattr(connection._channel("cloudasset"), kind)(path)(request)
    with pytest.raises(ForbiddenOperationError, match="cloudasset:ListAssets is a stream"):
        await (call if kind == "stream_unary" else call.read())
    await connection.close()
    assert google.control.calls.total() == 0


@pytest.mark.parametrize(
    ("endpoint", "target"),
    [
        ("http://127.0.0.1:9000", ("127.0.0.1:9000", False)),
        ("https://asset.example.org", ("asset.example.org:443", True)),
        ("http://[::1]:9000", ("[::1]:9000", False)),
    ],
)
def test_an_endpoint_becomes_a_target(endpoint: str, target: tuple[str, bool]) -> None:
    assert target_of(endpoint) == target


@pytest.mark.parametrize("endpoint", ["127.0.0.1:9000", "grpc://host:1", "http://", "http://host:port"])
def test_an_endpoint_that_is_no_url_is_bad_input(endpoint: str, spec: Spec) -> None:
    with pytest.raises(InvalidInputError, match="SENTINEL_GCP_ENDPOINT"):
        connect(spec(provider="gcp"), operations=EVERY, settings=Settings(gcp_endpoint=endpoint))


def test_the_demo_needs_its_address(spec: Spec) -> None:
    with pytest.raises(InvalidInputError, match="SENTINEL_GCP_ENDPOINT"):
        connect(spec("demo", provider="gcp", account=PROJECT), operations=EVERY, settings=Settings())


def test_sources_are_named_without_a_secret(google: Google, spec: Spec, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", google.key())
    monkeypatch.setenv("CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT", ACTED)
    told = describe_gcp_sources(spec(provider="gcp"))
    assert f"GOOGLE_APPLICATION_CREDENTIALS {google.folder}/key.json (found)" in told
    assert f"CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT {ACTED}" in told
    assert "PRIVATE" not in told


async def seen_by(google: Google, made: ScanSpec, secret: Secret | None = None, token_file: str = "") -> int:
    """How many disks a stored account of this mode sees."""
    settings = Settings(
        gcp_endpoint=f"http://127.0.0.1:{google.apis.port}",
        gcp_authority=google.tokens.url,
        gcp_token_file=Path(token_file) if token_file else None,
    )
    connection = connect(made, operations=EVERY, settings=settings, secret=secret)
    assert isinstance(connection, GcpConnection)
    return await disks(connection)


async def test_a_stored_key_opens_its_project_from_memory(google: Google, spec: Spec) -> None:
    whole = json.loads(await asyncio.to_thread(Path(google.key()).read_text))
    kept = {name: whole[name] for name in ("type", "client_email", "private_key", "private_key_id", "project_id")}
    made = spec("service_account_key", provider="gcp", account=PROJECT)
    assert await seen_by(google, made, Secret({"key": json.dumps(kept)})) > 30
    assert google.control.principals == {KEYED}


async def test_a_stored_federation_signs_in_by_the_workers_token(google: Google, spec: Spec) -> None:
    google.federated()
    token = str(google.folder / "subject")
    made = spec("workload_identity", provider="gcp", account=PROJECT, audience=AUDIENCE)
    assert await seen_by(google, made, token_file=token) > 30
    acting = spec("workload_identity", provider="gcp", account=PROJECT, audience=AUDIENCE, service_account=ACTED)
    assert await seen_by(google, acting, token_file=token) > 30
    assert google.control.principals == {f"principal:{AUDIENCE}", ACTED}


async def test_a_stored_account_is_impersonated_by_the_workers(
    google: Google, spec: Spec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", google.key())
    made = spec("impersonation", provider="gcp", account=PROJECT, service_account=ACTED)
    assert await seen_by(google, made) > 30
    assert google.control.principals == {ACTED}


@pytest.mark.parametrize("mode", ["service_account_key", "workload_identity"])
def test_a_stored_account_without_what_it_needs_is_no_access(google: Google, spec: Spec, mode: str) -> None:
    made = spec(mode, provider="gcp", account=PROJECT, audience=AUDIENCE)
    with pytest.raises(NoAccess):
        connect(made, operations=EVERY, settings=Settings(gcp_endpoint=f"http://127.0.0.1:{google.apis.port}"))
