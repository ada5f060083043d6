"""Every unit, tested without a line of its own: its declarations against botocore's models."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
import types
import typing
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, cast

import botocore.session
import pytest

from scanners.aws.call import Call
from scanners.aws.scanner import AwsScanner
from scanners.core.catalogue import FILE, generate, main, render
from scanners.core.prices import price_of
from scanners.core.registry import groups, operations_of, scanners
from scanners.core.resource import declared
from schemas.catalogue import load_catalogue
from schemas.operations import iam_actions, is_read_only, returns_content

Unit = type[AwsScanner[Any]]
UNITS = cast("list[Unit]", list(scanners("aws").values()))
PAIRS = re.compile(r"\[\]\.\[((Tag)?Key, (Tag)?Value|key, value)\]")
LONGEST_UNIT = 80
LONGEST_RULE = 30
SHAPES = {
    str: {"string"},
    int: {"integer", "long"},
    bool: {"boolean"},
    datetime: {"timestamp", "string", "long"},
    list: {"list"},
    float: {"double", "float"},
}


SESSION = botocore.session.get_session()


@cache
def client(service: str) -> Any:
    return SESSION.create_client(service, region_name="us-east-1")


def model(service: str) -> Any:
    return client(service).meta.service_model


def calls() -> Iterator[Any]:
    for unit in UNITS:
        for call in unit.declared_calls():
            yield pytest.param(call, id=f"{unit.service}-{call.name}")


@pytest.mark.parametrize("call", list(calls()))
def test_each_operation_exists_is_a_read_and_has_its_permission(call: Call) -> None:
    assert client(call.service).meta.method_to_api_mapping[call.method] == call.operation
    members = model(call.service).operation_model(call.operation).input_shape
    assert set(call.arguments) <= set(members.members if members else ())
    assert is_read_only(call.service, call.operation)
    assert not returns_content(call.service, call.operation)
    assert iam_actions("aws", call.service, call.operation)


def facts() -> Iterator[Any]:
    for unit in UNITS:
        targets = [declared(unit.resource).target(one) for one in unit.declared().relations]
        lone = {t: one.listing for t, one in zip(targets, unit.declared().relations, strict=True) if one.listing}
        for resource, listing in {unit.resource: unit.listing, **lone}.items():
            for fact in declared(resource).facts:
                if fact.path:
                    hint = declared(resource).hints[fact.name]
                    call = fact.via or listing
                    items = call.items.partition(" || ")[0]
                    each = items if unit.single else f"{items.removesuffix('[]')}[]"
                    path = fact.path if fact.via else f"{each}.{fact.path}"
                    yield pytest.param(call, path, hint, id=f"{resource.__name__}.{fact.name}")


@pytest.mark.parametrize(("call", "path", "hint"), list(facts()))
def test_each_path_exists_in_the_answer_with_its_type(call: Call, path: str, hint: Any) -> None:
    shape = model(call.service).operation_model(call.operation).output_shape
    path = re.sub(r"\[\?[^]]*\]", "[]", path)  # a filter leaves the shape as it is
    path = re.sub(r"last_part\((.*?)\)", r"\1", path)  # a part of a text is a text
    path, as_number = re.subn(r"to_number\((.*)\)", r"\1", path)
    shape, many = walk(shape, path.partition(" || ")[0])
    wanted = without_none(hint)
    if typing.get_origin(wanted) is dict:
        assert shape.type_name == "map" or PAIRS.search(path)
    elif typing.get_origin(wanted) is list:
        assert many
        assert shape.type_name in SHAPES[typing.get_args(wanted)[0]]
    elif typing.get_origin(wanted) is typing.Literal:
        assert set(typing.get_args(wanted)) == set(shape.enum), "all that the API may say, and nothing else"
    else:
        assert shape.type_name in ({"string"} if as_number else SHAPES[wanted])


def walk(shape: Any, path: str) -> tuple[Any, bool]:
    """The shape at a path, and whether a list below the item was flattened on the way."""
    lists = 0
    for part in PAIRS.sub("[]", path).split("."):
        if part == "@":
            continue
        shape = shape.value if shape.type_name == "map" else shape.members[part.removesuffix("[]").removesuffix("[0]")]
        if part.endswith("[0]"):
            shape = shape.member
        if part.endswith("[]"):
            assert shape.type_name == "list"
            shape, lists = shape.member, lists + 1
    return shape, lists > 0


def without_none(hint: Any) -> Any:
    if isinstance(hint, types.UnionType):
        (hint,) = [one for one in typing.get_args(hint) if one is not type(None)]
    return hint


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.service)
def test_a_unit_is_small(unit: Unit) -> None:
    """The two class bodies of a unit together, and each rule alone, as they stand in the file."""
    bodies = sum(len(inspect.getsourcelines(one)[0]) for one in (unit.resource, unit))
    assert bodies <= LONGEST_UNIT
    for rule in unit.rules:
        assert len(inspect.getsourcelines(rule.check)[0]) <= LONGEST_RULE


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.service)
def test_a_unit_is_data(unit: Unit) -> None:
    """No loop over pages, no try, no log line, no other unit at run time."""
    tree = ast.parse(Path(inspect.getfile(unit)).read_text())
    assert not [n for n in ast.walk(tree) if isinstance(n, (ast.Try, ast.While, ast.AsyncFor))]
    names = {other.__module__ for other in UNITS if other is not unit}
    imported = {n.module for n in tree.body if isinstance(n, ast.ImportFrom)}
    assert not imported & names


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.service)
def test_a_unit_says_what_it_is(unit: Unit) -> None:
    assert unit.description()
    assert unit.resource_type.startswith("AWS::")
    for rule in unit.rules:
        assert rule.description.endswith(".")
        assert "." in rule.id


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.service)
def test_a_relation_leads_to_a_service_that_is_there(unit: Unit) -> None:
    assert {fact.to for fact in unit.declared().facts if fact.to} <= set(scanners("aws"))


def test_the_catalogue_tells_relations_and_resilience() -> None:
    types = {event.type: event for service in load_catalogue().providers["aws"].services for event in service.events}
    assert types["aws.metadata.nat.subnet_id"].refers_to == "subnet"
    assert types["aws.metadata.nat.state"].refers_to is None
    zones = types["aws.metadata.vpc_endpoint.multi_zone"]
    assert (zones.resilience, zones.value_type, zones.nullable) == (True, "boolean", False)
    assert zones.description == "It stands in more than one zone, or is a gateway, which every zone has"


def test_price_keys_of_the_units_are_in_the_list() -> None:
    for key in ("ebs:eu-west-1:gp3", "ebs.iops:us-east-1:gp3", "ebs.throughput:us-east-1:gp3", "eip:us-east-1:idle"):
        assert price_of(key)


def test_the_file_is_up_to_date() -> None:
    assert main(["--check"]) == 0
    assert render(generate()) == FILE.read_bytes()
    assert load_catalogue() == generate()


def test_a_stale_file_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stale = tmp_path / "catalogue.json"
    stale.write_bytes(FILE.read_bytes().replace(b"disk.unattached", b"disk.loose"))
    monkeypatch.setattr("scanners.core.catalogue.FILE", stale)
    assert main(["--check"]) == 1


def test_groups_and_regions() -> None:
    known = {name: set(services) for name, services in groups("aws").items()}
    assert known["@all"] == {unit.service for unit in UNITS}
    assert known["@compute"] >= {"asg", "ec2", "function", "image", "launch_template"}
    assert known["@database"] >= {"rds", "rds_cluster", "rds_snapshot"}
    assert known["@identity"] >= {"iam_access_key", "iam_account", "iam_policy", "iam_role", "iam_user"}
    assert known["@network"] >= {"eip", "elb", "nat", "nic", "route_table", "security_group", "subnet", "vpc"}
    assert known["@audit"] >= {"cloudtrail", "log_group", "trail"}
    assert known["@storage"] >= {"ebs", "s3", "snapshot"}
    assert "ec2" not in known["@storage"]
    assert {"eu-west-1", "us-east-1", "eu-central-1"} < set(load_catalogue().providers["aws"].regions)


def test_what_the_guard_lets_through() -> None:
    assert operations_of("aws", ("eip",)) == {
        "sts:GetCallerIdentity",
        "ec2:DescribeRegions",
        "ec2:DescribeAddresses",
    }
    assert {"cloudwatch:GetMetricData", "s3:GetBucketAcl"} < operations_of("aws", None)


def test_importing_the_units_imports_no_sdk() -> None:
    code = (
        "import sys; from scanners.core.registry import scanners; from scanners.core import run, plan;"
        "assert len(scanners('aws')) >= 5; print([m for m in ('boto3', 'botocore', 'moto') if m in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.strip() == "[]"
