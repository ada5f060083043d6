"""Answers of earlier scans about details: they save calls, say how old they are, and never hide a refusal."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connections.answers import AnswerFiles
from tests.scanners.running import ACCOUNT, LocalCloud, Result, scan

FIRST = datetime(2026, 11, 21, 4, tzinfo=UTC)
LATER = FIRST + timedelta(hours=2)
HOURS = 3600
PER_BUCKET = ("GetBucketAcl", "GetBucketEncryption", "GetBucketTagging", "GetBucketVersioning")


@pytest.fixture
def answers(tmp_path: Path) -> AnswerFiles:
    return AnswerFiles(tmp_path, 64, lambda: FIRST)


@pytest.fixture
def buckets(cloud: LocalCloud) -> LocalCloud:
    client = cloud.client("s3", "us-east-1")
    for name in ("a-logs", "b-data", "c-web"):
        client.create_bucket(Bucket=name)
    return cloud


async def look(cloud: LocalCloud, answers: AnswerFiles, asof: datetime, **change: Any) -> Result:
    chosen: dict[str, Any] = {
        "region": "us-east-1",
        "categories": ("metadata", "security"),
        "max_age_seconds": 6 * HOURS,
        **change,
    }
    return await scan(cloud, services=("s3",), family="s3", answers=answers, asof=asof, **chosen)


def calls(result: Result) -> Counter[str]:
    return Counter({name.partition(":")[2]: count for name, count in result.outcome.calls.items()})


def hits(result: Result) -> int:
    return sum(one.cache_hits for one in result.outcome.measures)


async def test_details_are_asked_once_and_the_listing_each_time(buckets: LocalCloud, answers: AnswerFiles) -> None:
    first, second = await look(buckets, answers, FIRST), await look(buckets, answers, LATER)
    assert [calls(first)[name] for name in ("ListBuckets", *PER_BUCKET)] == [1, 3, 3, 3, 3]
    assert [calls(second)[name] for name in ("ListBuckets", *PER_BUCKET)] == [1, 1, 1, 1, 1]
    saved = calls(first).total() - calls(second).total()
    assert (hits(first), hits(second)) == (0, saved)
    values = [
        {(one.subject, one.type): one.data.value for one in each.of_category("metadata")} for each in (first, second)
    ]
    assert values[0] == values[1]


async def test_what_is_old_says_so_and_resolves_nothing(buckets: LocalCloud, answers: AnswerFiles) -> None:
    await look(buckets, answers, FIRST)
    result = await look(buckets, answers, LATER)
    when = {(one.subject.rpartition(":")[2], one.type.rpartition(".")[2]): one.asof for one in result.events}
    assert (when["b-data", "id"], when["b-data", "created_at"]) == (LATER, LATER)
    assert (when["b-data", "versioning"], when["b-data", "versioned"]) == (FIRST, FIRST)
    assert when["a-logs", "versioning"] == LATER
    (coverage,) = result.outcome.coverage
    assert coverage.reason == "details of earlier scans: 2 of 3 resources"
    assert {rule.older for rule in result.outcome.rules} == {True}
    assert result.outcome.complete == ("s3",)


async def test_a_scan_that_wants_everything_new_gets_it(buckets: LocalCloud, answers: AnswerFiles) -> None:
    await look(buckets, answers, FIRST)
    result = await look(buckets, answers, LATER, max_age_seconds=0)
    assert calls(result)["GetBucketAcl"] == 3
    assert {one.asof for one in result.events} == {LATER}
    assert {rule.older for rule in result.outcome.rules} == {False}


@pytest.mark.parametrize(
    "change",
    [
        {"asof": FIRST + timedelta(hours=6, seconds=1)},
        {"asof": FIRST - timedelta(seconds=1)},
        {"client_id": "other"},
        {"principal": f"arn:aws:iam::{ACCOUNT}:role/other"},
    ],
    ids=["expired", "newer than the scan", "another client", "another principal"],
)
async def test_an_answer_serves_only_whom_and_when_it_is_for(
    buckets: LocalCloud, answers: AnswerFiles, change: dict[str, Any]
) -> None:
    await look(buckets, answers, FIRST)
    result = await look(buckets, answers, **{"asof": LATER, **change})
    assert (hits(result), calls(result)["GetBucketAcl"]) == (0, 3)


async def test_the_session_of_a_role_may_be_another(buckets: LocalCloud, answers: AnswerFiles) -> None:
    role = f"arn:aws:sts::{ACCOUNT}:assumed-role/audit/"
    await look(buckets, answers, FIRST, principal=f"{role}one")
    assert hits(await look(buckets, answers, LATER, principal=f"{role}two")) > 0


async def test_a_denial_shows_although_an_answer_is_kept(buckets: LocalCloud, answers: AnswerFiles) -> None:
    await look(buckets, answers, FIRST)
    denied = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>"
    buckets.fault("s3:encryption", "", status=403, body=denied)
    result = await look(buckets, answers, LATER)
    assert result.gaps() == [("s3", "denied", "enrich")]
    (gap,) = [one for one in result.outcome.coverage if one.is_gap]
    assert (gap.operation, gap.count) == ("s3:GetBucketEncryption", 3)
    assert result.of("aws.metadata.s3.encryption") == []
    assert calls(result)["GetBucketAcl"] == 1


def damage(folder: Path) -> None:
    for number, path in enumerate(sorted(folder.glob("*/*"))):
        told = path.read_bytes()
        path.write_bytes([b"", told[:-3], told[:20] + bytes([told[20] ^ 1]) + told[21:]][number % 3])


async def test_damaged_files_are_asked_anew(buckets: LocalCloud, answers: AnswerFiles, tmp_path: Path) -> None:
    await look(buckets, answers, FIRST)
    damage(tmp_path)
    result = await look(buckets, answers, LATER)
    assert (hits(result), calls(result)["GetBucketAcl"]) == (0, 3)
    assert {one.asof for one in result.events} == {LATER}
    assert hits(await look(buckets, answers, LATER + timedelta(hours=1))) > 0
