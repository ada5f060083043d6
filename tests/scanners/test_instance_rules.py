"""Instances of an older generation, open and unencrypted snapshots: at, below and above, without data, excluded."""

from __future__ import annotations

from typing import Any

import pytest

from scanners.aws.ec2 import SUCCESSORS, Ec2Scanner, Instance, Offering
from scanners.aws.snapshot import PublicSnapshot, Snapshot, SnapshotScanner
from tests.scanners.test_rules import UNSET, judge, make

IGNORED = {"tags": {"cloud-sentinel:ignore": "true"}}


def machine(**change: Any) -> Any:
    defaults: dict[str, Any] = {
        "state": "running",
        "instance_type": "m4.large",
        "platform_details": "Linux/UNIX",
        "lifecycle": None,
        "tenancy": "default",
        "successors": [make(Offering, {"id": "m5.large"}, {})],
    }
    return make(Instance, defaults, change)


@pytest.mark.parametrize(
    ("change", "kind", "saving"),
    [
        ({}, "waste", "2.92"),
        ({"successors": []}, "ok", None),
        ({"successors": UNSET}, "insufficient_data", None),
        ({"instance_type": "m5.large"}, "ok", None),
        ({"instance_type": "m5.large", "successors": UNSET}, "ok", None),
        ({"instance_type": "m3.large"}, "waste", None),
        ({"instance_type": "m4.10xlarge"}, "waste", None),
        ({"platform_details": "Red Hat Enterprise Linux"}, "waste", None),
        ({"lifecycle": "spot"}, "waste", None),
        ({"state": "stopped"}, "ok", None),
        ({"instance_type": UNSET}, "insufficient_data", None),
        (IGNORED, "excluded", None),
    ],
)
def test_vm_previous_generation(change: dict[str, Any], kind: str, saving: str | None) -> None:
    outcome = judge(Ec2Scanner, "vm.previous_generation", machine(**change))
    assert (outcome.kind, str(outcome.saves) if outcome.saves else None) == (kind, saving)


def test_a_successor_that_costs_as_much_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SUCCESSORS, "m5", "m6i")
    assert judge(Ec2Scanner, "vm.previous_generation", machine(instance_type="m5.large")).kind == "ok"


@pytest.mark.parametrize(
    ("kind", "successor"), [("t2.micro", "t3.micro"), ("c3.large", "c5.large"), ("i2.xlarge", "i3.xlarge")]
)
def test_a_successor_has_the_same_size(kind: str, successor: str) -> None:
    assert machine(instance_type=kind).successor == successor


def snapshot(**change: Any) -> Any:
    return make(Snapshot, {"volume_size_gib": 10, "volume_id": "vol-1", "encrypted": True, "public": []}, change)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({}, "ok"),
        ({"public": [make(PublicSnapshot, {}, {})]}, "exposed"),
        ({"public": UNSET}, "insufficient_data"),
        ({"public": [make(PublicSnapshot, {}, {})], **IGNORED}, "excluded"),
    ],
)
def test_snapshot_public(change: dict[str, Any], kind: str) -> None:
    assert judge(SnapshotScanner, "snapshot.public", snapshot(**change)).kind == kind


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({}, "ok"),
        ({"encrypted": False}, "exposed"),
        ({"encrypted": UNSET}, "insufficient_data"),
        ({"encrypted": False, **IGNORED}, "excluded"),
    ],
)
def test_snapshot_unencrypted(change: dict[str, Any], kind: str) -> None:
    assert judge(SnapshotScanner, "snapshot.unencrypted", snapshot(**change)).kind == kind
