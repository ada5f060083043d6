"""Each rule of tables and repositories at, below and above its threshold, without data, and excluded."""

from __future__ import annotations

from typing import Any

import pytest

from scanners.aws.registry import RegistryScanner, Repository
from scanners.aws.table import Table, TableScanner
from tests.scanners.test_rules import UNSET, ago, judge, make, series

IGNORED = {"tags": {"cloud-sentinel:ignore": "true"}}


def table(**change: Any) -> Any:
    defaults: dict[str, Any] = {
        "created_at": ago(days=100),
        "billing": None,
        "read_units": 50,
        "write_units": 20,
        "size_bytes": 0,
        "reads": None,
        "writes": None,
    }
    return make(Table, defaults, change)


@pytest.mark.parametrize(
    ("change", "kind", "saving"),
    [
        ({}, "waste", "16.10"),
        ({"reads": series(a_day=0.0), "writes": series(a_day=0.0)}, "waste", "16.10"),
        ({"reads": series(a_day=0.5)}, "ok", None),
        ({"writes": series(a_day=0.5)}, "ok", None),
        ({"created_at": ago(days=30)}, "excluded", None),
        ({"created_at": ago(days=30, seconds=1)}, "waste", "16.10"),
        ({"billing": "PAY_PER_REQUEST"}, "ok", None),
        ({"billing": "PROVISIONED"}, "waste", "16.10"),
        ({"read_units": 0, "write_units": 0}, "ok", None),
        ({"read_units": UNSET}, "insufficient_data", None),
        ({"reads": UNSET}, "insufficient_data", None),
        ({"created_at": UNSET}, "insufficient_data", None),
        (IGNORED, "excluded", None),
    ],
)
def test_table_unused(change: dict[str, Any], kind: str, saving: str | None) -> None:
    outcome = judge(TableScanner, "table.unused", table(**change))
    assert (outcome.kind, str(outcome.saves) if outcome.saves else None) == (kind, saving)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({}, "waste"),
        ({"lifecycle": '{"rules": []}'}, "ok"),
        ({"lifecycle": UNSET}, "insufficient_data"),
        (IGNORED, "excluded"),
    ],
)
def test_registry_no_lifecycle(change: dict[str, Any], kind: str) -> None:
    item = make(Repository, {"created_at": ago(days=100), "lifecycle": None}, change)
    outcome = judge(RegistryScanner, "registry.no_lifecycle", item)
    assert (outcome.kind, outcome.saves) == (kind, None)
