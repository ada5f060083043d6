"""Each rule of queues, keys and clusters at, below and above its threshold, without data, and excluded."""

from __future__ import annotations

from typing import Any

import pytest

from scanners.aws.ecs import EcsCluster, EcsScanner
from scanners.aws.ecs_service import EcsService
from scanners.aws.eks import EksCluster, EksScanner, KubernetesVersion
from scanners.aws.kms import Key, KmsScanner
from scanners.aws.sqs import Queue, SqsScanner
from tests.scanners.test_rules import PLACE, UNSET, ago, judge, make, series

IGNORED = {"tags": {"cloud-sentinel:ignore": "true"}}


def told(outcome: Any) -> tuple[str, str | None]:
    return outcome.kind, str(outcome.saves) if outcome.saves else None


def queue(**change: Any) -> Any:
    defaults: dict[str, Any] = {
        "id": "mail",
        "created_at": ago(days=100),
        "fifo": None,
        "waiting": 0,
        "source_ids": [],
        "sent": None,
        "received": None,
        "empty_receives": None,
    }
    return make(Queue, defaults, change, region="us-east-1")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, ("waste", "0.00")),
        ({"sent": series(a_day=0.0), "received": series(a_day=0.0)}, ("waste", "0.00")),
        ({"empty_receives": series(a_day=17_280.0)}, ("waste", "0.21")),
        ({"empty_receives": series(a_day=17_280.0), "fifo": "true"}, ("waste", "0.26")),
        ({"sent": series(a_day=0.1)}, ("ok", None)),
        ({"received": series(a_day=0.1)}, ("ok", None)),
        ({"created_at": ago(days=14)}, ("excluded", None)),
        ({"created_at": ago(days=14, seconds=1)}, ("waste", "0.00")),
        ({"source_ids": ["orders"]}, ("excluded", None)),
        ({"sent": UNSET}, ("insufficient_data", None)),
        ({"source_ids": UNSET}, ("insufficient_data", None)),
        ({"created_at": UNSET}, ("insufficient_data", None)),
        (IGNORED, ("excluded", None)),
    ],
)
def test_queue_idle(change: dict[str, Any], expected: tuple[str, str | None]) -> None:
    assert told(judge(SqsScanner, "queue.idle", queue(**change))) == expected


def key(**change: Any) -> Any:
    defaults: dict[str, Any] = {
        "created_at": ago(days=800),
        "manager": "CUSTOMER",
        "state": "Enabled",
        "last_used": ago(days=200),
        "noted_since": ago(days=400),
        "aliases": [],
    }
    return make(Key, defaults, change, region="us-east-1")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, ("waste", "1.00")),
        ({"last_used": ago(days=90)}, ("ok", None)),
        ({"last_used": ago(days=90, seconds=1)}, ("waste", "1.00")),
        ({"last_used": None}, ("waste", "1.00")),
        ({"last_used": None, "noted_since": ago(days=90)}, ("insufficient_data", None)),
        ({"last_used": None, "noted_since": ago(days=90, seconds=1)}, ("waste", "1.00")),
        ({"last_used": None, "created_at": ago(days=90), "noted_since": ago(days=90)}, ("ok", None)),
        ({"manager": "AWS"}, ("ok", None)),
        ({"state": "PendingDeletion"}, ("ok", None)),
        ({"state": "Disabled"}, ("waste", "1.00")),
        ({"last_used": UNSET}, ("insufficient_data", None)),
        (IGNORED, ("excluded", None)),
    ],
)
def test_key_unused(change: dict[str, Any], expected: tuple[str, str | None]) -> None:
    assert told(judge(KmsScanner, "key.unused", key(**change))) == expected


def test_a_key_of_the_cloud_costs_nothing() -> None:
    assert [str(key(**one).monthly_cost) for one in ({}, {"manager": "AWS"}, {"state": "PendingDeletion"})] == [
        "1.00",
        "0.00",
        "0.00",
    ]


def version(**until: int) -> Any:
    dates = {"standard_until": ago(**until), "extended_until": ago(days=-365)}
    return make(KubernetesVersion, {"id": "1.33", **dates}, {})


def kubernetes(**change: Any) -> Any:
    defaults: dict[str, Any] = {"version": "1.33", "support": "EXTENDED", "versions": [version(seconds=1)]}
    return make(EksCluster, defaults, change, region="us-east-1")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, ("waste", "365.00")),
        ({"versions": [version(seconds=0)]}, ("ok", None)),
        ({"versions": [version(days=-1)]}, ("ok", None)),
        ({"support": None}, ("waste", "365.00")),
        ({"support": "STANDARD"}, ("ok", None)),
        ({"versions": []}, ("insufficient_data", None)),
        ({"versions": UNSET}, ("insufficient_data", None)),
        ({"support": UNSET}, ("insufficient_data", None)),
        (IGNORED, ("excluded", None)),
    ],
)
def test_cluster_extended_support(change: dict[str, Any], expected: tuple[str, str | None]) -> None:
    assert told(judge(EksScanner, "cluster.extended_support", kubernetes(**change))) == expected


@pytest.mark.parametrize(
    ("versions", "cost"), [([version(seconds=1)], "438.00"), ([version(days=-1)], "73.00"), ([], "None")]
)
def test_a_cluster_costs_by_what_becomes_of_its_version(versions: list[KubernetesVersion], cost: str) -> None:
    assert str(kubernetes(versions=versions).monthly_cost) == cost


def containers(**change: Any) -> Any:
    busy = {"cpu": series(p95=3.0), "memory": series(p95=4.0)}
    return make(EcsCluster, {"machines": 2, "running": 1, **busy}, change)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({}, "waste"),
        ({"cpu": series(p95=9.99)}, "waste"),
        ({"cpu": series(p95=10.0)}, "ok"),
        ({"memory": series(p95=10.0)}, "ok"),
        ({"machines": 0, "cpu": UNSET}, "ok"),
        ({"cpu": series(p95=3.0, samples=268)}, "insufficient_data"),
        ({"memory": None}, "insufficient_data"),
        ({"cpu": UNSET}, "insufficient_data"),
        (IGNORED, "excluded"),
    ],
)
def test_cluster_underutilized(change: dict[str, Any], kind: str) -> None:
    outcome = judge(EcsScanner, "cluster.underutilized", containers(**change))
    assert (outcome.kind, outcome.saves) == (kind, None)


@pytest.mark.parametrize(
    ("arn", "cluster"),
    [
        ("arn:aws:ecs:eu-west-1:111111111111:service/shop/web", "shop"),
        ("arn:aws:ecs:eu-west-1:111111111111:service/web", "default"),
    ],
)
def test_the_arn_of_a_service_names_its_cluster(arn: str, cluster: str) -> None:
    assert EcsService(PLACE, id=arn).cluster == cluster
