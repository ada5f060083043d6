"""The bodies of the demo's Google Cloud have the fields of the published API, each with its form."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from demo_cloud.gcp.bodies import address_body, disk_body, machine_body, snapshot_body
from demo_cloud.gcp.scenario import build_world

FIELDS = json.loads((Path(__file__).parents[1] / "scanners/gcp/compute_fields.json").read_text())["messages"]
WORLD = build_world(datetime(2026, 11, 21, 4, tzinfo=UTC))
BODIES = [
    *(pytest.param("Instance", machine_body(WORLD, one), id=one.path) for one in WORLD.machines),
    *(pytest.param("Disk", disk_body(WORLD, one), id=one.path) for one in WORLD.disks),
    *(pytest.param("Snapshot", snapshot_body(WORLD, one), id=one.path) for one in WORLD.snapshots),
    *(pytest.param("Address", address_body(WORLD, one), id=one.path) for one in WORLD.addresses),
]
FORMS = {"string": str, "boolean": bool, "integer": int, "number": float}


@pytest.mark.parametrize(("message", "body"), BODIES)
def test_each_field_is_published_and_has_its_form(message: str, body: dict[str, Any]) -> None:
    check(message, body)


def check(message: str, body: dict[str, Any]) -> None:
    for name, value in body.items():
        assert name in FIELDS[message], f"{message} has no field {name}"
        kind = FIELDS[message][name]
        for one in value if kind.endswith("[]") else [value]:
            check_value(kind.removesuffix("[]"), one, f"{message}.{name}")


def check_value(kind: str, value: Any, where: str) -> None:
    if kind == "map":
        assert all(isinstance(text, str) for pair in value.items() for text in pair), where
    elif kind == "int64":
        assert isinstance(value, str), where
        assert value.isdigit(), where
    elif kind in FORMS:
        assert isinstance(value, FORMS[kind]), where
    else:
        check(kind, value)


def test_ids_are_unique_and_do_not_change() -> None:
    bodies: list[Any] = [param.values[1] for param in BODIES]
    numbers = [body["id"] for body in bodies]
    assert len(set(numbers)) == len(numbers)
    assert machine_body(WORLD, WORLD.machine("web-0"))["id"] == "4000000004011983000"
