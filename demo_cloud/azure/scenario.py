"""The scenario of the Azure demo: what is planted in its subscriptions, and a near miss beside each of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from demo_cloud.azure.names import EAST_US as US
from demo_cloud.azure.names import LAB, SHOP, SUBSCRIPTIONS
from demo_cloud.azure.names import WEST_EUROPE as EU
from demo_cloud.azure.world import (
    BUSY,
    DAY,
    IDLE,
    AzureWorld,
    Disk,
    DiskState,
    Load,
    Nic,
    PublicIp,
    Snapshot,
    Subscription,
    Thing,
    Vm,
)  # fmt: skip

MARGIN = timedelta(hours=2)
"""So much short of a threshold: also a scan that starts an hour later must not find it."""


def build_azure_world(now: datetime, *, scale: int = 1) -> AzureWorld:
    """The whole scenario; the healthy background ``scale`` times."""
    things = {SHOP: [*_shop(now), *_background(scale)], LAB: _lab()}
    held = {one: Subscription(one, name, things[one]) for one, name in SUBSCRIPTIONS.items()}
    return AzureWorld(now, held, denied={LAB: ("Microsoft.Network/publicIPAddresses/read",)})


def _shop(now: datetime) -> list[Thing]:
    return [*_unattached(now), *_stopped(), *_idle(), *_snapshots(), *_open(), *_addresses(), *_interfaces()]


def _unattached(now: datetime) -> list[Thing]:
    """Planted: three disks that nothing has. Near misses: too young, held, exported, exempt."""
    later, earlier = (now + 30 * DAY).date().isoformat(), (now - 10 * DAY).date().isoformat()
    return [
        Disk("cart-db-old", EU, "Premium_LRS", 128, 41 * DAY, moved=20 * DAY, tier="P10", made_from="gone-first"),
        Disk("archive-2019", US, "Standard_LRS", 1000, 900 * DAY, moved=800 * DAY),
        Disk("search-zrs", EU, "StandardSSD_ZRS", 512, 60 * DAY),
        Disk("ledger-ultra", EU, "UltraSSD_LRS", 100, 60 * DAY),
        Disk("exempt-until-lately", EU, "StandardSSD_LRS", 4, 60 * DAY, tags={"cloud-sentinel:ignore": earlier}),
        Disk("just-made", EU, "Premium_LRS", 128, 7 * DAY - MARGIN, tier="P10"),
        Disk("of-a-volume-claim", EU, "Premium_LRS", 64, 60 * DAY, tags={"kubernetes.io-created-for-pvc-name": "db-0"}),
        Disk("being-exported", EU, "Premium_LRS", 64, 60 * DAY, state="ActiveSAS"),
        Disk("exempt", EU, "Premium_LRS", 64, 60 * DAY, tags={"cloud-sentinel:ignore": later}),
    ]


def _stopped() -> list[Thing]:
    """Planted: deallocated for long with an address, and stopped without being deallocated. Near miss: lately."""
    return [
        *_machine(Vm("legacy-pos", EU, "Standard_D2s_v5", 400 * DAY, "deallocated"), moved=45 * DAY),
        PublicIp("legacy-pos-ip", EU, "203.0.113.20", interface="legacy-pos-nic"),
        Disk("legacy-pos-data", EU, "StandardSSD_LRS", 256, 400 * DAY, "Reserved", "legacy-pos", 45 * DAY),
        *_machine(Vm("batch-2022", US, "Standard_D4s_v5", 700 * DAY, "deallocated"), moved=200 * DAY),
        *_machine(Vm("shut-down-inside", EU, "Standard_E4s_v5", 90 * DAY, "stopped")),
        *_machine(Vm("stopped-lately", EU, "Standard_D2s_v5", 400 * DAY, "deallocated"), moved=30 * DAY - MARGIN),
    ]


def _idle() -> list[Thing]:
    """Planted: three machines that do nothing, and a disk. Near misses: busy by night or by network, young, members."""
    spent = Load(cpu=1.0, network_mb=1.0, credits=0.2)
    return [
        *_machine(Vm("report-old", EU, "Standard_D4s_v5", 200 * DAY, load=IDLE)),
        *_machine(Vm("kiosk-win", US, "Standard_D2s_v5", 200 * DAY, load=IDLE, os="Windows")),
        *_machine(Vm("render-spot", EU, "Standard_D8s_v5", 60 * DAY, load=IDLE, priority="Spot")),
        *_machine(Vm("shop-1", EU, "Standard_D8s_v5", 300 * DAY, load=BUSY, license="SLES_BYOS", tags={"team": "a"})),
        Disk("shop-1-scratch", EU, "Premium_LRS", 512, 300 * DAY, "Attached", "shop-1", 300 * DAY, "P20", silent=True),
        *_machine(Vm("nightly", EU, "Standard_D2s_v5", 300 * DAY, load=Load(1.0, 1.0, spikes=2, spike_cpu=70.0))),
        *_machine(Vm("relay", EU, "Standard_B2s", 300 * DAY, load=Load(cpu=1.0, network_mb=40.0))),
        *_machine(Vm("slowed-down", EU, "Standard_B2ms", 300 * DAY, load=spent)),
        *_machine(Vm("new-idle", EU, "Standard_D2s_v5", 13 * DAY, load=IDLE)),
        *_machine(Vm("pool-7", EU, "Standard_D2s_v5", 90 * DAY, load=IDLE, scale_set="pool")),
        *_machine(Vm("often-silent", EU, "Standard_D2s_v5", 90 * DAY, load=Load(1.0, 1.0, covered=7))),
    ]


def _snapshots() -> list[Thing]:
    """Planted: old ones, one of a disk that is gone. Near misses: not yet old, made by a backup."""
    return [
        Snapshot("shop-1-before-3-0", EU, 128, 91 * DAY, "shop-1-os"),
        Snapshot("shop-1-zrs", EU, 64, 120 * DAY, "shop-1-os", sku="Standard_ZRS"),
        Snapshot("gone-last", EU, 300, 31 * DAY, "gone"),
        Snapshot("gone-first", EU, 80, 400 * DAY, "gone"),
        Snapshot("shop-1-lately", EU, 128, 90 * DAY - MARGIN, "shop-1-os"),
        Snapshot("gone-lately", EU, 64, 30 * DAY - MARGIN, "gone"),
        Snapshot("of-the-backup", EU, 64, 200 * DAY, "shop-1-os", tags={"RSVaultBackup": "vault"}),
    ]


def _open() -> list[Thing]:
    """Planted: a disk and a snapshot that can be exported anywhere, one is just now. Near miss: exempt."""
    exempt = {"cloud-sentinel:ignore": "true"}
    return [
        Disk("web-1-data", EU, "Premium_LRS", 64, 100 * DAY, "Attached", "web-1", 100 * DAY, "P6", public=True),
        Disk("handed-over", EU, "Premium_LRS", 64, 60 * DAY, state="ActiveSAS", public=True),
        Disk("web-2-data", EU, "Premium_LRS", 64, 100 * DAY, "Attached", "web-2", 100 * DAY, public=True, tags=exempt),
        Snapshot("web-1-lately", EU, 64, 10 * DAY, "web-1-os", public=True),
    ]


def _addresses() -> list[Thing]:
    """Planted: static ones that nothing has. Near misses: in use, of a prefix, dynamic."""
    return [
        PublicIp("spare-eu", EU, "203.0.113.30"),
        PublicIp("spare-us", US, "203.0.113.31"),
        PublicIp("spare-basic", EU, "203.0.113.32", sku="Basic"),
        PublicIp("shop-1-ip", EU, "203.0.113.33", interface="shop-1-nic"),
        PublicIp("egress", EU, "203.0.113.34", nat="egress", tags={"team": "platform"}),
        PublicIp("of-the-prefix", EU, "203.0.113.35", prefix="office"),
        PublicIp("dynamic", EU, "", sku="Basic", method="Dynamic"),
    ]


def _interfaces() -> list[Thing]:
    """Planted: two that nothing has, one with an address. Near misses: of an endpoint, of services."""
    return [
        Nic("left-nic", EU, "10.0.0.200"),
        Nic("left-nic-with-ip", EU, "10.0.0.201"),
        PublicIp("left-ip", EU, "203.0.113.40", interface="left-nic-with-ip"),
        Nic("vault-endpoint", EU, "10.0.0.202", endpoint="vault", tags={"team": "payments"}),
        Nic("of-the-link-service", EU, "10.0.0.203", link_service="orders"),
        Nic("of-a-service", EU, "10.0.0.204", workloads=("Microsoft.NetApp/volumes",)),
    ]


def _lab() -> list[Thing]:
    """The second subscription may not list its addresses."""
    return [
        Disk("lab-left", US, "Premium_LRS", 1024, 30 * DAY),
        *_machine(Vm("lab-1", US, "Standard_B2s", 40 * DAY, load=BUSY)),
        PublicIp("lab-spare", US, "203.0.113.50"),
    ]


def _machine(vm: Vm, *, moved: timedelta | None = None) -> list[Thing]:
    """A machine with its disk and its interface."""
    since = vm.age if moved is None else moved
    state: DiskState = "Reserved" if vm.state == "deallocated" else "Attached"
    return [
        vm,
        Disk(f"{vm.name}-os", vm.region, "Premium_LRS", 64, vm.age, state, vm.name, since, "P6"),
        Nic(f"{vm.name}-nic", vm.region, "10.0.0.4", vm=vm.name),
    ]


def _background(scale: int) -> list[Thing]:
    """Machines that are busy and as they should be."""
    names = [f"web-{number}" for number in range(1, 12 * scale + 1)]
    return [thing for name in names for thing in _machine(Vm(name, EU, "Standard_D2s_v5", 100 * DAY, load=BUSY))]
