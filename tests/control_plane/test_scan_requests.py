"""POST /api/v1/scans: what is accepted, and how what is not is told."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from fastapi import FastAPI

from control_plane.app import create_app
from control_plane.context import scan_ids
from schemas.scan import Connection
from schemas.settings import Settings
from schemas.states import ScanStatus
from stores import Store, progress, scans
from tests.control_plane.conftest import NOW
from tests.support.identity import SETTINGS, SIGNED_IN

ROLE = "arn:aws:iam::123456789012:role/audit"
VOLUME = "arn:aws:ec2:eu-west-1:123456789012:volume/vol-0a1"
KEY_ID = "AKIA" + "Q3EGRZXNYFAKEKEY"
SECRET = "planted" + "SECRETvalue0123456789abcdefghijkl"


def body(**changes: Any) -> dict[str, Any]:
    return {"provider": "aws", "connection": {"mode": "ambient"}, **changes}


def connection(**fields: Any) -> dict[str, Any]:
    return body(connection=fields)


async def test_a_scan_is_accepted_at_once_and_stored_for_the_relay(api: httpx.AsyncClient, store: Store) -> None:
    asked = body(services=["@storage", "ec2"], regions=["us-east-1", "eu-west-1"], categories=["security", "waste"])
    answer = await api.post("/api/v1/scans", json=asked)
    assert answer.status_code == 202
    scan_id = answer.json()["scan_id"]
    assert answer.json() == {"scan_id": scan_id, "status": "QUEUED"}
    assert answer.headers["location"] == f"/api/v1/scans/{scan_id}"
    async with store.read() as reading:
        (row,) = await scans.unpublished_scans(reading, 10)
        (step,) = await progress.after(reading, scan_id, 0, 10)
    assert row.status is ScanStatus.QUEUED
    assert set(row.spec.services) == {"ec2", "ebs", "snapshot", "s3"}
    assert row.spec.regions == ("eu-west-1", "us-east-1")
    assert row.spec.categories == ("waste", "security")
    assert (row.spec.client_id, row.spec.asof, row.spec.lookback_days) == ("default", NOW, 14)
    assert step.kind == "scan_accepted"


async def test_what_is_left_out_means_all(api: httpx.AsyncClient, store: Store) -> None:
    await api.post("/api/v1/scans", json={"provider": "aws"})
    async with store.read() as reading:
        (row,) = await scans.unpublished_scans(reading, 10)
    assert {"ec2", "ebs", "snapshot", "eip", "s3"} <= set(row.spec.services)
    assert row.spec.regions is None
    assert row.spec.categories == ("metadata", "performance", "cost", "waste", "security")
    assert row.spec.connection == Connection(mode="ambient")


@pytest.mark.parametrize(
    "fields",
    [
        {"mode": "ambient"},
        {"mode": "profile", "profile": "audit"},
        {"mode": "assume_role", "role_arn": ROLE},
        {"mode": "assume_role", "role_arn": ROLE, "external_id": "acme/42", "profile": "hub"},
        {"mode": "assume_role", "role_arn": "arn:aws-us-gov:iam::123456789012:role/path/to/audit"},
        {"mode": "demo", "account": "123456789012"},
    ],
)
async def test_each_mode_is_stored_as_it_was_asked_for(
    api: httpx.AsyncClient, store: Store, fields: dict[str, str]
) -> None:
    assert (await api.post("/api/v1/scans", json=connection(**fields))).status_code == 202
    async with store.read() as reading:
        (row,) = await scans.unpublished_scans(reading, 10)
    assert row.spec.connection == Connection(**fields)  # type: ignore[arg-type]  # mode is one of the literals


@pytest.mark.parametrize(
    ("asked", "field", "value", "told"),
    [
        (body(provider="awz"), "provider", "awz", 'did you mean "aws"?'),
        (body(services=["ec3"]), "services", "ec3", 'did you mean "ec2"?'),
        (body(services=["@storge"]), "services", "@storge", 'did you mean "@storage"?'),
        (body(regions=["eu-west-11"]), "regions", "eu-west-11", 'did you mean "eu-west-1"?'),
        (body(categories=["wast"]), "categories[0]", "wast", 'did you mean "waste"?'),
        (body(services=[]), "services", None, "at least 1; leave it out"),
        (body(services=["ec2"] * 501), "services", None, "at most 500"),
        (body(services=["x" * 65]), "services[0]", "x" * 65, "at most 64 characters"),
        (body(lookback_days=0), "lookback_days", 0, "at least 1"),
        (body(lookback_days=91), "lookback_days", 91, "at most 90"),
        (body(max_age_seconds=-1), "max_age_seconds", -1, "at least 0"),
        (body(max_age_seconds=604_801), "max_age_seconds", 604_801, "at most 604800"),
        (body(lookback_days=True), "lookback_days", True, "a whole number"),
        (body(lookback_days="14"), "lookback_days", "14", "a whole number"),
        (body(resource_ids=[VOLUME, "vol-0a1"]), "resource_ids[1]", "vol-0a1", "an ARN"),
        (body(regionz=["eu-west-1"]), "regionz", None, 'did you mean "regions"?'),
        (connection(mode="asume_role"), "connection.mode", "asume_role", 'did you mean "assume_role"?'),
        (connection(mode="ambient", rolearn=ROLE), "connection.rolearn", None, 'did you mean "role_arn"?'),
        (connection(mode="assume_role"), "connection.role_arn", None, "mode assume_role needs it"),
        (connection(mode="assume_role", role_arn="audit"), "connection.role_arn", "audit", "the ARN of a role"),
        (
            connection(mode="assume_role", role_arn="arn:aws:iam::123456789012:user/bob"),
            "connection.role_arn",
            "arn:aws:iam::123456789012:user/bob",
            "the ARN of a role",
        ),
        (
            connection(mode="assume_role", role_arn=ROLE, external_id="a b"),
            "connection.external_id",
            "a b",
            "letters, digits",
        ),
        (connection(mode="profile"), "connection.profile", None, "mode profile needs it"),
        (connection(mode="ambient", profile="audit"), "connection.profile", "audit", "takes: nothing else"),
        (connection(mode="profile", profile="a", role_arn=ROLE), "connection.role_arn", ROLE, "takes: profile"),
        (connection(mode="demo"), "connection.account", None, "mode demo needs it"),
        (connection(mode="demo", account="123"), "connection.account", "123", "twelve digits"),
        ({"connection": {"mode": "ambient"}}, "provider", None, "it is required"),
    ],
)
async def test_each_error_names_the_field_the_value_and_what_is_allowed(
    api: httpx.AsyncClient, store: Store, asked: dict[str, Any], field: str, value: object, told: str
) -> None:
    answer = await api.post("/api/v1/scans", json=asked)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["status"], problem["instance"]) == (422, "/api/v1/scans")
    (error,) = problem["errors"]
    assert (error["field"], error["value"]) == (field, value)
    assert told in error["allowed"]
    assert field in problem["detail"]
    assert told in problem["detail"]
    async with store.read() as reading:
        assert await scans.unpublished_scans(reading, 10) == []


async def test_all_errors_are_told_at_once(api: httpx.AsyncClient) -> None:
    asked = body(services=["ec3"], regions=["mars"], resource_ids=["x"], connection={"mode": "profile"})
    problem = (await api.post("/api/v1/scans", json=asked)).json()
    fields = [error["field"] for error in problem["errors"]]
    assert fields == ["services", "regions", "connection.profile", "resource_ids[0]"]
    assert problem["detail"].endswith("(and 1 more)")


async def test_the_demo_needs_a_demo_cloud(tmp_path: Path) -> None:
    application = create_app(Settings(home=tmp_path, **SETTINGS))
    async with application.router.lifespan_context(application):
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="http://api.test", headers=SIGNED_IN) as api:
            answer = await api.post("/api/v1/scans", json=connection(mode="demo", account="123456789012"))
    assert answer.status_code == 422
    assert "SENTINEL_DEMO_ENDPOINT" in answer.json()["detail"]


async def test_a_client_id_in_the_body_is_refused(api: httpx.AsyncClient) -> None:
    answer = await api.post("/api/v1/scans", json=body(client_id="acme"))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "client_id"


SECRET_BODIES = [
    connection(mode="ambient", aws_secret_access_key=SECRET),
    connection(mode="ambient", credentials={"id": KEY_ID, "value": SECRET}),
    body(secret=SECRET),
    body(services=[{"password": SECRET}]),
    body(extra={"deep": [{"deeper": {"session_token": SECRET}}]}),
    connection(mode="profile", profile=KEY_ID),
    connection(mode="assume_role", role_arn=ROLE, external_id=KEY_ID),
    connection(mode="profile", profile=f"-----BEGIN RSA PRIVATE KEY----- {SECRET}"),
    body(regions=[KEY_ID]),
    body(**{KEY_ID: "x"}),
    {"password": SECRET, "provider": 7, "lookback_days": "many"},
    [SECRET, {"token": SECRET}],
]


@pytest.mark.parametrize("asked", SECRET_BODIES)
async def test_a_secret_is_refused_and_neither_answered_nor_logged_nor_stored(
    api: httpx.AsyncClient, tmp_path: Path, asked: Any
) -> None:
    with structlog.testing.capture_logs() as logs:
        answer = await api.post("/api/v1/scans", json=asked)
    assert answer.status_code == 422
    assert "no secrets in a request" in answer.json()["detail"]
    assert len(answer.json()["errors"]) == 1
    told = answer.text + str(answer.headers) + repr(logs)
    assert SECRET not in told
    assert KEY_ID not in told
    stored = _stored(tmp_path)
    assert b"SQLite format" in stored
    assert SECRET.encode() not in stored
    assert KEY_ID.encode() not in stored


def _stored(folder: Path) -> bytes:
    """All bytes of all files, also of the write-ahead log."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (f'{{"password": "{SECRET}", '.encode(), "application/json"),
        (f'"{SECRET}"'.encode(), "application/json"),
        (f"password={SECRET}".encode(), "application/x-www-form-urlencoded"),
        (f'{{"password": "{SECRET}"}}'.encode(), "text/plain"),
        (b"\xff\xfe" + SECRET.encode(), "application/json"),
        (b"[" * 30_000 + SECRET.encode(), "application/json"),
        (b"", "application/json"),
        (b"null", "application/json"),
    ],
)
async def test_a_body_that_is_no_json_object_is_refused_without_being_repeated(
    api: httpx.AsyncClient, content: bytes, media_type: str
) -> None:
    with structlog.testing.capture_logs() as logs:
        answer = await api.post("/api/v1/scans", content=content, headers={"content-type": media_type})
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"
    assert SECRET not in answer.text + repr(logs)


async def test_seeded_ids_are_the_same_in_every_empty_store(api: httpx.AsyncClient) -> None:
    ids = [(await api.post("/api/v1/scans", json=body())).json()["scan_id"] for _ in range(3)]
    assert len(set(ids)) == 3
    assert ids == [scan_ids("tests")(ordinal) for ordinal in (1, 2, 3)]
    assert ids != [scan_ids("other")(ordinal) for ordinal in (1, 2, 3)]


async def test_ids_are_random_without_a_seed(tmp_path: Path) -> None:
    assert scan_ids("")(1) != scan_ids("")(1)
    assert uuid.UUID(scan_ids("")(1)).version == 4


async def test_the_moment_of_acceptance_is_the_clock_unless_it_is_fixed(tmp_path: Path) -> None:
    application: FastAPI = create_app(Settings(home=tmp_path, **SETTINGS), clock=lambda: NOW)
    async with application.router.lifespan_context(application):
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="http://api.test", headers=SIGNED_IN) as api:
            scan_id = (await api.post("/api/v1/scans", json=body())).json()["scan_id"]
            assert (await api.get(f"/api/v1/scans/{scan_id}")).json()["asof"] == "2026-11-21T04:00:00Z"
