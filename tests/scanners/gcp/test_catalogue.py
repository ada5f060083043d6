"""Every unit of Google Cloud, tested without a line of its own: paths, answers, calls."""

from __future__ import annotations

import ast
import inspect
import json
import subprocess
import sys
import types
import typing
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import jmespath  # type: ignore[import-untyped]  # ships without types
import pytest

from scanners.core.registry import groups, operations_of, scanners
from scanners.gcp.regions import REGIONS, region_of
from scanners.gcp.scanner import GcpScanner
from schemas.catalogue import load_catalogue
from schemas.gcp_operations import gcp_permissions
from tests.scanners.gcp.conftest import Scan

Unit = type[GcpScanner[Any]]
UNITS = cast("list[Unit]", list(scanners("gcp").values()))
FIELDS = json.loads((Path(__file__).parent / "compute_fields.json").read_text())["messages"]
OURS = {"assetName": "string", "location": "string"}
EVERY = {"name": "string", "id": "int64", "kind": "string", "description": "string", "selfLink": "string"}
EVERY["creationTimestamp"] = "string"
"""What every resource of Compute Engine tells, also of types whose other fields are not kept here."""
SEEDED = ("address", "disk", "instance", "snapshot")
LONGEST_UNIT = 80
LONGEST_RULE = 30
Kind = tuple[str, bool]
"""The kind of a published field (or of one of its items), and whether it is a list."""


def facts() -> Iterator[Any]:
    for unit in UNITS:
        for fact in unit.declared().facts:
            if fact.path:
                hint = unit.declared().hints[fact.name]
                yield pytest.param(unit, fact.path, hint, id=f"{unit.service}.{fact.name}")


@pytest.mark.parametrize(("unit", "path", "hint"), list(facts()))
def test_each_path_is_published_with_its_type(unit: Unit, path: str, hint: Any) -> None:
    kind, many = walk(jmespath.compile(path).parsed, (unit.resource_type.rpartition("/")[2], False))
    wanted = without_none(hint)
    origin = typing.get_origin(wanted)
    assert many == (origin is not None)
    if origin is dict:
        assert kind == "pairs"
    else:
        (item,) = typing.get_args(wanted) if origin is list else (wanted,)
        assert (
            kind
            in {str: {"string", "int64"}, int: {"integer", "to_number"}, bool: {"boolean"}, datetime: {"string"}}[item]
        )


def walk(node: dict[str, Any], at: Kind) -> Kind:  # noqa: PLR0911 - one form of a path a case
    """What a path leads to, from a message or a list of them."""
    children = node.get("children", [])
    match node["type"]:
        case "field":
            kind = {**FIELDS.get(at[0], EVERY), **OURS}[node["value"]]
            return kind.removesuffix("[]"), at[1] or kind.endswith("[]")
        case "current" | "identity":
            return at
        case "or_expression" if children[1]["type"] == "literal":
            return walk(children[0], at)
        case "pipe" if children[1]["children"][1]["type"] == "index":
            return walk(children[0], at)[0], False
        case "subexpression" | "index_expression" | "projection" | "filter_projection" | "flatten":
            for child in children[:2]:
                at = walk(child, at)
            return at
        case "function_expression":
            kind, many = walk(children[0], at)
            assert kind in {"to_number": {"int64"}, "last_part": {"string"}}[node["value"]]
            return ("to_number" if node["value"] == "to_number" else kind), many
        case "multi_select_list":
            assert {walk(child, at)[0] for child in children} == {"string"}
            return "pairs", True
    raise AssertionError(f"a path of another form: {node['type']}")


def without_none(hint: Any) -> Any:
    if isinstance(hint, types.UnionType):
        (hint,) = [one for one in typing.get_args(hint) if one is not type(None)]
    return hint


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.service)
def test_a_unit_is_small(unit: Unit) -> None:
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
    assert not {n.module for n in tree.body if isinstance(n, ast.ImportFrom)} & names


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.service)
def test_a_unit_says_what_it_is(unit: Unit) -> None:
    assert unit.description()
    assert unit.resource_type.startswith("compute.googleapis.com/")
    assert len(unit.declared().facts) >= 8
    assert all(rule.description.endswith(".") and "." in rule.id for rule in unit.rules)
    assert {fact.to for fact in unit.declared().facts if fact.to} <= set(scanners("gcp"))


def test_the_same_waste_has_the_same_rule_on_aws() -> None:
    ours = {rule.id for unit in UNITS for rule in unit.rules}
    shared = {"disk.unattached", "ip.unassociated", "snapshot.old", "snapshot.orphan", "vm.idle", "vm.stopped"}
    assert shared <= ours & {rule.id for unit in scanners("aws").values() for rule in unit.rules}


async def test_everything_declared_is_told_of_some_seeded_resource(everything: list[Any]) -> None:
    """A field that no answer ever fills would never be missed otherwise."""
    told = {event.type for event in everything if event.data.value not in (None, [], {})}
    told |= {event.type for event in everything if event.category == "waste" and event.data.value["outcome"] == "waste"}
    units = [one for one in load_catalogue().providers["gcp"].services if one.service in SEEDED]
    declared = {event.type for service in units for event in service.events}
    assert {name for name in declared if ".scan." not in name} - told == set()


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.service)
def test_a_unit_without_a_seeded_resource_has_a_test_of_its_own(unit: Unit) -> None:
    assert unit.service in SEEDED or (Path(__file__).parent / f"test_{unit.service}.py").is_file()


@pytest.fixture
async def everything(scan: Scan) -> list[Any]:
    return cast("list[Any]", (await scan()).events)


def test_the_permissions_are_those_of_the_calls() -> None:
    assert operations_of("gcp", ("address",)) == {"cloudasset:ListAssets"}
    assert operations_of("gcp", ("disk",)) == {"cloudasset:ListAssets", "monitoring:ListTimeSeries"}
    assert all(gcp_permissions(*name.split(":")) for name in operations_of("gcp", None))


def test_groups_and_regions() -> None:
    known = {name: set(services) for name, services in groups("gcp").items()}
    assert known["@all"] == {unit.service for unit in UNITS}
    assert "instance" in known["@compute"]
    assert "address" in known["@network"]
    assert known["@storage"] >= {"disk", "snapshot"}
    assert "instance" not in known["@storage"]
    assert {"europe-west1", "us-central1", "global"} < set(load_catalogue().providers["gcp"].regions)
    assert len(REGIONS) == len(set(REGIONS))


@pytest.mark.parametrize(
    ("location", "region"),
    [("europe-west1-b", "europe-west1"), ("us-east4", "us-east4"), ("eu", "eu"), ("global", "global"), ("", "global")],
)
def test_the_region_of_a_location(location: str, region: str) -> None:
    assert region_of(location) == region


def test_importing_the_units_imports_no_sdk() -> None:
    code = (
        "import sys; from scanners.core.registry import scanners; from scanners.core import run, plan;"
        "assert len(scanners('gcp')) >= 4; import scanners.gcp.engine;"
        "print([m for m in sys.modules if m.split('.')[0] in ('google', 'grpc', 'proto')])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.strip() == "[]"
