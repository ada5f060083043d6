"""Each rule of functions, log groups and trails at, below and above its threshold, without data, and excluded."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from scanners.aws.cloudtrail import CloudtrailScanner, Record
from scanners.aws.function import Function, FunctionScanner, lets_everybody_in
from scanners.aws.log_group import GIB, LogGroup, LogGroupScanner
from scanners.aws.trail import Trail
from scanners.core.resource import Resource, declared
from tests.scanners.test_rules import ASOF, UNSET, ago, judge, make, series

IGNORED = {"tags": {"cloud-sentinel:ignore": "true"}}


def function(**change: Any) -> Any:
    defaults: dict[str, Any] = {
        "modified_at": ago(days=100),
        "invocations": None,
        "provisioned": [],
        "policy_public": False,
        "url_auth": None,
    }
    return make(Function, defaults, change)


@pytest.mark.parametrize(
    ("change", "kind", "saving"),
    [
        ({}, "waste", "0.00"),
        ({"provisioned": [5]}, "waste", None),
        ({"modified_at": ago(days=30)}, "ok", None),
        ({"modified_at": ago(days=30, seconds=1)}, "waste", "0.00"),
        ({"modified_at": UNSET}, "insufficient_data", None),
        ({"invocations": series(a_day=1, samples=1)}, "ok", None),
        ({"invocations": UNSET}, "insufficient_data", None),
        ({"provisioned": UNSET}, "insufficient_data", None),
        (IGNORED, "excluded", None),
    ],
)
def test_function_unused(change: dict[str, Any], kind: str, saving: str | None) -> None:
    outcome = judge(FunctionScanner, "function.unused", function(**change))
    assert (outcome.kind, str(outcome.saves) if outcome.saves else None) == (kind, saving)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({}, "ok"),
        ({"policy_public": True}, "exposed"),
        ({"url_auth": "NONE"}, "exposed"),
        ({"url_auth": "AWS_IAM"}, "ok"),
        ({"policy_public": UNSET}, "insufficient_data"),
        ({"url_auth": UNSET}, "insufficient_data"),
        ({"url_auth": "NONE", **IGNORED}, "excluded"),
    ],
)
def test_function_public(change: dict[str, Any], kind: str) -> None:
    assert judge(FunctionScanner, "function.public", function(**change)).kind == kind


@pytest.mark.parametrize(
    ("change", "everybody"),
    [
        ({}, True),
        ({"Principal": {"AWS": "*"}}, True),
        ({"Principal": {"AWS": "222222222222"}}, False),
        ({"Principal": {"Service": "s3.amazonaws.com"}}, False),
        ({"Effect": "Deny"}, False),
        ({"Condition": {"StringEquals": {"aws:SourceAccount": "111111111111"}}}, False),
    ],
)
def test_whom_a_policy_lets_in(change: dict[str, Any], everybody: bool) -> None:
    document = {"Statement": [{"Effect": "Allow", "Principal": "*", **change}]}
    assert lets_everybody_in(json.dumps(document)) is everybody
    assert not lets_everybody_in("{}")


def group(**change: Any) -> Any:
    return make(LogGroup, {"retention_days": None, "stored_bytes": 40 * GIB}, change)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({}, "waste"),
        ({"stored_bytes": 1}, "waste"),
        ({"stored_bytes": 0}, "ok"),
        ({"retention_days": 3653}, "ok"),
        ({"retention_days": UNSET}, "insufficient_data"),
        ({"stored_bytes": UNSET}, "insufficient_data"),
        (IGNORED, "excluded"),
    ],
)
def test_log_no_retention(change: dict[str, Any], kind: str) -> None:
    outcome = judge(LogGroupScanner, "log.no_retention", group(**change))
    assert (outcome.kind, outcome.saves) == (kind, None)


def test_a_log_group_costs_by_what_it_stores() -> None:
    assert str(group().monthly_cost) == "1.20"
    assert group().monthly_cost.amount == Decimal("1.20")


@pytest.mark.parametrize(
    ("told", "set_to"),
    [
        (1_794_974_400_000, "2026-11-18T04:00:00+00:00"),
        (1_794_974_400, "2026-11-18T04:00:00+00:00"),
        (5, None),
        (10**9 - 1, None),
        (10**14, None),
        ("soon", None),
    ],
)
def test_a_count_since_1970_is_a_moment(told: object, set_to: str | None) -> None:
    item = group()
    item.learn(next(one for one in declared(LogGroup).facts if one.name == "created_at"), told)
    assert (item.created_at.isoformat() if item.has("created_at") else None) == set_to


def record(**change: Any) -> Any:
    return make(Record, {"trail_arns": ["arn:trail"], "recorded": True}, change)


@pytest.mark.parametrize(
    ("change", "kind", "reason"),
    [
        ({}, "ok", ""),
        ({"recorded": False}, "exposed", "no trail of all regions runs"),
        ({"recorded": False, "trail_arns": []}, "exposed", "there is no trail"),
        ({"recorded": UNSET}, "insufficient_data", "not enough data: recorded"),
    ],
)
def test_trail_no_multi_region(change: dict[str, Any], kind: str, reason: str) -> None:
    outcome = judge(CloudtrailScanner, "trail.no_multi_region", record(**change))
    assert (outcome.kind, outcome.reason) == (kind, reason)


@pytest.mark.parametrize(
    ("trails", "runs", "recorded"),
    [
        ((True,), (True,), True),
        ((True,), (False,), False),
        ((True, True), (False, True), True),
        ((False,), (), False),
        ((), (), False),
        ((True,), (None,), None),
        ((True, True), (None, True), True),
    ],
)
async def test_a_trail_of_all_regions_must_run(
    trails: tuple[bool, ...], runs: tuple[bool | None, ...], recorded: bool | None
) -> None:
    answers = iter(runs)

    async def ask(call: Any, item: Resource) -> dict[str, Any] | None:
        answer = next(answers)
        return None if answer is None else {"IsLogging": answer}

    own = [make(Trail, {"id": f"arn:{number}", "multi_region": one}, {}) for number, one in enumerate(trails)]
    item = record(recorded=UNSET, trails=own)
    await CloudtrailScanner().enrich(ask, item)
    assert (item.recorded if item.has("recorded") else None) is recorded
    assert item.asof == ASOF


def counted(total: float, *, average: float = 0.0) -> Any:
    return replace(series(), sum=total, hours=720, average=average)


@pytest.mark.parametrize(
    ("change", "cost"),
    [
        # 730,000 calls x 0.0000002 + 73,000 GB-seconds x 0.0000166667, and x 0.0000133334
        ({}, "1.36"),
        ({"architectures": ["arm64"]}, "1.12"),
        ({"invocations": None}, "0.00"),
        ({"duration": None}, "None"),
        ({"invocations": UNSET}, "None"),
    ],
)
def test_a_function_costs_by_its_calls(change: dict[str, Any], cost: str) -> None:
    called = {"invocations": counted(720_000), "duration": counted(0, average=100.0)}
    item = make(Function, {"architectures": ["x86_64"], "memory_mib": 1024, **called}, change)
    assert str(item.monthly_cost) == cost
