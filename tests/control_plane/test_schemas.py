"""/api/v1/schemas and /asyncapi.yaml: what a subscriber can fetch."""

from __future__ import annotations

import httpx
import pytest
import yaml
from jsonschema import Draft202012Validator

from schemas import topics
from schemas.catalogue import load_catalogue

FAMILY = {"cost.daily"}


async def test_every_event_type_of_the_catalogue_is_listed_and_leads_to_its_schema(api: httpx.AsyncClient) -> None:
    told = (await api.get("/api/v1/schemas")).json()["items"]
    services = [service for entry in load_catalogue().providers.values() for service in entry.services]
    assert {each["type"] for each in told} == {event.type for service in services for event in service.events} | FAMILY
    for each in told:
        answer = await api.get(each["href"])
        assert answer.headers["content-type"] == "application/schema+json"
        assert answer.json()["$id"] == each["dataschema"]
        if each["type"] not in FAMILY:
            assert answer.json()["properties"]["type"] == {"const": each["type"]}
        Draft202012Validator.check_schema(answer.json())


async def test_the_dataschema_of_an_event_tells_the_path_of_its_schema(api: httpx.AsyncClient) -> None:
    answer = await api.get("/api/v1/schemas/aws.waste.ebs.unattached/v1")
    dataschema = answer.json()["properties"]["dataschema"]["const"]
    assert (await api.get(dataschema.removeprefix("cloud-sentinel:"))).json() == answer.json()


@pytest.mark.parametrize(
    ("path", "detail"),
    [
        (
            "aws.waste.ebs.unatached/v1",
            'there is no schema "aws.waste.ebs.unatached/v1"; did you mean "aws.waste.ebs.unattached"?',
        ),
        ("aws.waste.ebs.unattached/v7", 'there is no schema "aws.waste.ebs.unattached/v7"; versions: v1'),
        ("0/v1", 'there is no schema "0/v1"; all types: /api/v1/schemas'),
    ],
)
async def test_an_unknown_schema_is_a_problem_with_the_nearest_right_name(
    api: httpx.AsyncClient, path: str, detail: str
) -> None:
    answer = await api.get(f"/api/v1/schemas/{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.json()["detail"] == detail


async def test_a_version_is_a_number(api: httpx.AsyncClient) -> None:
    assert (await api.get("/api/v1/schemas/aws.waste.ebs.unattached/vone")).status_code == 422


async def test_the_asyncapi_document_is_yaml_and_tells_the_topics(api: httpx.AsyncClient) -> None:
    answer = await api.get("/asyncapi.yaml")
    assert answer.headers["content-type"] == "application/yaml"
    told = yaml.safe_load(answer.text)
    assert told["asyncapi"] == "3.0.0"
    assert {channel["address"] for channel in told["channels"].values()} == set(topics.TOPICS)
    assert "&id" not in answer.text
