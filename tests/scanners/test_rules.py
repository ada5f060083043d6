"""Each rule at, below and above its threshold, without data, and excluded."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from scanners.aws.ebs import EbsScanner, Volume
from scanners.aws.ec2 import Ec2Scanner, Instance
from scanners.aws.eip import Address, EipScanner
from scanners.aws.image import Image, ImageScanner
from scanners.aws.nat import NatGateway, NatScanner
from scanners.aws.s3 import EVERYBODY, Bucket, S3Scanner
from scanners.aws.security_group import Door, SecurityGroup, SecurityGroupScanner
from scanners.aws.snapshot import Snapshot, SnapshotScanner
from scanners.core.evaluation import evaluate
from scanners.core.outcome import Outcome
from scanners.core.prices import Money
from scanners.core.resource import Place, Resource
from scanners.core.rules import one_saving
from scanners.core.scanner import CloudScanner
from scanners.core.series import Series, Window

ASOF = datetime(2026, 11, 21, 4, tzinfo=UTC)
PLACE = Place("aws", "aws", "123456789012", "eu-west-1", ASOF)
WINDOW = Window(ASOF - timedelta(days=14), ASOF)
MB = 1_000_000
UNSET = object()


def ago(**span: float) -> datetime:
    return ASOF - timedelta(**span)


def make(kind: type[Resource], defaults: dict[str, Any], change: dict[str, Any], region: str = "eu-west-1") -> Any:
    told = {"id": "x-1", "tags": {}, **defaults, **change}
    place = replace(PLACE, region=region)
    return kind(place, None, **{name: value for name, value in told.items() if value is not UNSET})


def judge(scanner: type[CloudScanner[Any]], rule_id: str, item: Resource) -> Outcome:
    (rule,) = [rule for rule in scanner.rules if rule.id == rule_id]
    return evaluate(rule, item)


def volume(**change: Any) -> Any:
    defaults = {
        "created_at": ago(days=100),
        "state": "available",
        "volume_type": "gp3",
        "size_gib": 100,
        "iops": 3000,
        "throughput": 125,
        "encrypted": True,
        "instance_ids": [],
        "instances": [],
    }
    return make(Volume, defaults, change)


def instance(**change: Any) -> Any:
    defaults = {
        "created_at": ago(days=100),
        "state": "running",
        "state_reason": "",
        "instance_type": "m5.large",
        "platform_details": "Linux/UNIX",
        "lifecycle": None,
        "tenancy": "default",
        "cpu": series(p95=1.0),
        "network_in": series(a_day=1 * MB),
        "network_out": series(a_day=1 * MB),
        "cpu_credits": None,
        "addresses": [],
    }
    return make(Instance, defaults, change)


def series(*, p95: float = 1.0, a_day: float = 0.0, samples: int = 336) -> Series:
    return Series(1.0, 2 * p95, p95, 1.0, samples, 336, WINDOW, sum=a_day * samples / 24)


def stopped(**span: float) -> str:
    return f"User initiated ({ago(**span):%Y-%m-%d %H:%M:%S} GMT)"


def vm(identity: str, state: str, reason: str = "") -> Any:
    return make(Instance, {"id": identity, "state": state, "state_reason": reason}, {})


@pytest.mark.parametrize(
    ("change", "kind", "saving"),
    [
        ({}, "waste", "8.80"),
        ({"created_at": ago(days=7)}, "excluded", None),
        ({"created_at": ago(days=7, seconds=1)}, "waste", "8.80"),
        ({"state": "in-use"}, "ok", None),
        ({"tags": {"kubernetes.io/created-for/pvc/name": "db-0"}}, "excluded", None),
        ({"tags": {"aws:backup:source-resource": "arn"}}, "excluded", None),
        ({"state": UNSET}, "insufficient_data", None),
        ({"created_at": UNSET}, "insufficient_data", None),
        ({"size_gib": UNSET}, "insufficient_data", None),
        ({"volume_type": "st1"}, "waste", None),
        ({"volume_type": "io1", "iops": 1000}, "waste", "85.80"),
        ({"iops": 4000}, "waste", None),
        ({"tags": {"cloud-sentinel:ignore": "true"}}, "excluded", None),
        ({"tags": {"cloud-sentinel:ignore": "2026-11-21"}}, "excluded", None),
        ({"tags": {"cloud-sentinel:ignore": "2026-11-20"}}, "waste", "8.80"),
        ({"tags": {"cloud-sentinel:ignore": "perhaps"}}, "waste", "8.80"),
        ({"tags": UNSET}, "insufficient_data", None),
    ],
)
def test_disk_unattached(change: dict[str, Any], kind: str, saving: str | None) -> None:
    outcome = judge(EbsScanner, "disk.unattached", volume(**change))
    assert (outcome.kind, str(outcome.saves) if outcome.saves else None) == (kind, saving)


def test_evidence_names_values_and_thresholds() -> None:
    outcome = judge(EbsScanner, "disk.unattached", volume())
    assert outcome.evidence == {
        "state": "available",
        "size_gib": 100,
        "age_days": 100,
        "thresholds": {"grace": "7d"},
    }
    assert outcome.severity == "high"


@pytest.mark.parametrize(
    ("attached", "known", "kind"),
    [
        (["i-1"], [vm("i-1", "stopped", stopped(days=30, seconds=1))], "waste"),
        (["i-1"], [vm("i-1", "stopped", stopped(days=30))], "ok"),
        (["i-1"], [vm("i-1", "running")], "ok"),
        ([], [], "ok"),
        (["i-1", "i-2"], [vm("i-1", "stopped", stopped(days=90)), vm("i-2", "running")], "ok"),
        (["i-1"], [vm("i-1", "stopped", "Server.ScheduledStop: Stopped")], "insufficient_data"),
        (["i-1"], [], "insufficient_data"),
        (["i-1"], UNSET, "insufficient_data"),
    ],
)
def test_disk_on_stopped_vm(attached: list[str], known: Any, kind: str) -> None:
    outcome = judge(EbsScanner, "disk.on_stopped_vm", volume(state="in-use", instance_ids=attached, instances=known))
    assert outcome.kind == kind
    assert (outcome.severity, str(outcome.saves)) == (("medium", "8.80") if kind == "waste" else (None, "None"))


@pytest.mark.parametrize(("encrypted", "kind"), [(True, "ok"), (False, "exposed"), (UNSET, "insufficient_data")])
def test_disk_unencrypted(encrypted: Any, kind: str) -> None:
    assert judge(EbsScanner, "disk.unencrypted", volume(encrypted=encrypted)).kind == kind


@pytest.mark.parametrize(
    ("change", "kind", "saving"),
    [
        ({}, "waste", "78.11"),
        ({"cpu": series(p95=4.99)}, "waste", "78.11"),
        ({"cpu": series(p95=5.0)}, "ok", None),
        ({"network_in": series(a_day=2.49 * MB), "network_out": series(a_day=2.49 * MB)}, "waste", "78.11"),
        ({"network_in": series(a_day=2.5 * MB), "network_out": series(a_day=2.5 * MB)}, "ok", None),
        ({"cpu": None}, "insufficient_data", None),
        ({"cpu": UNSET}, "insufficient_data", None),
        ({"cpu": series(samples=268)}, "insufficient_data", None),
        ({"cpu": series(samples=269)}, "waste", "78.11"),
        ({"network_out": None}, "insufficient_data", None),
        ({"created_at": ago(days=14)}, "waste", "78.11"),
        ({"created_at": ago(days=13, hours=23)}, "excluded", None),
        ({"tags": {"aws:autoscaling:groupName": "web"}}, "excluded", None),
        ({"instance_type": "t3.large", "cpu_credits": series(p95=0.2)}, "excluded", None),
        ({"instance_type": "t3.large", "cpu_credits": series(p95=50)}, "waste", "66.58"),
        ({"instance_type": "t3.large", "cpu_credits": None}, "waste", "66.58"),
        ({"state": "stopped"}, "ok", None),
        ({"platform_details": "Red Hat Enterprise Linux"}, "waste", None),
        ({"platform_details": "Windows"}, "waste", "145.27"),
        ({"lifecycle": "spot"}, "waste", None),
        ({"tenancy": "dedicated"}, "waste", None),
        ({"instance_type": "x1e.xlarge"}, "waste", None),
    ],
)
def test_vm_idle(change: dict[str, Any], kind: str, saving: str | None) -> None:
    outcome = judge(Ec2Scanner, "vm.idle", instance(**change))
    assert (outcome.kind, str(outcome.saves) if outcome.saves else None) == (kind, saving)


def test_idle_evidence_holds_the_window_and_the_samples() -> None:
    cpu = judge(Ec2Scanner, "vm.idle", instance()).evidence["cpu"]
    assert cpu["window"] == {"start": "2026-11-07T04:00:00Z", "end": "2026-11-21T04:00:00Z"}
    assert (cpu["samples"], cpu["of"], cpu["p95"]) == (336, 336, 1.0)


@pytest.mark.parametrize(
    ("change", "kind", "saving"),
    [
        ({"state_reason": stopped(days=30)}, "ok", None),
        ({"state_reason": stopped(days=30, seconds=1)}, "waste", "0.00"),
        ({"state_reason": "Server.SpotInstanceShutdown"}, "insufficient_data", None),
        ({"state": "running"}, "ok", None),
        ({"state_reason": stopped(days=31), "addresses": UNSET}, "insufficient_data", None),
    ],
)
def test_vm_stopped(change: dict[str, Any], kind: str, saving: str | None) -> None:
    outcome = judge(Ec2Scanner, "vm.stopped", instance(**{"state": "stopped", **change}))
    assert (outcome.kind, str(outcome.saves) if outcome.saves else None) == (kind, saving)


def test_a_stopped_vm_saves_its_addresses() -> None:
    item = instance(state="stopped", state_reason=stopped(days=31), addresses=[address(instance_id="x-1")])
    assert str(judge(Ec2Scanner, "vm.stopped", item).saves) == "3.65"


def address(**change: Any) -> Any:
    names = ("association_id", "instance_id", "network_interface_id", "managed_by", "pool")
    return make(Address, {"public_ip": "203.0.113.1", **dict.fromkeys(names)}, change)


@pytest.mark.parametrize(
    ("change", "kind", "saving"),
    [
        ({}, "waste", "3.65"),
        ({"association_id": "eipassoc-1"}, "ok", None),
        ({"instance_id": "i-1"}, "ok", None),
        ({"network_interface_id": "eni-1"}, "ok", None),
        ({"managed_by": "nat"}, "excluded", None),
        ({"pool": "ipv4pool-ec2-1"}, "excluded", None),
        ({"pool": "amazon"}, "waste", "3.65"),
        ({"association_id": UNSET}, "insufficient_data", None),
    ],
)
def test_ip_unassociated(change: dict[str, Any], kind: str, saving: str | None) -> None:
    outcome = judge(EipScanner, "ip.unassociated", address(**change))
    assert (outcome.kind, str(outcome.saves) if outcome.saves else None) == (kind, saving)


def snapshot(**change: Any) -> Any:
    return make(
        Snapshot, {"created_at": ago(days=91), "volume_size_gib": 100, "tier": "standard", "images": []}, change
    )


@pytest.mark.parametrize(
    ("change", "kind", "saving"),
    [
        ({}, "waste", "5.00"),
        ({"tier": "archive"}, "waste", "1.25"),
        ({"created_at": ago(days=90)}, "ok", None),
        ({"created_at": ago(days=90, seconds=1)}, "waste", "5.00"),
        ({"images": [make(Image, {"id": "ami-1"}, {})]}, "excluded", None),
        ({"images": UNSET}, "insufficient_data", None),
        ({"tags": {"aws:dlm:lifecycle-policy-id": "p"}}, "excluded", None),
        ({"tags": {"aws:backup:source-resource": "p"}}, "excluded", None),
    ],
)
def test_snapshot_old(change: dict[str, Any], kind: str, saving: str | None) -> None:
    outcome = judge(SnapshotScanner, "snapshot.old", snapshot(**change))
    assert (outcome.kind, str(outcome.saves) if outcome.saves else None) == (kind, saving)


@pytest.mark.parametrize(
    ("change", "kind", "saving"),
    [
        ({}, "waste", "5.00"),
        ({"created_at": ago(days=30)}, "ok", None),
        ({"created_at": ago(days=30, seconds=1)}, "waste", "5.00"),
        ({"volumes": [volume(id="vol-1")]}, "ok", None),
        ({"images": [make(Image, {"id": "ami-1"}, {})]}, "ok", None),
        ({"volumes": UNSET}, "insufficient_data", None),
        ({"images": UNSET}, "insufficient_data", None),
        ({"tags": {"aws:backup:source-resource": "p"}}, "excluded", None),
        ({"tags": {"cloud-sentinel:ignore": "true"}}, "excluded", None),
    ],
)
def test_snapshot_orphan(change: dict[str, Any], kind: str, saving: str | None) -> None:
    outcome = judge(SnapshotScanner, "snapshot.orphan", snapshot(**{"volume_id": "vol-9", "volumes": [], **change}))
    assert (outcome.kind, str(outcome.saves) if outcome.saves else None) == (kind, saving)


def image(**change: Any) -> Any:
    kept = make(Snapshot, {"id": "snap-1", "monthly_cost": Money(Decimal("1.25"))}, {})
    defaults = {
        "created_at": ago(days=91),
        "name": "base",
        "public": False,
        "shared_with": [],
        "last_launched": None,
        "snapshot_ids": ["snap-1"],
        "snapshots": [kept],
        "instances": [],
    }
    return make(Image, defaults, change)


@pytest.mark.parametrize(
    ("change", "kind", "saving"),
    [
        ({}, "waste", "1.25"),
        ({"created_at": ago(days=90)}, "ok", None),
        ({"created_at": ago(days=90, seconds=1)}, "waste", "1.25"),
        ({"last_launched": ago(days=90)}, "ok", None),
        ({"last_launched": ago(days=90, seconds=1)}, "waste", "1.25"),
        ({"last_launched": UNSET}, "insufficient_data", None),
        ({"instances": [vm("i-1", "running")]}, "ok", None),
        ({"instances": UNSET}, "insufficient_data", None),
        ({"public": True}, "excluded", None),
        ({"shared_with": ["210987654321"]}, "excluded", None),
        ({"shared_with": UNSET}, "insufficient_data", None),
        ({"snapshots": []}, "waste", None),
        ({"snapshots": UNSET}, "insufficient_data", None),
        ({"tags": {"cloud-sentinel:ignore": "true"}}, "excluded", None),
    ],
)
def test_image_unused(change: dict[str, Any], kind: str, saving: str | None) -> None:
    outcome = judge(ImageScanner, "image.unused", image(**change))
    assert (outcome.kind, str(outcome.saves) if outcome.saves else None) == (kind, saving)


@pytest.mark.parametrize(("public", "kind"), [(False, "ok"), (True, "exposed"), (UNSET, "insufficient_data")])
def test_image_public(public: Any, kind: str) -> None:
    assert judge(ImageScanner, "image.public", image(public=public)).kind == kind


def operations(count: float, *, samples: int = 336) -> Series:
    return Series(count / samples, count, count, 0, samples, 336, WINDOW, sum=count)


def host(state: str = "running", *, age_days: float = 100, root_device: Any = "/dev/sda1") -> Any:
    return make(
        Instance, {"id": "i-1", "state": state, "created_at": ago(days=age_days), "root_device": root_device}, {}
    )


@pytest.mark.parametrize(
    ("change", "kind", "saving"),
    [
        ({}, "waste", "8.80"),
        ({"read_ops": operations(1)}, "ok", None),
        ({"write_ops": operations(1)}, "ok", None),
        ({"read_ops": operations(0, samples=269)}, "waste", "8.80"),
        ({"read_ops": operations(0, samples=268)}, "insufficient_data", None),
        ({"write_ops": None}, "insufficient_data", None),
        ({"write_ops": UNSET}, "insufficient_data", None),
        ({"instance_ids": []}, "ok", None),
        ({"instances": [host("stopped")]}, "ok", None),
        ({"instances": []}, "insufficient_data", None),
        ({"instances": UNSET}, "insufficient_data", None),
        ({"instances": [host(age_days=13.9)]}, "excluded", None),
        ({"instances": [host(age_days=14)]}, "waste", "8.80"),
        ({"instances": [host(age_days=13.9)], "devices": ["/dev/sdf"]}, "waste", "8.80"),
        ({"instances": [host(root_device=UNSET)]}, "insufficient_data", None),
        ({"tags": {"cloud-sentinel:ignore": "true"}}, "excluded", None),
    ],
)
def test_disk_idle(change: dict[str, Any], kind: str, saving: str | None) -> None:
    attached = {
        "state": "in-use",
        "instance_ids": ["i-1"],
        "instances": [host()],
        "devices": ["/dev/sda1"],
        "read_ops": operations(0),
        "write_ops": operations(0),
    }
    outcome = judge(EbsScanner, "disk.idle", volume(**{**attached, **change}))
    assert (outcome.kind, str(outcome.saves) if outcome.saves else None) == (kind, saving)


@pytest.mark.parametrize(
    ("region", "change", "kind", "saving"),
    [
        # 150 x (0.10 - 0.08)
        ("us-east-1", {"size_gib": 150}, "waste", "3.00"),
        # 250 x 0.02 is what 125 MiB/s cost; a GiB more saves
        ("us-east-1", {"size_gib": 250}, "excluded", None),
        ("us-east-1", {"size_gib": 251}, "waste", "0.02"),
        ("us-east-1", {"size_gib": 170}, "waste", "3.40"),
        ("us-east-1", {"size_gib": 171}, "excluded", None),
        # 1200 x 0.02 - 600 x 0.005 - 125 x 0.04
        ("us-east-1", {"size_gib": 1200}, "waste", "16.00"),
        # 16384 x 0.02 - 13000 x 0.005 - 125 x 0.04
        ("us-east-1", {"size_gib": 16_384}, "waste", "257.68"),
        ("us-east-1", {"size_gib": 16_385}, "ok", None),
        # the price list has no throughput of Ireland
        ("eu-west-1", {"size_gib": 500}, "waste", None),
        ("eu-west-1", {"size_gib": 100}, "waste", "2.20"),
        ("us-east-1", {"volume_type": "standard"}, "waste", None),
        ("us-east-1", {"volume_type": "io1", "iops": 1000}, "waste", "0.00"),
        ("us-east-1", {"volume_type": "gp3"}, "ok", None),
        ("us-east-1", {"volume_type": "io2"}, "ok", None),
        ("us-east-1", {"volume_type": UNSET}, "insufficient_data", None),
        ("us-east-1", {"size_gib": UNSET}, "insufficient_data", None),
        ("us-east-1", {"size_gib": 150, "tags": {"cloud-sentinel:ignore": "true"}}, "excluded", None),
    ],
)
def test_disk_previous_type(region: str, change: dict[str, Any], kind: str, saving: str | None) -> None:
    item = volume(**{"volume_type": "gp2", **change})
    item.place = replace(PLACE, region=region)
    outcome = judge(EbsScanner, "disk.previous_type", item)
    assert (outcome.kind, str(outcome.saves) if outcome.saves else None) == (kind, saving)


WEEK = Window(ASOF - timedelta(days=7), ASOF)


def sent(count: float, *, samples: int = 168) -> Series:
    return Series(count / samples, count, count, 0, samples, 168, WEEK, sum=count)


@pytest.mark.parametrize(
    ("change", "kind", "saving"),
    [
        # 0.048 x 730
        ({}, "waste", "35.04"),
        ({"bytes_out": sent(1)}, "ok", None),
        ({"bytes_out": sent(0, samples=135)}, "waste", "35.04"),
        ({"bytes_out": sent(0, samples=134)}, "insufficient_data", None),
        ({"bytes_out": None}, "insufficient_data", None),
        ({"bytes_out": UNSET}, "insufficient_data", None),
        ({"created_at": ago(days=7)}, "excluded", None),
        ({"created_at": ago(days=7, seconds=1)}, "waste", "35.04"),
        ({"state": "deleted"}, "ok", None),
        ({"state": UNSET}, "insufficient_data", None),
        ({"tags": {"cloud-sentinel:ignore": "true"}}, "excluded", None),
    ],
)
def test_nat_idle(change: dict[str, Any], kind: str, saving: str | None) -> None:
    defaults = {"created_at": ago(days=100), "state": "available", "bytes_out": sent(0), "vpc_id": "vpc-1"}
    outcome = judge(NatScanner, "nat.idle", make(NatGateway, defaults, change))
    assert (outcome.kind, str(outcome.saves) if outcome.saves else None) == (kind, saving)


def door(protocol: str = "tcp", first: int | None = 22, last: int | None = 22, **change: Any) -> Any:
    told = {"outward": False, "protocol": protocol, "from_port": first, "to_port": last, "ipv4": None, "ipv6": None}
    return make(Door, {"id": "sgr-1", **told, "ipv4": "0.0.0.0/0"}, change)


@pytest.mark.parametrize(
    ("doors", "kind", "severity"),
    [
        ([door()], "exposed", "high"),
        ([door("6")], "exposed", "high"),
        ([door(ipv4=None, ipv6="::/0")], "exposed", "high"),
        ([door("-1", -1, -1)], "exposed", "critical"),
        ([door("tcp", 0, 65_535)], "exposed", "high"),
        ([door("tcp", 23, 1432)], "ok", None),
        ([door("tcp", 23, 1433)], "exposed", "high"),
        ([door("tcp", 22, 21)], "ok", None),
        ([door("udp")], "ok", None),
        ([door("tcp", None, None)], "ok", None),
        ([door(ipv4="10.0.0.0/8")], "ok", None),
        ([door(outward=True)], "ok", None),
        ([], "ok", None),
        ([door(outward=UNSET)], "insufficient_data", None),
        (UNSET, "insufficient_data", None),
    ],
)
def test_firewall_open_to_world(doors: Any, kind: str, severity: str | None) -> None:
    outcome = judge(
        SecurityGroupScanner, "firewall.open_to_world", make(SecurityGroup, {"name": "web"}, {"doors": doors})
    )
    assert (outcome.kind, outcome.severity) == (kind, severity)


def test_an_ignored_group_is_excluded() -> None:
    tags = {"cloud-sentinel:ignore": "true"}
    item = make(SecurityGroup, {"name": "default", "doors": [door()]}, {"tags": tags})
    assert [evaluate(rule, item).kind for rule in SecurityGroupScanner.rules] == ["excluded", "excluded"]


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({}, "exposed"),
        ({"doors": []}, "ok"),
        ({"name": "default-like"}, "ok"),
        ({"name": UNSET}, "insufficient_data"),
        ({"doors": UNSET}, "insufficient_data"),
    ],
)
def test_firewall_default_with_rules(change: dict[str, Any], kind: str) -> None:
    item = make(SecurityGroup, {"name": "default", "vpc_id": "vpc-1", "doors": [door(ipv4="10.0.0.0/8")]}, change)
    assert judge(SecurityGroupScanner, "firewall.default_with_rules", item).kind == kind


def size(gib: float) -> Series:
    return Series(1, 1, 1, gib * 1024**3, 3, 3, WINDOW)


def bucket(**change: Any) -> Any:
    defaults = {
        "lifecycle": [],
        "size": size(5),
        "grantees": [],
        "policy_public": False,
        "ignores_public_acls": None,
        "restricts_public_policy": None,
    }
    return make(Bucket, defaults, change)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({}, "waste"),
        ({"lifecycle": ["Disabled"]}, "waste"),
        ({"lifecycle": ["Disabled", "Enabled"]}, "ok"),
        ({"size": size(1.0)}, "ok"),
        ({"size": size(1.001)}, "waste"),
        ({"size": None}, "waste"),
        ({"size": UNSET}, "waste"),
        ({"lifecycle": UNSET}, "insufficient_data"),
    ],
)
def test_bucket_no_lifecycle(change: dict[str, Any], kind: str) -> None:
    outcome = judge(S3Scanner, "bucket.no_lifecycle", bucket(**change))
    assert (outcome.kind, outcome.saves) == (kind, None)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({}, "ok"),
        ({"policy_public": True}, "exposed"),
        ({"policy_public": True, "restricts_public_policy": True}, "ok"),
        ({"policy_public": True, "ignores_public_acls": True}, "exposed"),
        ({"grantees": sorted(EVERYBODY)}, "exposed"),
        ({"grantees": sorted(EVERYBODY), "ignores_public_acls": True}, "ok"),
        ({"grantees": sorted(EVERYBODY), "restricts_public_policy": True}, "exposed"),
        ({"grantees": ["http://acs.amazonaws.com/groups/s3/LogDelivery"]}, "ok"),
        ({"grantees": UNSET}, "insufficient_data"),
        ({"policy_public": UNSET}, "insufficient_data"),
    ],
)
def test_bucket_public(change: dict[str, Any], kind: str) -> None:
    assert judge(S3Scanner, "bucket.public", bucket(**change)).kind == kind


def test_only_the_highest_of_overlapping_savings_counts() -> None:
    cheap = judge(EbsScanner, "disk.unattached", volume(size_gib=10))
    dear = judge(EbsScanner, "disk.unattached", volume(size_gib=1000))
    rules = EbsScanner.rules
    (_, first), (_, second), (_, third) = one_saving([(rules[0], cheap), (rules[1], dear), (rules[2], Outcome("ok"))])
    assert str(first.saves) == "0.00"
    assert first.evidence["saving_counted_by"] == "disk.on_stopped_vm"
    assert first.evidence["saving_alone"] == "0.88"
    assert (second, third.kind) == (dear, "ok")
