"""Scans, tasks, findings and messages survive being written and read."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from schemas.finding import FindingValue, finding_id
from schemas.scan import Connection, Discovery, RuleCount, ScanSpec, TaskOutcome
from schemas.topics import DeadLetter, ProgressMessage, ScanMessage, TaskMessage, tasks_key

SPEC = ScanSpec(
    scan_id="scan-1",
    client_id="acme",
    provider="aws",
    connection=Connection(mode="assume_role", role_arn="arn:aws:iam::222222222222:role/reader", external_id="known"),
    services=("ebs", "ec2"),
    regions=("eu-west-1",),
    categories=("waste",),
    resource_ids=None,
    lookback_days=14,
    asof=datetime(2026, 11, 21, 4, tzinfo=UTC),
)
OUTCOME = TaskOutcome(
    events=3,
    events_by_category={"waste": 3},
    calls={"ec2:DescribeVolumes": 2},
    rules=(RuleCount("disk.unattached", "ebs", ok=4),),
    complete=("ebs",),
    discovery=Discovery("123456789012", "arn:aws:iam::123456789012:user/me", "aws", ("eu-west-1",)),
    offsets={"0": 41},
)


def test_a_spec_and_an_outcome_survive_json() -> None:
    assert msgspec.json.decode(msgspec.json.encode(SPEC), type=ScanSpec) == SPEC
    assert msgspec.json.decode(msgspec.json.encode(OUTCOME), type=TaskOutcome) == OUTCOME


def test_no_field_of_a_connection_can_carry_a_secret() -> None:
    """Written by hand: whoever adds a field says here that it is a reference."""
    assert set(Connection.__struct_fields__) == {
        *("mode", "profile", "role_arn", "external_id", "account", "access_key_id", "tenant_id"),
        *("application_id", "audience", "service_account", "secret_of"),
    }


@pytest.mark.parametrize(("mode", "demo"), [("demo", True), ("ambient", False), ("assume_role", False)])
def test_a_scan_is_a_demo_by_its_connection(mode: str, demo: bool) -> None:
    spec = msgspec.structs.replace(SPEC, connection=Connection(mode=mode))  # type: ignore[arg-type]  # parametrized
    assert spec.demo is demo


@pytest.mark.parametrize(
    "message",
    [
        ScanMessage("scan-1", "acme"),
        TaskMessage("task-1", "scan-1", "123456789012", "eu-west-1", "ec2"),
        ProgressMessage(7, "scan-1", "task_finished", "2026-11-21T04:00:00Z", {"events": 3}),
        DeadLetter("sentinel.events", 1, 40, "key", "too large", "body"),
    ],
)
def test_a_message_survives_json(message: msgspec.Struct) -> None:
    assert msgspec.json.decode(msgspec.json.encode(message), type=type(message)) == message


def test_a_message_of_another_kind_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="kind"):
        msgspec.json.decode(msgspec.json.encode(ScanMessage("scan-1", "acme")), type=TaskMessage)


def test_tasks_of_one_account_and_region_share_a_key() -> None:
    assert tasks_key("123456789012", "eu-west-1") == "123456789012/eu-west-1"


def test_a_finding_is_the_same_in_every_scan_and_one_for_each_client() -> None:
    first = finding_id("acme", "vol-1", "disk.unattached")
    assert first == "689a73377e527ca914a39345ee303fac"  # b2sum -l 128
    assert first != finding_id("other", "vol-1", "disk.unattached")


def test_an_unknown_saving_is_null_and_not_zero() -> None:
    value = FindingValue("disk.unattached", "waste", "attached to nothing", severity="high")
    assert msgspec.json.decode(msgspec.json.encode(value))["monthly_saving"] is None
