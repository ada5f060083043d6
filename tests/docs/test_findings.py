"""docs/findings.md tells every status, reason and kind of entry, and no other."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import get_args

import pytest

from control_plane.findings.request import BulkRequest, DecisionRequest
from schemas.finding import FindingStatus, ResolvedReason
from stores.history import EntryKind
from stores.lifecycle import StepKind

PAGE = (Path(__file__).parents[2] / "docs/findings.md").read_text()


def words(title: str) -> set[str]:
    """The first words of the rows of a table."""
    table = PAGE.split(f"| {title} |", 1)[1].split("\n\n", 1)[0]
    return set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE))


def flat(kind: object) -> set[str]:
    return {word for each in get_args(kind) for word in (flat(each) or {each})}


@pytest.mark.parametrize(
    ("title", "kind"),
    [("status", FindingStatus), ("reason", ResolvedReason), ("decision", FindingStatus), ("kind", EntryKind)],
)
def test_each_word_has_its_row(title: str, kind: object) -> None:
    assert words(title) == flat(kind)


def test_the_kinds_of_scans_are_among_them() -> None:
    assert set(get_args(StepKind)) == {"opened", "seen", "unverified", "resolved", "reopened"}


def test_the_requests_are_those_that_the_api_takes() -> None:
    patches = re.findall(r"^PATCH \S+ +(\{.*\})$", PAGE, re.MULTILINE)
    assert [DecisionRequest.model_validate(json.loads(each)).status for each in patches] == [
        "ignored",
        "resolved",
        "open",
    ]
    (bulk,) = re.findall(r"^POST +\S+ +(\{.*\})$", PAGE, re.MULTILINE)
    assert BulkRequest.model_validate(json.loads(bulk)).filter is not None
