"""Each rule of Google Cloud at, below and above its threshold, without data, and excluded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scanners.core.evaluation import evaluate
from scanners.core.outcome import Outcome
from scanners.core.resource import Place, Resource
from scanners.core.scanner import CloudScanner
from scanners.core.series import Series, Window
from scanners.gcp.address import Address, AddressScanner
from scanners.gcp.disk import Disk, DiskScanner
from scanners.gcp.instance import EVERYTHING, Instance, InstanceScanner
from scanners.gcp.snapshot import Snapshot, SnapshotScanner

ASOF = datetime(2026, 11, 21, 4, tzinfo=UTC)
PLACE = Place("gcp", "gcp", "web-production", "europe-west1", ASOF)
WINDOW = Window(ASOF - timedelta(days=14), ASOF)
UNSET = object()
GIB = 1024**3


def ago(**span: float) -> datetime:
    return ASOF - timedelta(**span)


def make(kind: type[Resource], defaults: dict[str, Any], change: dict[str, Any]) -> Any:
    told = {"id": "//x", "tags": {}, **defaults, **change}
    return kind(PLACE, None, **{name: value for name, value in told.items() if value is not UNSET})


def series(*, p95: float = 0.0, total: float = 0.0, hours: int = 336) -> Series:
    return Series(p95, p95, p95, p95, hours, 336, WINDOW, sum=total)


def instance(**change: Any) -> Any:
    defaults: dict[str, Any] = {
        "number": "1",
        "state": "RUNNING",
        "created_at": ago(days=100),
        "last_started_at": ago(days=100),
        "stopped_at": None,
        "machine_type": "e2-medium",
        "group": None,
        "preemptible": False,
        "provisioning": "STANDARD",
        "accelerators": [],
        "nodes": [],
        "licenses": [],
        "devices": {"//x": "data"},
        "boot_disks": [],
        "addresses": [],
        "cpu": series(p95=1.0),
        "network_in": series(total=1_000_000.0),
        "network_out": series(total=1_000_000.0),
    }
    return make(Instance, defaults, change)


def disk(**change: Any) -> Any:
    defaults: dict[str, Any] = {
        "created_at": ago(days=100),
        "detached_at": None,
        "disk_type": "pd-ssd",
        "size_gib": 100,
        "replica_zones": [],
        "text": None,
        "instance_ids": [],
        "instances": [],
        "read_ops": series(),
        "write_ops": series(),
    }
    return make(Disk, defaults, change)


def snapshot(**change: Any) -> Any:
    defaults: dict[str, Any] = {
        "created_at": ago(days=100),
        "disk_id": "//disk",
        "disks": [object()],
        "schedule": None,
        "stored_bytes": 10 * GIB,
        "storage_state": "UP_TO_DATE",
        "locations": ["europe-west1"],
        "kind": "STANDARD",
    }
    return make(Snapshot, defaults, change)


def address(**change: Any) -> Any:
    defaults: dict[str, Any] = {
        "created_at": ago(days=100),
        "state": "RESERVED",
        "address": "198.51.100.1",
        "kind": "EXTERNAL",
        "version": None,
        "users": [],
    }
    return make(Address, defaults, change)


def judge(scanner: type[CloudScanner[Any]], rule_id: str, item: Resource) -> Outcome:
    (rule,) = [rule for rule in scanner.rules if rule.id == rule_id]
    return evaluate(rule, item)


def on(*instances: Any) -> dict[str, Any]:
    return {"instance_ids": [f"//{n}" for n, _ in enumerate(instances)], "instances": list(instances)}


STOPPED_31 = {"state": "TERMINATED", "stopped_at": ago(days=31)}


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({}, "waste"),
        ({"created_at": ago(days=7)}, "excluded"),
        ({"created_at": ago(days=7, seconds=1)}, "waste"),
        ({"detached_at": ago(days=7)}, "excluded"),
        ({"detached_at": ago(days=8)}, "waste"),
        (on(instance()), "ok"),
        ({"tags": {"goog-k8s-cluster-name": "shop"}}, "excluded"),
        ({"text": '{"kubernetes.io/created-for/pvc/name":"data"}'}, "excluded"),
        ({"tags": {"cloud-sentinel-ignore": "true"}}, "excluded"),
        ({"tags": {"cloud-sentinel-ignore": "2026-11-20"}}, "waste"),
        ({"tags": {"cloud-sentinel-ignore": "2026-11-21"}}, "excluded"),
        ({"instance_ids": UNSET}, "insufficient_data"),
        ({"created_at": UNSET}, "insufficient_data"),
    ],
)
def test_disk_unattached(change: dict[str, Any], kind: str) -> None:
    assert judge(DiskScanner, "disk.unattached", disk(**change)).kind == kind


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (on(instance(**STOPPED_31)), "waste"),
        (on(instance(state="TERMINATED", stopped_at=ago(days=30))), "ok"),
        (on(instance(**STOPPED_31), instance()), "ok"),
        (on(instance(**STOPPED_31), instance(state="TERMINATED", stopped_at=ago(days=3))), "ok"),
        (on(instance(state="TERMINATED")), "insufficient_data"),
        ({"instance_ids": ["//0"]}, "insufficient_data"),
        ({"instance_ids": ["//0"], "instances": UNSET}, "insufficient_data"),
        ({}, "ok"),
    ],
)
def test_disk_on_stopped_vm(change: dict[str, Any], kind: str) -> None:
    assert judge(DiskScanner, "disk.on_stopped_vm", disk(**change)).kind == kind


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (on(instance()), "waste"),
        ({**on(instance()), "read_ops": series(total=1.0)}, "ok"),
        ({**on(instance()), "write_ops": series(total=1.0)}, "ok"),
        ({**on(instance()), "write_ops": series(hours=269)}, "waste"),
        ({**on(instance()), "write_ops": series(hours=268)}, "insufficient_data"),
        ({**on(instance()), "read_ops": None}, "insufficient_data"),
        (on(instance(boot_disks=["//x"], last_started_at=ago(days=13))), "excluded"),
        (on(instance(boot_disks=["//x"], last_started_at=ago(days=14))), "waste"),
        (on(instance(**STOPPED_31)), "ok"),
        ({"instance_ids": ["//0"]}, "insufficient_data"),
        ({}, "ok"),
    ],
)
def test_disk_idle(change: dict[str, Any], kind: str) -> None:
    assert judge(DiskScanner, "disk.idle", disk(**change)).kind == kind


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({}, "waste"),
        ({"cpu": series(p95=5.0)}, "ok"),
        ({"cpu": series(p95=4.99)}, "waste"),
        ({"network_in": series(total=69_000_000.0)}, "ok"),
        ({"network_in": series(total=68_900_000.0)}, "waste"),
        ({"last_started_at": ago(days=13)}, "excluded"),
        ({"last_started_at": ago(days=14)}, "waste"),
        ({"last_started_at": None, "created_at": ago(days=13)}, "excluded"),
        ({"group": "projects/1/zones/z/instanceGroupManagers/web"}, "excluded"),
        ({"cpu": None}, "insufficient_data"),
        ({"network_out": series(hours=100)}, "insufficient_data"),
        ({"state": "TERMINATED"}, "ok"),
        ({"state": UNSET}, "insufficient_data"),
    ],
)
def test_vm_idle(change: dict[str, Any], kind: str) -> None:
    assert judge(InstanceScanner, "vm.idle", instance(**change)).kind == kind


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (STOPPED_31, "waste"),
        ({"state": "TERMINATED", "stopped_at": ago(days=30)}, "ok"),
        ({"state": "TERMINATED", "stopped_at": None}, "insufficient_data"),
        ({"state": "SUSPENDED", "stopped_at": ago(days=90)}, "ok"),
        ({}, "ok"),
        ({**STOPPED_31, "addresses": UNSET}, "insufficient_data"),
    ],
)
def test_vm_stopped(change: dict[str, Any], kind: str) -> None:
    assert judge(InstanceScanner, "vm.stopped", instance(**change)).kind == kind


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"disks": []}, "waste"),
        ({"disks": [], "created_at": ago(days=30)}, "ok"),
        ({"disks": [], "created_at": ago(days=30, seconds=1)}, "waste"),
        ({"disks": [], "schedule": "//x/resourcePolicies/nightly"}, "excluded"),
        ({"disks": UNSET}, "insufficient_data"),
        ({}, "ok"),
    ],
)
def test_snapshot_orphan(change: dict[str, Any], kind: str) -> None:
    assert judge(SnapshotScanner, "snapshot.orphan", snapshot(**change)).kind == kind


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({}, "waste"),
        ({"created_at": ago(days=90)}, "ok"),
        ({"created_at": ago(days=90, seconds=1)}, "waste"),
        ({"schedule": "//x/resourcePolicies/nightly"}, "excluded"),
        ({"created_at": UNSET}, "insufficient_data"),
    ],
)
def test_snapshot_old(change: dict[str, Any], kind: str) -> None:
    assert judge(SnapshotScanner, "snapshot.old", snapshot(**change)).kind == kind


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({}, "waste"),
        ({"created_at": ago(days=1)}, "excluded"),
        ({"created_at": ago(days=1, seconds=1)}, "waste"),
        ({"users": ["//x/instances/a"], "state": "IN_USE"}, "ok"),
        ({"kind": "INTERNAL"}, "excluded"),
        ({"users": UNSET}, "insufficient_data"),
    ],
)
def test_ip_unassociated(change: dict[str, Any], kind: str) -> None:
    assert judge(AddressScanner, "ip.unassociated", address(**change)).kind == kind


@pytest.mark.parametrize(
    ("item", "cost"),
    [
        (disk(), "17.00"),
        (disk(replica_zones=["a", "b"]), "34.00"),
        (disk(disk_type="pd-standard"), "4.00"),
        (disk(disk_type="hyperdisk-balanced"), "None"),
        (disk(disk_type="pd-unheard"), "None"),
        (instance(), "26.91"),
        (instance(state="TERMINATED"), "0.00"),
        (instance(preemptible=True), "None"),
        (instance(provisioning="SPOT"), "None"),
        (instance(accelerators=["nvidia-l4"]), "None"),
        (instance(nodes=["group"]), "None"),
        (instance(licenses=["//compute.googleapis.com/projects/windows-cloud/global/licenses/w"]), "None"),
        (instance(licenses=["//compute.googleapis.com/projects/debian-cloud/global/licenses/d"]), "26.91"),
        (instance(machine_type="custom-4-8192"), "None"),
        (snapshot(), "0.50"),
        (snapshot(locations=["eu"]), "None"),
        (snapshot(locations=["europe-west1", "europe-west3"]), "None"),
        (snapshot(kind="ARCHIVE"), "None"),
        (snapshot(storage_state="UPDATING"), "None"),
        (snapshot(stored_bytes=0), "0.00"),
        (address(), "7.30"),
        (address(users=["//x/instances/a"]), "3.65"),
        (address(users=["//x/forwardingRules/a"]), "None"),
        (address(version="IPV6"), "None"),
        (address(kind="INTERNAL"), "0.00"),
    ],
)
def test_what_a_resource_costs_a_month(item: Any, cost: str) -> None:
    """By hand: 100 x 0.17; 100 x 0.34; 100 x 0.04; 0.03685773 x 730; 10 x 0.05; 0.01 and 0.005 x 730."""
    assert str(item.monthly_cost) == cost


def test_a_disk_is_measured_as_a_device_of_its_one_running_instance() -> None:
    assert disk(**on(instance())).measured
    assert not disk(**on(instance(**STOPPED_31))).measured
    assert not disk(**on(instance(), instance())).measured
    assert not disk(**on(instance(devices={}))).measured
    assert (disk(**on(instance())).instance_number, disk(**on(instance())).device) == ("1", "data")


DEFAULT = {"accounts": ["4711-compute@developer.gserviceaccount.com"], "scopes": [EVERYTHING]}


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (DEFAULT, "exposed"),
        ({**DEFAULT, "scopes": ["https://www.googleapis.com/auth/devstorage.read_only"]}, "ok"),
        ({**DEFAULT, "accounts": ["web@shop.iam.gserviceaccount.com"]}, "ok"),
        ({**DEFAULT, "accounts": []}, "ok"),
        ({**DEFAULT, "accounts": UNSET}, "insufficient_data"),
        ({**DEFAULT, "scopes": UNSET}, "insufficient_data"),
        ({**DEFAULT, "tags": {"cloud-sentinel-ignore": "true"}}, "excluded"),
    ],
)
def test_vm_default_account(change: dict[str, Any], kind: str) -> None:
    assert judge(InstanceScanner, "vm.default_account", instance(**change)).kind == kind
