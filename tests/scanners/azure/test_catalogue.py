"""Every unit of Azure, tested without a line of its own: answers, calls, permissions, and no SDK on import."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import pytest

from scanners.azure.scanner import AzureScanner
from scanners.core.registry import groups, operations_of, scanners
from schemas.azure_operations import azure_operation
from schemas.catalogue import load_catalogue
from tests.scanners.azure.conftest import FAMILIES, Scan

Unit = type[AzureScanner[Any]]
UNITS = cast("list[Unit]", list(scanners("azure").values()))
LONGEST_UNIT = 80
LONGEST_RULE = 30


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
    assert unit.resource_type.startswith("Microsoft.")
    assert len(unit.declared().facts) >= 8
    assert all(rule.description.endswith(".") and "." in rule.id for rule in unit.rules)
    assert {fact.to for fact in unit.declared().facts if fact.to} <= set(scanners("azure"))


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.service)
def test_the_list_is_one_that_microsofts_own_client_asks_for(unit: Unit) -> None:
    namespace = unit.resource_type.partition("/")[0].removeprefix("Microsoft.").lower()
    found = find_spec(f"azure.mgmt.{namespace}.operations")
    assert found is not None, f"add azure-mgmt-{namespace} to the development dependencies"
    assert found.origin is not None
    asked = f'"/subscriptions/{{subscriptionId}}/providers/{unit.resource_type}"'
    assert any(asked in path.read_text() for path in Path(found.origin).parent.glob("*.py"))


def test_the_same_waste_has_the_same_rule_on_aws() -> None:
    ours = {rule.id for unit in UNITS for rule in unit.rules}
    shared = {"disk.unattached", "ip.unassociated", "nic.orphan", "snapshot.old", "snapshot.orphan", "vm.idle"}
    assert shared <= ours & {rule.id for unit in scanners("aws").values() for rule in unit.rules}


async def test_everything_declared_is_told_of_some_seeded_resource(scan: Scan) -> None:
    """A field that no answer ever fills would never be missed otherwise; the bodies are those of the SDK's models.

    Of every service that the demo has a resource of.
    """
    results = [await scan(family=family) for family in FAMILIES]
    events = [event for result in results for event in result.events]
    seeded = {service for result in results for service, count in result.outcome.resources.items() if count}
    assert seeded >= {"disk", "nic", "public_ip", "snapshot", "vm"}
    told = {event.type for event in events if event.data.value not in (None, [], {})}
    told |= {event.type for event in events if event.category == "waste" and event.data.value["outcome"] == "waste"}
    services = load_catalogue().providers["azure"].services
    declared = {event.type for one in services if one.service in seeded for event in one.events}
    assert {name for name in declared if ".scan." not in name} - told == set()


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.service)
def test_a_unit_without_a_seeded_resource_has_a_test_of_its_own(unit: Unit) -> None:
    seeded = {service for services in FAMILIES.values() for service in services}
    assert unit.service in seeded or (Path(__file__).parent / f"test_{unit.service}.py").is_file()


@pytest.mark.parametrize("name", sorted(operations_of("azure", None)))
def test_each_operation_is_a_read_with_its_permission(name: str) -> None:
    operation = azure_operation(name)
    assert operation.method == "GET" or name.partition(":")[0] in {"resourcegraph", "metrics"}
    assert all(action.endswith("/read") for action in operation.actions)
    assert operation.actions or name == "subscriptions:List"


def test_what_the_guard_lets_through() -> None:
    always = {"subscriptions:Get", "subscriptions:List", "subscriptions:ListLocations"}
    address = "Microsoft.Network/publicIPAddresses"
    assert operations_of("azure", ("public_ip",)) == {*always, f"arm:{address}", f"resourcegraph:{address}"}
    assert f"arm:{address}" in operations_of("azure", ("vm",))
    assert "metrics:GetBatch" in operations_of("azure", ("disk",))


def test_groups_and_regions() -> None:
    told = groups("azure")
    assert set(told["@storage"]) >= {"disk", "snapshot"}
    assert set(told["@network"]) >= {"nic", "public_ip"}
    assert told["@all"] == tuple(sorted(unit.service for unit in UNITS))
    assert {"westeurope", "eastus", "global", "chinanorth3"} < set(load_catalogue().providers["azure"].regions)


@pytest.mark.parametrize("provider", ["aws", "azure", "gcp"])
def test_a_scan_of_one_cloud_imports_no_sdk_of_another(provider: str) -> None:
    """Units and engines import no SDK at all; a connection that of its own provider."""
    others = {"aws": ("boto3", "botocore"), "azure": ("azure", "aiohttp", "msal"), "gcp": ("google", "grpc")}
    code = (
        "import importlib, sys; from scanners.core.registry import scanners; from scanners.core import run, plan;"
        "import connections, cli.scan.command, cli.scan.engine;"
        f"assert scanners({provider!r}); importlib.import_module('scanners.{provider}.engine');"
        f"importlib.import_module('connections.{provider}');"
        "print(sorted({m.split('.')[0] for m in sys.modules}))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    loaded = set(ast.literal_eval(told))
    assert loaded & set(others.pop(provider))
    assert loaded & {name for names in others.values() for name in names} == set()
