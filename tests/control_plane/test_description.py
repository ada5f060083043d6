"""The OpenAPI description, the catalogue, and what every answer carries."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib import resources
from typing import Any

import httpx
import pytest
from fastapi.openapi.models import OpenAPI

from control_plane.app import create_app
from schemas.settings import Settings

PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


@pytest.fixture
async def description(api: httpx.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await api.get("/openapi.json")).json()
    return found


def operations(description: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_the_description_is_valid_and_its_references_lead_somewhere(description: dict[str, Any]) -> None:
    assert OpenAPI.model_validate(description).openapi.startswith("3.")
    names = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(description)))
    assert names == set(description["components"]["schemas"])


def test_all_paths_are_described(description: dict[str, Any]) -> None:
    assert {name for name, _ in operations(description)} == {
        "POST /api/v1/scans",
        "POST /api/v1/scans/batch",
        "GET /api/v1/scans",
        "GET /api/v1/scans/{scan_id}",
        "GET /api/v1/scans/{scan_id}/progress",
        "POST /api/v1/scans/{scan_id}/cancel",
        "POST /api/v1/scans/{scan_id}/retry",
        "POST /api/v1/accounts",
        "GET /api/v1/accounts",
        "GET /api/v1/accounts/{account_id}",
        "PATCH /api/v1/accounts/{account_id}",
        "DELETE /api/v1/accounts/{account_id}",
        "POST /api/v1/accounts/{account_id}/test",
        "GET /api/v1/accounts/{account_id}/setup",
        "POST /api/v1/organizations/discover",
        "POST /api/v1/schedules",
        "GET /api/v1/schedules",
        "GET /api/v1/schedules/{schedule_id}",
        "PATCH /api/v1/schedules/{schedule_id}",
        "DELETE /api/v1/schedules/{schedule_id}",
        "POST /api/v1/schedules/{schedule_id}/run",
        "GET /api/v1/schedules/{schedule_id}/runs",
        "GET /api/v1/schedules/{schedule_id}/next",
        "GET /api/v1/jobs",
        "GET /api/v1/jobs/{job_id}",
        "POST /api/v1/costs/ingestions",
        "GET /api/v1/costs/ingestions",
        "GET /api/v1/costs/ingestions/{ingestion_id}",
        "GET /api/v1/events",
        "GET /api/v1/events/{event_id}",
        "GET /api/v1/resources",
        "GET /api/v1/resources/{resource_id}",
        "GET /api/v1/findings",
        "GET /api/v1/findings/{finding_id}",
        "GET /api/v1/findings/{finding_id}/history",
        "PATCH /api/v1/findings/{finding_id}",
        "POST /api/v1/findings/bulk",
        "GET /api/v1/costs",
        "GET /api/v1/costs/lines",
        "GET /api/v1/costs/summary",
        "GET /api/v1/costs/top",
        "GET /api/v1/costs/sources",
        "GET /api/v1/dead-letters",
        "GET /api/v1/dead-letters/{letter_id}",
        "POST /api/v1/dead-letters/{letter_id}/replay",
        "POST /api/v1/dead-letters/{letter_id}/drop",
        "POST /api/v1/dead-letters/replay",
        "POST /api/v1/dead-letters/drop",
        "GET /api/v1/status",
        "GET /api/v1/catalogue",
        "GET /api/v1/schemas",
        "GET /api/v1/schemas/{event_type}/v{version}",
        "POST /api/v1/auth/token",
        "POST /api/v1/auth/revoke",
        "GET /api/v1/auth/oidc/start",
        "GET /api/v1/auth/oidc/callback",
        "GET /api/v1/me",
        "POST /api/v1/me/password",
        "POST /api/v1/me/link",
        "GET /api/v1/users",
        "POST /api/v1/users",
        "GET /api/v1/users/{user_id}",
        "PATCH /api/v1/users/{user_id}",
        "DELETE /api/v1/users/{user_id}",
        "GET /api/v1/keys",
        "POST /api/v1/keys",
        "GET /api/v1/keys/{key_id}",
        "DELETE /api/v1/keys/{key_id}",
        "GET /api/v1/audit",
        "GET /asyncapi.yaml",
        "GET /healthz",
        "GET /readyz",
    }


def test_every_operation_tells_its_errors_as_problems(description: dict[str, Any]) -> None:
    for name, operation in operations(description):
        errors = {status: told for status, told in operation["responses"].items() if status >= "400"}
        assert {"500", "503"} <= set(errors), name
        assert ("422" in errors) == bool(operation.get("parameters") or "requestBody" in operation), name
        assert all(told["content"] == PROBLEM for told in errors.values()), name
        assert operation["summary"], name
    create = description["paths"]["/api/v1/scans"]["post"]["responses"]
    assert {"202", "400", "409", "413", "422"} <= set(create)
    assert "404" in description["paths"]["/api/v1/scans/{scan_id}"]["get"]["responses"]


def test_the_client_is_nowhere_in_what_can_be_asked(description: dict[str, Any]) -> None:
    for name, operation in operations(description):
        names = {parameter["name"] for parameter in operation.get("parameters", [])}
        if name != "GET /api/v1/auth/oidc/start":  # somebody says where they sign in, before anybody is known
            assert not {"client_id", "clientid", "client", "principal"} & names, name
    asked = description["components"]["schemas"]["ScanRequest"]
    assert "client_id" not in asked["properties"]
    assert asked["additionalProperties"] is False


async def test_no_page_loads_anything_from_elsewhere(api: httpx.AsyncClient) -> None:
    for path in ("/", "/docs"):
        page = (await api.get(path)).text
        assert "<script" not in page
        assert re.findall(r'(?:src|href)="(?!/)', page) == []
    assert (await api.get("/redoc")).status_code == 404
    assert "http" not in (await api.get("/assets/style.css")).text


async def test_the_docs_tell_every_operation_parameter_and_field(
    api: httpx.AsyncClient, description: dict[str, Any]
) -> None:
    page = (await api.get("/docs")).text
    for name, operation in operations(description):
        assert f"<code>{name}</code>" in page
        for parameter in operation.get("parameters", []):
            assert f"<code>{parameter['name']}</code>" in page
    for field in ("provider", "connection.mode", "connection.role_arn", "services", "lookback_days"):
        assert f"<code>{field}</code>" in page
    assert "ambient | profile | assume_role | demo" in page
    assert "list of metadata | performance | cost | waste | security" in page
    assert "None" not in page


@pytest.mark.parametrize("path", ["/", "/api/v1/scans", "/nowhere", "/healthz", "/assets/style.css", "/openapi.json"])
async def test_every_answer_has_the_security_headers(api: httpx.AsyncClient, path: str) -> None:
    headers = (await api.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "script-src" not in policy


async def test_the_catalogue_is_the_one_that_is_packaged(api: httpx.AsyncClient) -> None:
    answer = await api.get("/api/v1/catalogue?format=json")
    packaged = json.loads(resources.files("schemas").joinpath("catalogue.json").read_bytes())
    told = answer.json()
    assert set(told["providers"]) == set(packaged["providers"])
    assert [each["service"] for each in told["providers"]["aws"]["services"]] == [
        each["service"] for each in packaged["providers"]["aws"]["services"]
    ]
    assert (await api.get("/api/v1/catalogue?format=xml")).status_code == 422


def test_the_description_needs_no_store(settings: Settings) -> None:
    application = create_app(settings)  # without its lifespan: no store is ever opened
    assert application.openapi()["paths"]
