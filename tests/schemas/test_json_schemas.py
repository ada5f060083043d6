"""The schema of each event type: valid, complete in itself, and refusing what is not that event."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from schemas.catalogue import event_types
from schemas.event import Data, Event, encode, schema_of
from schemas.json_schemas import UnknownSchemaError, event_schema

Make = Callable[..., Event]
WINDOW = {"start": "2026-11-07T04:00:00Z", "end": "2026-11-21T04:00:00Z"}
FINDING = {
    "rule": "disk.unattached",
    "outcome": "waste",
    "reason": "attached to nothing",
    "severity": "high",
    "monthly_saving": "8.80",
    "currency": "USD",
    "evidence": {},
    "missing": [],
}
COVERAGE = {
    "service": "ebs",
    "region": "eu-west-1",
    "status": "reached",
    "scope": "listing",
    "operation": "ec2:DescribeVolumes",
    "action": "",
    "principal": "",
    "reason": "",
    "by_organization": False,
    "statement": None,
    "resources": 1,
    "count": 1,
}
MEASURE = {
    "service": "ebs",
    "region": "eu-west-1",
    "seconds": 1.5,
    "resources": 2,
    "events": 20,
    "calls": {"ec2:DescribeVolumes": 2},
    "prices": {},
    "unpriced": 2,
    "throttles": 0,
    "cache_hits": 0,
}


def complaints(event_type: str, body: dict[str, Any]) -> list[str]:
    return [
        f"{error.json_path}: {error.message}"
        for error in Draft202012Validator(event_schema(event_type)).iter_errors(body)
    ]


def body(make: Make, event_type: str, data: Data) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(encode(make(type=event_type, dataschema=schema_of(event_type), data=data)))
    return told


GOOD: list[tuple[str, Data]] = [
    ("aws.metadata.ebs.size_gib", Data(100, "GiB")),
    ("aws.metadata.ebs.encrypted", Data(value=False)),
    ("aws.performance.ebs.read_ops", Data(1.5, "Count", "average", WINDOW, 336)),
    ("aws.cost.ebs.monthly_cost", Data("8.80", "USD", price={"key": "k", "source": "s", "source_date": "2026-05-01"})),
    ("aws.cost.ebs.monthly_cost", Data(None)),
    ("aws.waste.ebs.unattached", Data(FINDING)),
    ("aws.scan.ebs.reached", Data(COVERAGE)),
    ("aws.scan.ebs.measured", Data(MEASURE)),
]


@pytest.mark.parametrize(("event_type", "data"), GOOD)
def test_what_is_sent_is_valid(event: Make, event_type: str, data: Data) -> None:
    assert complaints(event_type, body(event, event_type, data)) == []


@pytest.mark.parametrize(
    ("event_type", "data", "where"),
    [
        ("aws.metadata.ebs.size_gib", Data("100", "GiB"), "$.data.value"),
        ("aws.metadata.ebs.size_gib", Data(None, "GiB"), "$.data.value"),
        ("aws.metadata.ebs.size_gib", Data(100, "GB"), "$.data.unit"),
        ("aws.performance.ebs.read_ops", Data(1.5, "Count", "median", WINDOW, 336), "$.data.statistic"),
        ("aws.performance.ebs.read_ops", Data(1.5, "Count", "average", WINDOW, 0), "$.data.samples"),
        ("aws.performance.ebs.read_ops", Data(1.5, "Count", "average", {"start": "x"}, 1), "$.data.window"),
        ("aws.performance.ebs.read_ops", Data(1.5, "Count"), "$.data"),
        ("aws.cost.ebs.monthly_cost", Data(8.8, "USD"), "$.data.value"),
        ("aws.cost.ebs.monthly_cost", Data("about 8", "USD"), "$.data.value"),
        ("aws.waste.ebs.unattached", Data({**FINDING, "rule": "disk.other"}), "$.data.value.rule"),
        ("aws.waste.ebs.unattached", Data({**FINDING, "outcome": "exposed"}), "$.data.value.outcome"),
        ("aws.waste.ebs.unattached", Data({**FINDING, "severity": "worst"}), "$.data.value.severity"),
        ("aws.scan.ebs.reached", Data({**COVERAGE, "status": "denied"}), "$.data.value.status"),
        ("aws.scan.ebs.reached", Data({**COVERAGE, "service": "ec2"}), "$.data.value.service"),
        ("aws.scan.ebs.measured", Data({**MEASURE, "service": "ec2"}), "$.data.value.service"),
        ("aws.scan.ebs.measured", Data({**MEASURE, "throttles": "many"}), "$.data.value.throttles"),
    ],
)
def test_what_is_not_that_event_is_refused(event: Make, event_type: str, data: Data, where: str) -> None:
    found = complaints(event_type, body(event, event_type, data))
    assert {each.partition(":")[0] for each in found} == {where}


@pytest.mark.parametrize("name", ["id", "source", "type", "time", "asof", "dataschema", "data", "demo", "attempt"])
def test_an_attribute_that_is_missing_is_told(event: Make, name: str) -> None:
    told = body(event, "aws.metadata.ebs.size_gib", Data(100, "GiB"))
    del told[name]
    assert complaints("aws.metadata.ebs.size_gib", told) == [f"$: '{name}' is a required property"]


def test_an_attribute_that_is_new_is_no_fault(event: Make) -> None:
    told = body(event, "aws.metadata.ebs.size_gib", Data(100, "GiB")) | {"traceparent": "00-abc"}
    assert complaints("aws.metadata.ebs.size_gib", told) == []


def test_each_schema_is_valid_and_complete_in_itself() -> None:
    for event_type in event_types():
        schema = event_schema(event_type)
        Draft202012Validator.check_schema(schema)
        referred = set(re.findall(r'"\$ref": "#/\$defs/(\w+)"', json.dumps(schema)))
        assert referred == set(schema["$defs"]), event_type
        assert (schema["title"], schema["$id"]) == (event_type, schema_of(event_type))


@pytest.mark.parametrize(("event_type", "version"), [("aws.waste.ebs.nothing", 1), ("aws.waste.ebs.unattached", 2)])
def test_what_is_not_in_the_catalogue_has_no_schema(event_type: str, version: int) -> None:
    with pytest.raises(UnknownSchemaError, match=event_type):
        event_schema(event_type, version)
