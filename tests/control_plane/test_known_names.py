"""A misspelt name in a query is told: an empty answer would read as "there is nothing"."""

from __future__ import annotations

import httpx
import pytest

from control_plane import known_names


@pytest.mark.parametrize(
    ("path", "query", "meant"),
    [
        ("findings", {"rule": "disk.unatached"}, "disk.unattached"),
        ("findings", {"service": "eb"}, "ebs"),
        ("findings", {"region": "us-east--1"}, "us-east-1"),
        ("resources", {"service": "snapshots"}, "snapshot"),
        ("resources", {"region": "eu-central1"}, "eu-central-1"),
        ("events", {"region": "eu-wst-1"}, "eu-west-1"),
        ("events", {"type": "aws.scan.ebs.denid"}, "aws.scan.ebs.denied"),
    ],
)
async def test_the_nearest_right_name_is_told(
    path: str, query: dict[str, str], meant: str, api: httpx.AsyncClient
) -> None:
    answer = await api.get(f"/api/v1/{path}", params=query)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    ((field, value),) = query.items()
    assert (error["field"], error["value"]) == (field, value)
    assert f'did you mean "{meant}"?' in error["allowed"]


@pytest.mark.parametrize("wanted", ["aws.*", "aws.waste.*", "aws.scan.s3.*", "aws.scan.s3.denied", "aws.waste.ebs.*"])
async def test_right_types_pass(wanted: str, api: httpx.AsyncClient) -> None:
    answer = await api.get("/api/v1/events", params={"type": wanted})
    assert (answer.status_code, answer.json()["items"]) == (200, [])


def test_the_names_are_those_of_the_catalogue() -> None:
    assert {"ebs", "ec2", "eip", "s3", "snapshot"} <= known_names.services()
    assert "disk.unattached" in known_names.rules()
    assert {"eu-west-1", "us-east-1"} <= known_names.regions()
