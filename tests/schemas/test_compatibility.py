"""Within a version nothing that a subscriber relies on goes away."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from schemas import compatibility
from schemas.compatibility import FILE, breaks, contract, main

BEFORE: dict[str, Any] = {
    "$defs": {
        "Envelope": {
            "type": "object",
            "properties": {"id": {"type": "string"}, "note": {"type": "string"}},
            "required": ["id"],
        }
    },
    "disk.size/v1": {
        "allOf": [{"$ref": "#/$defs/Envelope"}],
        "properties": {
            "type": {"const": "disk.size"},
            "data": {
                "type": "object",
                "properties": {
                    "value": {"type": "integer"},
                    "unit": {"const": "GiB"},
                    "statistic": {"enum": ["sum", "max"]},
                    "places": {"type": "array", "items": {"type": "string"}},
                    "cost": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                },
                "required": ["value"],
            },
        },
    },
}
Change = Callable[[dict[str, Any]], object]


def data(schemas: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = schemas["disk.size/v1"]["properties"]["data"]
    return found


def envelope(schemas: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = schemas["$defs"]["Envelope"]
    return found


def after(change: Change) -> dict[str, Any]:
    changed = copy.deepcopy(BEFORE)
    change(changed)
    return changed


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda s: s.pop("disk.size/v1"), "removed or renamed"),
        (lambda s: data(s)["properties"].pop("value"), "data.value: removed or renamed"),
        (lambda s: envelope(s)["properties"].pop("note"), "note: removed or renamed"),
        (lambda s: data(s)["properties"].update(value={"type": "string"}), "data.value: was integer, is string"),
        (
            lambda s: data(s)["properties"].update(value={"type": ["integer", "null"]}),
            "data.value: was integer, is integer | null",
        ),
        (
            lambda s: data(s)["properties"].update(value={"type": "number"}),
            "data.value: was integer, is integer | number",
        ),
        (lambda s: data(s)["properties"].update(value={}), "data.value: was integer, is anything"),
        (lambda s: data(s)["properties"].update(unit={"const": "GB"}), 'data.unit: was "GiB", is "GB"'),
        (lambda s: data(s)["properties"].update(unit={"type": "string"}), 'data.unit: was "GiB", is anything'),
        (
            lambda s: data(s)["properties"]["statistic"]["enum"].remove("max"),
            'data.statistic: was "max" | "sum", is "sum"',
        ),
        (
            lambda s: data(s)["properties"]["places"].update(items={"type": "integer"}),
            "data.places[]: was string, is integer",
        ),
        (lambda s: data(s)["required"].append("cost"), "data.cost: newly required"),
        (lambda s: envelope(s)["required"].append("note"), "note: newly required"),
        (lambda s: data(s)["required"].remove("value"), "data.value: no longer always there"),
    ],
)
def test_a_break_is_told_with_its_place(change: Change, told: str) -> None:
    assert breaks(BEFORE, after(change)) == [f"disk.size/v1: {told}"]


def test_a_new_field_that_is_required_breaks_the_reading_of_older_events() -> None:
    def change(schemas: dict[str, Any]) -> None:
        data(schemas)["properties"]["window"] = {"type": "object"}
        data(schemas)["required"].append("window")

    assert breaks(BEFORE, after(change)) == ["disk.size/v1: data.window: newly required"]


def test_a_renamed_field_is_told() -> None:
    def change(schemas: dict[str, Any]) -> None:
        data(schemas)["properties"]["amount"] = data(schemas)["properties"].pop("value")
        data(schemas)["required"] = ["amount"]

    assert breaks(BEFORE, after(change)) == [
        "disk.size/v1: data.value: removed or renamed",
        "disk.size/v1: data.amount: newly required",
    ]


@pytest.mark.parametrize(
    "change",
    [
        lambda s: None,
        lambda s: s.update({"disk.state/v1": {"type": "object"}}),
        lambda s: data(s)["properties"].update(window={"type": "object"}),
        lambda s: envelope(s)["properties"].update(traceparent={"type": "string"}),
        lambda s: data(s)["properties"]["statistic"]["enum"].append("p95"),
        lambda s: data(s)["properties"].update(cost={"type": "string"}),
    ],
)
def test_an_addition_breaks_nothing(change: Change) -> None:
    assert breaks(BEFORE, after(change)) == []


def test_nothing_of_the_last_release_is_broken() -> None:
    broken = breaks(json.loads(FILE.read_text()), contract())
    assert broken == [], compatibility.ADVICE


def test_the_baseline_holds_events_messages_and_what_they_share() -> None:
    names = set(json.loads(FILE.read_text()))
    assert {"$defs", "aws.waste.ebs.unattached/v1", "aws.scan.s3.denied/v1", "ScanMessage", "DeadLetter"} <= names


def test_the_check_tells_what_breaks_and_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    released = json.loads(FILE.read_text())
    released["aws.waste.ebs.unattached/v1"]["properties"]["data"]["properties"]["unit"] = {"const": "EUR"}
    monkeypatch.setattr(compatibility, "FILE", tmp_path / "events.json")
    (tmp_path / "events.json").write_text(json.dumps(released))
    assert main(["--check"]) == 1
    told = capsys.readouterr().err
    assert 'aws.waste.ebs.unattached/v1: data.unit: was "EUR", is anything' in told
    assert "new version" in told
    assert main(["--write"]) == 0
    assert main(["--check"]) == 0
