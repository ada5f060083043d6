"""Planted = found: every way to differ is told, by name."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from demo_cloud import EXPECTED, compare


@dataclass(frozen=True)
class Finding:
    account_id: str
    resource_id: str
    rule: str
    monthly_saving: Decimal | str | None


LOOSE = next(row for row in EXPECTED if row.resource_id.endswith("volume/vol-0de01e10000000001"))
"""A loose disk whose saving is 8.80."""


def _found() -> list[Finding]:
    return [Finding(row.account, row.resource_id, row.rule, row.saving) for row in EXPECTED]


def test_the_planted_set_is_equal_to_itself() -> None:
    comparison = compare(_found())
    assert comparison.equal
    count = len(EXPECTED)
    assert comparison.lines() == [f"planted = found: {count} findings, each saving to the cent (AWS {count})"]


def test_savings_may_come_as_text() -> None:
    found = [Finding(f.account_id, f.resource_id, f.rule, f.monthly_saving and str(f.monthly_saving)) for f in _found()]
    assert compare(found).equal


def test_what_is_missing_is_named() -> None:
    comparison = compare([one for one in _found() if one.resource_id != LOOSE.resource_id])
    assert comparison.lines() == [
        "planted and found differ: 1 not found, 0 not planted, 0 with another saving",
        "not found: disk.unattached on arn:aws:ec2:eu-west-1:111111111111:volume/vol-0de01e10000000001 in 111111111111",
    ]


def test_what_was_not_planted_is_named() -> None:
    extra = Finding("222222222222", "arn:aws:s3:::surprise", "bucket.public", None)
    comparison = compare([*_found(), extra])
    assert not comparison.equal
    assert comparison.lines()[1:] == ["not planted: bucket.public on arn:aws:s3:::surprise in 222222222222"]


def test_a_saving_that_is_a_cent_off_is_named() -> None:
    wrong = Finding(LOOSE.account, LOOSE.resource_id, LOOSE.rule, Decimal("8.81"))
    others = [one for one in _found() if one.resource_id != LOOSE.resource_id]
    assert compare([wrong, *others]).lines()[1:] == [
        f"other saving: disk.unattached on {LOOSE.resource_id}: expected 8.80, found 8.81"
    ]


def test_an_invented_saving_is_not_an_unknown_one() -> None:
    unknown = next(row for row in EXPECTED if row.saving is None and row.rule == "disk.unattached")
    found = [f if f.resource_id != unknown.resource_id else Finding(*_key(f), Decimal(0)) for f in _found()]
    assert compare(found).lines()[1:] == [
        f"other saving: disk.unattached on {unknown.resource_id}: expected unknown, found 0"
    ]


def _key(finding: Finding) -> tuple[str, str, str]:
    return finding.account_id, finding.resource_id, finding.rule
