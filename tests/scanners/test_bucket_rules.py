"""Unfinished uploads and versions of buckets: from what S3 answers to what is judged."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scanners.aws.s3 import Bucket, S3Scanner
from scanners.core.resource import declared
from tests.scanners.test_rules import PLACE, UNSET, judge, make, series


def bucket(**change: Any) -> Any:
    return make(Bucket, {"lifecycle": ["Enabled"], "abort_days": [7]}, change)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"abort_days": [30]}, "ok"),
        ({"abort_days": [31]}, "waste"),
        ({"abort_days": [90, 7]}, "ok"),
        ({"abort_days": []}, "waste"),
        ({"abort_days": UNSET}, "insufficient_data"),
        ({"abort_days": [], "tags": {"cloud-sentinel:ignore": "true"}}, "excluded"),
    ],
)
def test_bucket_incomplete_uploads(change: dict[str, Any], kind: str) -> None:
    outcome = judge(S3Scanner, "bucket.incomplete_uploads", bucket(**change))
    assert (outcome.kind, outcome.saves) == (kind, None)
    assert outcome.severity == ("low" if kind == "waste" else None)


ABORTS = {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}


@pytest.mark.parametrize(
    ("answer", "days"),
    [
        ({}, []),
        ({"Rules": [{"Status": "Enabled", "Filter": {"Prefix": ""}, **ABORTS}]}, [7]),
        ({"Rules": [{"Status": "Enabled", "Prefix": "", **ABORTS}]}, [7]),
        ({"Rules": [{"Status": "Enabled", **ABORTS}]}, [7]),
        ({"Rules": [{"Status": "Disabled", "Filter": {}, **ABORTS}]}, []),
        ({"Rules": [{"Status": "Enabled", "Filter": {"Prefix": "logs/"}, **ABORTS}]}, []),
        ({"Rules": [{"Status": "Enabled", "Filter": {"Tag": {"Key": "a", "Value": "b"}}, **ABORTS}]}, []),
        ({"Rules": [{"Status": "Enabled", "Filter": {}, "Expiration": {"Days": 1}}]}, []),
    ],
)
def test_only_enabled_rules_for_the_whole_bucket_count(answer: dict[str, Any], days: list[int]) -> None:
    (field,) = [one for one in declared(Bucket).facts if one.name == "abort_days"]
    item = Bucket(PLACE, {"Name": "b"})
    item.learn(field, field.find(answer))
    assert item.abort_days == days


@pytest.mark.parametrize(("state", "safe"), [("Enabled", True), ("Suspended", False), (None, False)])
def test_versions_are_a_way_back(state: str | None, safe: bool) -> None:
    assert bucket(versioning=state).versioned is safe


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"encryption": ["AES256"]}, "ok"),
        ({"encryption": []}, "exposed"),
        ({"encryption": UNSET}, "insufficient_data"),
        ({"encryption": [], "tags": {"cloud-sentinel:ignore": "true"}}, "excluded"),
    ],
)
def test_bucket_unencrypted(change: dict[str, Any], kind: str) -> None:
    assert judge(S3Scanner, "bucket.unencrypted", bucket(**change)).kind == kind


@pytest.mark.parametrize(("stored", "cost"), [(100.0, "2.30"), (0.0, "0.00"), (None, "None"), (UNSET, "None")])
def test_a_bucket_costs_by_what_it_stores(stored: Any, cost: str) -> None:
    told = stored if stored in (None, UNSET) else replace(series(), last=stored * 1024**3)
    assert str(bucket(size=told).monthly_cost) == cost
