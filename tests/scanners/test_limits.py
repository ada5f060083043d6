"""Batches of metrics, the rate of calls, the cut of a scan into tasks."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime

import pytest

from scanners.aws.ec2 import Instance
from scanners.aws.metrics import MAX_POINTS, MAX_QUERIES, batches
from scanners.aws.s3 import Bucket
from scanners.core.limits import MOST_BUCKETS, MOST_POOLS, Limits, TokenBucket
from scanners.core.measuring import queries, window_of
from scanners.core.plan import plan
from scanners.core.registry import scanners
from scanners.core.resource import Place, declared
from schemas.scan import Discovery

ASOF = datetime(2026, 11, 21, 4, 30, 59, tzinfo=UTC)
scanners("aws")  # an instance names the types that it is related to
PLACE = Place("aws", "aws", "1", "eu-west-1", ASOF)


@pytest.mark.parametrize(("days", "largest"), [(1, 500), (8, 500), (14, 300), (90, 46)])
def test_a_batch_keeps_both_limits_of_the_api(days: int, largest: int) -> None:
    asked = queries([Instance(PLACE, {}) for _ in range(250)], declared(Instance).metrics, days)
    cut = list(batches(asked))
    assert [query for batch in cut for query in batch] == asked
    assert max(len(batch) for batch in cut) == largest
    assert all(len(batch) <= MAX_QUERIES for batch in cut)
    assert all(sum(query.window.periods for query in batch) <= MAX_POINTS for batch in cut)


@pytest.mark.parametrize(("kind", "asked"), [("t3.large", 5), ("m5.large", 4), ("trn1.2xlarge", 4)])
def test_credits_are_asked_of_burstable_instances_only(kind: str, asked: int) -> None:
    assert len(queries([Instance(PLACE, {"InstanceType": kind})], declared(Instance).metrics, 14)) == asked


def test_no_metric_takes_more_than_two_queries() -> None:
    assert {len(metric.queries) for metric in declared(Instance).metrics} == {1, 2}


def test_windows_end_at_whole_hours_of_asof() -> None:
    cpu = next(metric for metric in declared(Instance).metrics if metric.name == "cpu")
    window = window_of(cpu, ASOF, 14)
    assert window.end == datetime(2026, 11, 21, 4, tzinfo=UTC)
    assert window.start == datetime(2026, 11, 7, 4, tzinfo=UTC)
    assert window.periods == 336


def test_daily_windows_start_at_midnight() -> None:
    window = window_of(declared(Bucket).metrics[0], ASOF, 14)
    assert window.start == datetime(2026, 11, 18, tzinfo=UTC)
    assert window.periods == 3


async def test_throttling_halves_the_rate_and_calm_restores_it() -> None:
    bucket = TokenBucket(20.0)
    bucket.throttled()
    bucket.throttled()
    assert bucket.rate == 5.0
    for _ in range(100):
        bucket.calm()
    assert bucket.rate == 20.0
    for _ in range(100):
        bucket.throttled()
    assert bucket.rate == 0.5


async def test_a_burst_is_one_second_and_then_the_rate_holds() -> None:
    bucket = TokenBucket(50.0)
    loop = asyncio.get_running_loop()
    started = loop.time()
    for _ in range(50):
        await bucket.take()
    burst = loop.time()
    for _ in range(10):
        await bucket.take()
    assert loop.time() - burst >= 10 / 50 - (burst - started) - 0.02


DISCOVERY = Discovery("1", "arn", "aws", ("eu-west-1", "us-east-1"), ("me-south-1",))


def test_a_family_and_region_is_a_task_and_a_global_family_one() -> None:
    tasks = plan("aws", ("s3", "ebs", "ec2"), None, DISCOVERY)
    assert [(task.family, task.region, task.services) for task in tasks] == [
        ("ec2", "eu-west-1", ("ebs", "ec2")),
        ("ec2", "us-east-1", ("ebs", "ec2")),
        ("s3", "us-east-1", ("s3",)),
    ]


def test_disabled_regions_get_no_task() -> None:
    tasks = plan("aws", ("ebs", "s3"), ("eu-west-1", "me-south-1"), DISCOVERY)
    assert [(task.family, task.region) for task in tasks] == [("ec2", "eu-west-1"), ("s3", "us-east-1")]


def test_the_home_of_global_services_follows_the_partition() -> None:
    china = Discovery("1", "arn", "aws-cn", ("cn-north-1",))
    assert [task.region for task in plan("aws", ("s3",), None, china)] == ["cn-north-1"]


async def test_threads_do_not_grow_with_the_accounts() -> None:
    limits, before = Limits(), threading.active_count()
    try:
        loop = asyncio.get_running_loop()
        told = [await loop.run_in_executor(limits.threads(str(n), "eu-west-1"), str, n) for n in range(MOST_POOLS + 50)]
        assert told == [str(n) for n in range(MOST_POOLS + 50)]
        await asyncio.sleep(0.1)
        assert threading.active_count() - before <= MOST_POOLS
    finally:
        limits.close()


async def test_a_pool_that_gives_way_does_what_it_was_asked() -> None:
    limits, go = Limits(), threading.Event()
    try:
        waiting = asyncio.get_running_loop().run_in_executor(limits.threads("slow", "eu-west-1"), go.wait, 5)
        for n in range(MOST_POOLS):
            limits.threads(str(n), "eu-west-1")
        go.set()
        assert await waiting
    finally:
        limits.close()


def test_the_buckets_used_last_are_kept() -> None:
    limits = Limits()
    slowed = limits.bucket("first", "eu-west-1", "ec2")
    for n in range(MOST_BUCKETS):
        limits.bucket(str(n), "eu-west-1", "ec2")
        assert limits.bucket("first", "eu-west-1", "ec2") is slowed
    assert len(limits._buckets) == MOST_BUCKETS


async def test_a_held_bucket_lets_nothing_through_until_the_cloud_said() -> None:
    bucket = TokenBucket(1000.0)
    bucket.hold(0.0)
    await asyncio.wait_for(bucket.take(), 30)
    bucket.hold(60.0)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(bucket.take(), 0.05)
