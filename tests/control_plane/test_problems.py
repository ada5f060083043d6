"""Every error is a problem as RFC 9457 describes it, and tells nothing of the inside."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
import structlog
from fastapi import FastAPI

from control_plane.app import create_app
from control_plane.body_limit import LIMIT_BYTES
from schemas.settings import Settings
from stores.migrate import HEAD
from tests.support.identity import SETTINGS, SIGNED_IN

LARGE = b'{"provider": "' + b"x" * LIMIT_BYTES + b'"}'


def check(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert set(problem) == {"type", "title", "status", "detail", "instance", "errors"}
    assert problem["instance"] == answer.request.url.path
    return str(problem["detail"])


async def test_an_unknown_path_names_the_nearest_right_one(api: httpx.AsyncClient) -> None:
    assert 'did you mean "/api/v1/findings"?' in check(await api.get("/api/v1/finding"), 404)


@pytest.mark.parametrize(
    ("path", "detail"),
    [
        ("/api/v1/findings/nix", "there is none of this id: /api/v1/findings/{finding_id} takes 32 hex digits"),
        ("/api/v1/dead-letters/7", "there is none of this id: /api/v1/dead-letters/{letter_id} takes 32 hex digits"),
        ("/api/v1/findings/nix/nowhere", "there is no such path"),
    ],
)
async def test_an_id_of_another_form_is_told_as_such(api: httpx.AsyncClient, path: str, detail: str) -> None:
    assert check(await api.get(path), 404).startswith(detail)


async def test_a_status_that_does_not_exist_is_one_line(api: httpx.AsyncClient) -> None:
    answer = await api.get("/api/v1/findings", params={"status": "opn"})
    assert check(answer, 422) == 'status: did you mean "open"? allowed: open, ignored, resolved, all'


async def test_an_id_in_a_list_is_told_in_plain_words(api: httpx.AsyncClient) -> None:
    asked = {"ids": ["nix"], "status": "ignored", "reason": "spare"}
    answer = await api.post("/api/v1/findings/bulk", json=asked)
    assert check(answer, 422) == "ids[0]: text of the form ^[0-9a-f]{32}$"


async def test_a_wrong_method_names_the_right_ones(api: httpx.AsyncClient) -> None:
    answer = await api.delete("/api/v1/scans/x")
    assert "allowed: GET" in check(answer, 405)
    assert answer.headers["allow"] == "GET"
    both = await api.delete("/api/v1/scans")
    assert "allowed: GET, POST" in check(both, 405)
    assert both.headers["allow"] == "GET, POST"


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/api/v1/scans"), ("GET", "/api/v1/events"), ("POST", "/nowhere")]
)
async def test_a_body_that_says_it_is_too_large_is_refused(api: httpx.AsyncClient, method: str, path: str) -> None:
    assert str(LIMIT_BYTES) in check(await api.request(method, path, content=LARGE), 413)


async def test_a_body_that_turns_out_too_large_is_refused(api: httpx.AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(LARGE), 4096):
            yield LARGE[start : start + 4096]

    answer = await api.post("/api/v1/scans", content=pieces(), headers={"content-type": "application/json"})
    assert str(LIMIT_BYTES) in check(answer, 413)


async def test_the_largest_body_is_read(api: httpx.AsyncClient) -> None:
    body = b'{"provider": "aws"}'
    padded = body + b" " * (LIMIT_BYTES - len(body))
    assert (
        await api.post("/api/v1/scans", content=padded, headers={"content-type": "application/json"})
    ).status_code == 202


async def test_what_nobody_expected_is_logged_once_and_not_told(app: FastAPI, api: httpx.AsyncClient) -> None:
    @app.get("/fails")
    async def fails() -> None:
        raise RuntimeError("table payroll at 10.0.0.7")

    with structlog.testing.capture_logs() as logs:
        answer = await api.get("/fails?token=x")
    assert "internal error" in check(answer, 500)
    assert "payroll" not in answer.text
    failures = [entry for entry in logs if entry["log_level"] == "error"]
    assert [(entry["event"], entry["path"]) for entry in failures] == [("request_failed", "/fails")]


async def test_a_secret_in_a_query_is_not_repeated(api: httpx.AsyncClient) -> None:
    key = "AKIA" + "IOSFODNN7EXAMPLE"
    answer = await api.get("/api/v1/events", params={"limit": key})
    check(answer, 422)
    assert key not in answer.text


async def test_readiness_names_what_is_missing_and_comes_back(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    application = create_app(settings)
    async with application.router.lifespan_context(application):
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="http://api.test", headers=SIGNED_IN) as api:
            assert (await api.get("/readyz")).json() == {"status": "ok"}
            _version(tmp_path, "older")
            answer = await api.get("/readyz")
            assert "store: has the tables of another version" in check(answer, 503)
            assert answer.headers["retry-after"] == "5"
            assert (await api.get("/healthz")).status_code == 200
            _version(tmp_path, HEAD)
            assert (await api.get("/readyz")).status_code == 200


def _version(folder: Path, version: str) -> None:
    with closing(sqlite3.connect(folder / "store.sqlite")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (version,))


async def test_without_a_store_the_api_lives_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    application = create_app(Settings(home=tmp_path, store=f"sqlite:///{tmp_path}/file/store.sqlite", **SETTINGS))
    with structlog.testing.capture_logs() as logs:
        async with application.router.lifespan_context(application):
            transport = httpx.ASGITransport(application)
            async with httpx.AsyncClient(transport=transport, base_url="http://api.test", headers=SIGNED_IN) as api:
                assert (await api.get("/healthz")).status_code == 200
                assert check(await api.get("/readyz"), 503).startswith("store: ")
                for path in ("/api/v1/scans", "/api/v1/events", "/api/v1/findings", "/api/v1/resources", "/"):
                    detail = check(await api.get(path), 503)
                    assert str(tmp_path) not in detail
                check(await api.post("/api/v1/scans", json={"provider": "aws"}), 503)
    assert logs[0]["event"] == "store_not_migrated"
