"""Generates ``schemas/catalogue.json`` from the scanners: ``python -m scanners.core.catalogue --write | --check``."""

from __future__ import annotations

import importlib
import inspect
import sys
import types
import typing
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from scanners.core.judgement import saving, severities
from scanners.core.registry import groups, operations_of, scanners
from scanners.core.resource import Field, optional
from scanners.core.rules import Rule
from scanners.core.scanner import CloudScanner
from schemas.catalogue import Catalogue, EventType, ProviderEntry, RuleEntry, ServiceEntry
from schemas.operations import iam_actions

VERSION: Final = 1
PROVIDERS: Final = ("aws", "azure", "gcp")
FILE: Final = Path(__file__).resolve().parents[2] / "schemas" / "catalogue.json"
_JSON_TYPES: Final = {
    bool: "boolean", int: "integer", float: "number", str: "string", datetime: "string", list: "array", dict: "object",
}  # fmt: skip
_SCAN: Final = {
    "reached": "The listing was read to the end",
    "denied": "A call was denied: which permission is missing, and the statement that grants it",
    "unsupported": "The service is not in this region, or not enabled for the account",
    "failed": "A call failed: what was not seen",
    "measured": "What the work cost: time, calls and their price, throttles, calls that kept answers saved",
}
Unit = type[CloudScanner[Any]]


def generate() -> Catalogue:
    """The catalogue of everything that is registered."""
    return Catalogue(VERSION, {provider: _provider(provider) for provider in PROVIDERS})


def render(catalogue: Catalogue) -> bytes:
    """The text of the file: stable, one thing a line."""
    return msgspec.json.format(msgspec.json.encode(catalogue, order="sorted"), indent=1) + b"\n"


def _provider(provider: str) -> ProviderEntry:
    services = tuple(_service(unit) for unit in scanners(provider).values())
    regions: tuple[str, ...] = importlib.import_module(f"scanners.{provider}.regions").known_regions()
    return ProviderEntry(services, groups(provider), regions, tuple(sorted(operations_of(provider, ()))))


def _service(unit: Unit) -> ServiceEntry:
    operations = tuple(sorted(unit.operations()))
    permissions = {action for name in operations for action in iam_actions(unit.provider, *name.split(":"))}
    shape = unit.shape()
    return ServiceEntry(
        service=unit.service,
        family=unit.family,
        resource_type=unit.resource_type,
        description=unit.description(),
        is_global=unit.is_global,
        operations=operations,
        permissions=tuple(sorted(permissions)),
        events=tuple(_events(unit)),
        rules=tuple(_rule(unit, rule) for rule in unit.rules),
        page_size=shape.page_size,
        calls_per_resource=shape.calls_per_resource,
        metric_queries_per_resource=sum(len(metric.queries) for metric in unit.declared().metrics),
    )


def _events(unit: Unit) -> typing.Iterator[EventType]:
    fields, hints = unit.declared(), unit.declared().hints
    for fact in fields.facts:
        hint = hints[fact.name]
        told = _event(unit, "metadata", fact, json_type(hint), fact.unit, nullable=optional(hint))
        yield msgspec.structs.replace(told, refers_to=fact.to)
    for one in fields.resilience:
        yield msgspec.structs.replace(_event(unit, "metadata", one, "boolean", None), resilience=True)
    for metric in fields.metrics:
        yield _event(unit, "performance", metric, "number", metric.unit, metric.statistics)
    for price in fields.prices:
        yield _event(unit, "cost", price, "string", "USD", nullable=True)
    for rule in unit.rules:
        yield EventType(rule_type(unit, rule), rule.category, rule.description, "object")
    for status, meaning in _SCAN.items():
        yield EventType(f"{unit.provider}.scan.{unit.service}.{status}", "scan", meaning, "object")


def _event(
    unit: Unit,
    category: str,
    field: Field,
    value_type: str,
    measure: str | None,
    statistics: tuple[str, ...] = (),
    *,
    nullable: bool = False,
) -> EventType:
    name = f"{unit.provider}.{category}.{unit.service}.{field.name}"
    return EventType(name, category, field.description, value_type, measure, statistics, nullable)


def rule_type(unit: Unit, rule: Rule[Any]) -> str:
    """The event type of a rule: ``aws.waste.ebs.unattached``."""
    return f"{unit.provider}.{rule.category}.{unit.service}.{rule.problem}"


def _rule(unit: Unit, rule: Rule[Any]) -> RuleEntry:
    meaning = " ".join((inspect.getdoc(rule.check) or "").split())
    return RuleEntry(
        rule.id, rule_type(unit, rule), rule.category, meaning, rule.thresholds, severities(rule), saving(unit, rule)
    )


def json_type(hint: object) -> str:
    """The JSON type of an annotation; what None adds is not told."""
    if isinstance(hint, types.UnionType):
        return next(json_type(one) for one in typing.get_args(hint) if one is not type(None))
    if typing.get_origin(hint) is Literal:
        return "string"
    named: Mapping[Any, str] = _JSON_TYPES
    return named[typing.get_origin(hint) or hint]


def main(arguments: list[str]) -> int:
    """Write the file, or say whether it is what the scanners say."""
    text = render(generate())
    if arguments == ["--write"]:
        FILE.write_bytes(text)
        return 0
    if arguments == ["--check"] and FILE.read_bytes() == text:
        return 0
    sys.stderr.write("schemas/catalogue.json is not what the scanners say: python -m scanners.core.catalogue --write\n")
    return 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
