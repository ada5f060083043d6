"""The rules of Azure at, below and above their thresholds, without data, and excluded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

import pytest

from scanners.azure.disk import Disk
from scanners.azure.nic import NetworkInterface
from scanners.azure.public_ip import PublicIp
from scanners.azure.snapshot import Snapshot
from scanners.azure.vm import VirtualMachine
from scanners.core.evaluation import evaluate
from scanners.core.outcome import Outcome
from scanners.core.registry import scanners
from scanners.core.resource import Place, Resource
from scanners.core.series import Series, Window

ASOF = datetime(2026, 11, 21, 4, tzinfo=UTC)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
PLACE = Place("azure", "AzureCloud", "s", "westeurope", ASOF)
WINDOW = Window(ASOF - 14 * DAY, ASOF)
R = TypeVar("R", bound=Resource)


def of(kind: type[R], **values: Any) -> R:
    return kind(PLACE, None, **{"id": "x", "tags": {}, **values})


def judged(rule: str, item: Resource) -> Outcome:
    unit = next(unit for unit in scanners("azure").values() if unit.resource is type(item))
    outcome = evaluate(next(one for one in unit.rules if one.id == rule), item)
    assert isinstance(outcome, Outcome)
    return outcome


def series(high: float, samples: int = 336, total: float | None = None) -> Series:
    return Series(high, high, high, high, samples, 336, WINDOW, total)


def disk(**values: Any) -> Disk:
    told: dict[str, Any] = {
        "state": "Unattached",
        "size_gib": 128,
        "sku": "Premium_LRS",
        "tier": "P10",
        "created_at": ASOF - 8 * DAY,
    }
    return of(Disk, **told | values)


@pytest.mark.parametrize(
    ("values", "kind", "saves"),
    [
        ({}, "waste", "21.68"),
        ({"created_at": ASOF - 7 * DAY - SECOND}, "waste", "21.68"),
        ({"created_at": ASOF - 7 * DAY}, "excluded", None),
        ({"state": "Attached"}, "ok", None),
        ({"state": "Reserved"}, "ok", None),
        ({"state": "ActiveSAS"}, "excluded", None),
        ({"tags": {"ASR-ReplicaDisk": "x"}}, "excluded", None),
        ({"tags": {"cloud-sentinel:ignore": "true"}}, "excluded", None),
        ({"sku": "Standard_LRS", "tier": None, "size_gib": 32}, "waste", "1.54"),
        ({"sku": "Standard_LRS", "tier": None, "size_gib": 33}, "waste", "3.01"),
        ({"sku": "StandardSSD_ZRS", "tier": None, "size_gib": 4}, "waste", "0.45"),
        ({"sku": "StandardSSD_LRS", "tier": None, "size_gib": 5}, "waste", "0.60"),
        ({"sku": "PremiumV2_LRS", "tier": None}, "waste", None),
        ({"sku": "UltraSSD_LRS", "tier": None}, "waste", None),
        ({"sku": "Premium_LRS", "tier": None, "size_gib": 129}, "waste", "41.81"),
    ],
)
def test_unattached_disks(values: dict[str, Any], kind: str, saves: str | None) -> None:
    outcome = judged("disk.unattached", disk(**values))
    assert (outcome.kind, outcome.saves and str(outcome.saves)) == (kind, saves)


def test_a_disk_whose_age_is_not_told_is_not_judged() -> None:
    outcome = judged("disk.unattached", of(Disk, state="Unattached", size_gib=1, sku="Premium_LRS", tier="P1"))
    assert (outcome.kind, outcome.missing) == ("insufficient_data", ("created_at",))


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({"changed_hands_at": ASOF - 30 * DAY - SECOND}, "waste"),
        ({"changed_hands_at": ASOF - 30 * DAY}, "ok"),
        ({"changed_hands_at": None}, "insufficient_data"),
        ({"changed_hands_at": ASOF - 90 * DAY, "state": "Attached"}, "ok"),
        ({"changed_hands_at": ASOF - 90 * DAY, "state": "Unattached"}, "ok"),
    ],
)
def test_disks_of_deallocated_machines(values: dict[str, Any], kind: str) -> None:
    assert judged("disk.on_stopped_vm", disk(**{"state": "Reserved", "vm_id": "v", **values})).kind == kind


@pytest.mark.parametrize(
    ("reads", "writes", "kind"),
    [
        (series(0.0), series(0.0), "waste"),
        (series(0.01), series(0.0), "ok"),
        (series(0.0), series(0.01), "ok"),
        (series(0.0, samples=269), series(0.0, samples=269), "waste"),
        (series(0.0, samples=268), series(0.0), "insufficient_data"),
        (None, series(0.0), "insufficient_data"),
    ],
)
def test_idle_disks(reads: Series | None, writes: Series | None, kind: str) -> None:
    assert judged("disk.idle", attached(ASOF - 14 * DAY, reads=reads, writes=writes)).kind == kind


@pytest.mark.parametrize(("since", "kind"), [(14 * DAY, "waste"), (14 * DAY - SECOND, "excluded")])
def test_disks_that_were_attached_lately_are_not_idle(since: timedelta, kind: str) -> None:
    assert judged("disk.idle", attached(ASOF - since, reads=series(0.0), writes=series(0.0))).kind == kind


def attached(since: datetime, **values: Any) -> Disk:
    return disk(state="Attached", vm_id="v", created_at=ASOF - 90 * DAY, changed_hands_at=since, **values)


def vm(**values: Any) -> VirtualMachine:
    flow = series(1.0, total=14 * 2_400_000.0)
    told: dict[str, Any] = {
        "power_state": "PowerState/running", "size": "Standard_D4s_v5", "os_type": "Linux", "license_type": None,
        "priority": None, "scale_set": None, "created_at": ASOF - 90 * DAY, "cpu": series(4.9),
        "network_in": flow, "network_out": flow, "disks": [], "addresses": [], "cpu_credits": None,
    }  # fmt: skip
    return of(VirtualMachine, **told | values)


@pytest.mark.parametrize(
    ("values", "kind", "saves"),
    [
        ({}, "waste", "167.90"),
        ({"cpu": series(5.0)}, "ok", None),
        ({"network_in": series(1.0, total=14 * 2_600_000.0)}, "ok", None),
        ({"created_at": ASOF - 14 * DAY}, "waste", "167.90"),
        ({"created_at": ASOF - 14 * DAY + SECOND}, "excluded", None),
        ({"scale_set": "/x/pool"}, "excluded", None),
        ({"cpu": None}, "insufficient_data", None),
        ({"network_out": series(1.0, samples=268, total=1.0)}, "insufficient_data", None),
        ({"power_state": "PowerState/deallocated"}, "ok", None),
        ({"os_type": "Windows"}, "waste", "302.22"),
        ({"os_type": "Windows", "license_type": "Windows_Server"}, "waste", "167.90"),
        ({"priority": "Spot"}, "waste", None),
        ({"size": "Standard_Unheard_v9"}, "waste", None),
        ({"size": "Standard_B2s", "cpu_credits": series(0.9)}, "excluded", None),
        ({"size": "Standard_B2s", "cpu_credits": series(1.0)}, "waste", "35.04"),
    ],
)
def test_idle_machines(values: dict[str, Any], kind: str, saves: str | None) -> None:
    outcome = judged("vm.idle", vm(**values))
    assert (outcome.kind, outcome.saves and str(outcome.saves)) == (kind, saves)


def held(days: timedelta | None, state: str = "Reserved") -> Disk:
    return of(Disk, state=state, changed_hands_at=None if days is None else ASOF - days)


@pytest.mark.parametrize(
    ("values", "kind", "saves"),
    [
        ({"disks": [held(30 * DAY + SECOND)]}, "waste", "0.00"),
        ({"disks": [held(30 * DAY)]}, "ok", None),
        ({"disks": [held(90 * DAY), held(20 * DAY)]}, "ok", None),
        ({"disks": [held(90 * DAY), held(None)]}, "insufficient_data", None),
        ({"disks": []}, "insufficient_data", None),
        ({"power_state": "PowerState/stopped"}, "waste", "167.90"),
        ({"power_state": "PowerState/running"}, "ok", None),
        ({"power_state": "PowerState/stopping"}, "ok", None),
    ],
)
def test_stopped_machines(values: dict[str, Any], kind: str, saves: str | None) -> None:
    outcome = judged("vm.stopped", vm(**{"power_state": "PowerState/deallocated", **values}))
    assert (outcome.kind, outcome.saves and str(outcome.saves)) == (kind, saves)


def test_the_address_of_a_stopped_machine_is_its_saving() -> None:
    address = of(PublicIp, sku="Standard", allocation="Static", reach="Regional", prefix_id=None)
    outcome = judged(
        "vm.stopped", vm(power_state="PowerState/deallocated", disks=[held(40 * DAY)], addresses=[address])
    )
    assert outcome.saves is not None
    assert outcome.saves.amount == Decimal("3.65")


def snapshot(**values: Any) -> Snapshot:
    told: dict[str, Any] = {
        "created_at": ASOF - 400 * DAY,
        "size_gib": 10,
        "sku": "Standard_LRS",
        "source": "/s/disks/d",
        "disks": [],
    }
    return of(Snapshot, **told | values)


@pytest.mark.parametrize(
    ("rule", "values", "kind", "saves"),
    [
        ("snapshot.old", {"created_at": ASOF - 90 * DAY - SECOND}, "waste", "0.50"),
        ("snapshot.old", {"created_at": ASOF - 90 * DAY}, "ok", None),
        ("snapshot.old", {"sku": "Premium_LRS"}, "waste", None),
        ("snapshot.old", {"tags": {"RSVaultBackup": "v"}}, "excluded", None),
        ("snapshot.orphan", {"created_at": ASOF - 30 * DAY - SECOND}, "waste", "0.50"),
        ("snapshot.orphan", {"created_at": ASOF - 30 * DAY}, "ok", None),
        ("snapshot.orphan", {"disks": [disk()]}, "ok", None),
        ("snapshot.orphan", {"source": None}, "ok", None),
        ("snapshot.orphan", {"source": "/s/snapshots/other"}, "ok", None),
        ("snapshot.orphan", {"tags": {"ASR-x": "v"}}, "excluded", None),
    ],
)
def test_snapshots(rule: str, values: dict[str, Any], kind: str, saves: str | None) -> None:
    outcome = judged(rule, snapshot(**values))
    assert (outcome.kind, outcome.saves and str(outcome.saves)) == (kind, saves)


def test_a_snapshot_is_no_orphan_where_the_disks_are_not_known() -> None:
    item = snapshot()
    del item.__dict__["disks"]
    assert judged("snapshot.orphan", item).missing == ("disks",)


@pytest.mark.parametrize(
    ("values", "kind", "saves"),
    [
        ({}, "waste", "3.65"),
        ({"reach": "Global"}, "waste", None),
        ({"sku": "Basic"}, "waste", None),
        ({"configuration_id": "/s/networkinterfaces/n/ipconfigurations/c"}, "ok", None),
        ({"nat_gateway_id": "/s/natgateways/n"}, "ok", None),
        ({"prefix_id": "/s/publicipprefixes/office"}, "excluded", None),
        ({"allocation": "Dynamic"}, "excluded", None),
    ],
)
def test_addresses(values: dict[str, Any], kind: str, saves: str | None) -> None:
    told: dict[str, Any] = {
        "address": "203.0.113.1", "sku": "Standard", "reach": "Regional", "allocation": "Static",
        "configuration_id": None, "nat_gateway_id": None, "prefix_id": None,
    }  # fmt: skip
    outcome = judged("ip.unassociated", of(PublicIp, **told | values))
    assert (outcome.kind, outcome.saves and str(outcome.saves)) == (kind, saves)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({}, "waste"),
        ({"vm_id": "v"}, "ok"),
        ({"endpoint_id": "e"}, "ok"),
        ({"link_service_id": "l"}, "ok"),
        ({"workloads": ["Microsoft.NetApp/volumes"]}, "ok"),
    ],
)
def test_interfaces(values: dict[str, Any], kind: str) -> None:
    told: dict[str, Any] = {
        "vm_id": None, "endpoint_id": None, "link_service_id": None, "workloads": [], "addresses": [],
        "private_ips": ["10.0.0.4"], "subnet_ids": ["s"],
    }  # fmt: skip
    assert judged("nic.orphan", of(NetworkInterface, **told | values)).kind == kind


EXEMPT = {"tags": {"cloud-sentinel:ignore": "true"}}


@pytest.mark.parametrize(
    ("values", "kind", "severity"),
    [
        ({}, "exposed", "low"),
        ({"network_access": None, "public_access": None}, "exposed", "low"),
        ({"state": "ActiveSAS"}, "exposed", "high"),
        ({"public_access": "Disabled"}, "ok", None),
        ({"network_access": "AllowPrivate"}, "ok", None),
        ({"network_access": "DenyAll"}, "ok", None),
        (EXEMPT, "excluded", None),
    ],
)
def test_public_disks(values: dict[str, Any], kind: str, severity: str | None) -> None:
    told: dict[str, Any] = {"state": "Attached", "network_access": "AllowAll", "public_access": "Enabled"}
    outcome = judged("disk.public", disk(**told | values))
    assert (outcome.kind, outcome.severity) == (kind, severity)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({}, "exposed"),
        ({"public_access": "Disabled"}, "ok"),
        ({"network_access": "DenyAll"}, "ok"),
        (EXEMPT, "excluded"),
    ],
)
def test_public_snapshots(values: dict[str, Any], kind: str) -> None:
    told: dict[str, Any] = {"network_access": "AllowAll", "public_access": "Enabled"}
    assert judged("snapshot.public", of(Snapshot, **told | values)).kind == kind


def test_where_the_network_is_not_told_nothing_is_judged() -> None:
    assert judged("disk.public", disk(state="Attached")).kind == "insufficient_data"
    assert judged("snapshot.public", of(Snapshot)).kind == "insufficient_data"
