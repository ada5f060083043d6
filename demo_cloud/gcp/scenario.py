"""What is planted in the demo project: waste, and beside each rule things that only look like it.

``expected`` names the same resources by hand, with the money. Names of near misses begin with ``near-``.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from demo_cloud.gcp.rich import add_rich
from demo_cloud.gcp.world import WINDOWS, Address, Disk, Machine, Snapshot, World
from demo_cloud.world import BUSY, DAY, IDLE, Load

BELGIUM: Final = "europe-west1"
FRANKFURT: Final = "europe-west3"
IOWA: Final = "us-central1"
EW, UC = f"{BELGIUM}-b", f"{IOWA}-a"
IGNORED: Final = {"cloud-sentinel-ignore": "true"}
CLAIM: Final = '{"kubernetes.io/created-for/pvc/name":"data-redis-0","kubernetes.io/created-for/pvc/namespace":"shop"}'


def days(count: float) -> timedelta:
    """An age."""
    return count * DAY


def build_world(now: datetime, *, scale: int = 1) -> World:
    """The whole scenario at ``now``: what is planted, its near misses, and ``scale`` times the healthy rest."""
    world = World(now)
    _plant_loose_disks(world)
    _plant_stopped(world)
    _plant_idle_machines(world)
    _plant_default_accounts(world)
    _plant_idle_disks(world)
    _plant_snapshots(world)
    _plant_addresses(world)
    for number in range(3 * scale):
        _add_machine(world, Machine(f"web-{number}", EW, "e2-standard-2", days(200), BUSY))
    add_rich(world)
    return world


def _add_machine(world: World, machine: Machine, *, kind: str = "pd-balanced", size_gib: int = 20) -> None:
    """A machine with the disk that it starts from."""
    world.machines.append(machine)
    world.disks.append(Disk(machine.name, machine.zone, kind, size_gib, machine.age, machine.name, boot=True))


def _plant_loose_disks(world: World) -> None:
    """disk.unattached: attached to nothing for more than 7 days."""
    world.disks += [
        Disk("cart-db-old", EW, "pd-ssd", 200, days(300), detached=days(41)),
        Disk("log-archive", UC, "pd-standard", 500, days(120)),
        Disk("search-ha", FRANKFURT, "pd-balanced", 100, days(90), detached=days(8)),
        # billed by its operations too, of which the price list has no price
        Disk("ledger-fast", UC, "hyperdisk-balanced", 64, days(60)),
        # near misses: just detached, just created, held by a cluster, ignored
        Disk("near-detached", EW, "pd-ssd", 100, days(400), detached=days(6)),
        Disk("near-new", EW, "pd-ssd", 100, days(5)),
        Disk("near-claimed", UC, "pd-balanced", 50, days(100), description=CLAIM),
        Disk("near-cluster", UC, "pd-balanced", 50, days(100), labels={"goog-k8s-cluster-name": "shop"}),
        Disk("near-ignored", EW, "pd-ssd", 900, days(100), labels=IGNORED),
    ]


def _plant_stopped(world: World) -> None:
    """vm.stopped and disk.on_stopped_vm: stopped for more than 30 days."""
    legacy = Machine("legacy-pos", EW, "n1-standard-4", days(700), stopped_for=days(45))
    _add_machine(world, legacy, size_gib=50)
    world.disks.append(Disk("legacy-pos-data", EW, "pd-standard", 200, days(700), "legacy-pos"))
    world.addresses.append(Address("legacy-pos-ip", BELGIUM, "198.51.100.10", days(700), legacy.path))
    _add_machine(world, Machine("batch-2022", UC, "n1-standard-8", days(900), stopped_for=days(31)))
    # near misses: stopped 29 days ago; the inventory does not tell when
    _add_machine(world, Machine("near-batch", EW, "n1-standard-8", days(900), stopped_for=days(29)), size_gib=500)
    unknown = Machine("near-undated", UC, "n1-standard-1", days(900), stopped_for=days(90), stop_told=False)
    _add_machine(world, unknown, size_gib=100)


def _plant_idle_machines(world: World) -> None:
    """vm.idle: 14 days below 5 % CPU (95th percentile of the hourly peaks) and below 5 MB a day."""
    for machine in (
        Machine("etl-2019", EW, "n2-standard-2", days(400), IDLE),
        Machine("report-old", UC, "e2-medium", days(300), IDLE),
        # no list price: Spot, and Windows' license
        Machine("render-spot", UC, "n2-standard-2", days(40), IDLE, spot=True),
        Machine("kiosk-win", EW, "e2-standard-2", days(200), IDLE, license=WINDOWS),
        # near misses: busy network, member of a group, restarted ten days ago, works every night, half of the data
        Machine("near-proxy", EW, "e2-medium", days(220), Load(cpu=2.0, network_mb=900)),
        Machine("near-member", EW, "e2-medium", days(220), IDLE, group="checkout"),
        Machine("near-restarted", EW, "e2-medium", days(220), IDLE, started=days(10)),
        Machine("near-nightly", UC, "e2-standard-4", days(220), Load(1.0, 1.5, 1.4, 2, 60.0)),
        Machine("near-silent", UC, "e2-standard-4", days(220), Load(1.1, 1.2, covered=5)),
        Machine("near-kept", UC, "e2-standard-4", days(220), IDLE, labels=IGNORED),
    ):
        _add_machine(world, machine)


def _plant_default_accounts(world: World) -> None:
    """vm.default_account: acts as the default account, in everything."""
    for machine in (
        Machine("ci-runner", EW, "e2-medium", days(150), BUSY, default_account=True),
        # near misses: reads from buckets only, ignored
        Machine("near-reader", EW, "e2-medium", days(150), BUSY, default_account=True, scope="devstorage.read_only"),
        Machine("near-builder", UC, "e2-medium", days(150), BUSY, default_account=True, labels=IGNORED),
    ):
        _add_machine(world, machine)


def _plant_idle_disks(world: World) -> None:
    """disk.idle: attached to a running machine, and not one operation in 14 days."""
    _add_machine(world, Machine("orders-api", EW, "n2-standard-2", days(220), BUSY))
    world.disks.append(Disk("orders-scratch", EW, "pd-ssd", 300, days(220), "orders-api", silent=True))
    # near miss: the disk that a machine of twelve days started from
    world.machines.append(Machine("near-canary", EW, "e2-medium", days(12), BUSY))
    world.disks.append(Disk("near-canary", EW, "pd-balanced", 20, days(400), "near-canary", boot=True, silent=True))


def _plant_snapshots(world: World) -> None:
    """snapshot.old, snapshot.orphan."""
    gone, there = f"zones/{EW}/disks/cart-db-2021", f"zones/{EW}/disks/orders-api"
    world.snapshots += [
        Snapshot("cart-db-last", 100, 12, days(40), gone),
        Snapshot("cart-db-2021", 200, 100, days(200), gone),
        Snapshot("orders-before-4-2", 200, 80, days(120), there),
        Snapshot("orders-de", 200, 10, days(91), there, where=FRANKFURT),
        # the price list has no multi-region; the bytes still move
        Snapshot("orders-eu", 200, 50, days(100), there, where="eu"),
        Snapshot("orders-moving", 200, 50, days(100), there, settled=False),
        # near misses: a day too young, made by a schedule, ignored; an orphan of a month
        Snapshot("near-young", 200, 80, days(89), there),
        Snapshot("near-scheduled", 200, 80, days(100), there, schedule="nightly"),
        Snapshot("near-ignored", 200, 80, days(100), gone, labels=IGNORED),
        Snapshot("near-orphan", 200, 80, days(29), gone),
    ]


def _plant_addresses(world: World) -> None:
    """ip.unassociated: used by nothing for more than a day."""
    world.addresses += [
        Address("old-vpn", BELGIUM, "198.51.100.1", days(500)),
        Address("spare-us", IOWA, "198.51.100.2", days(2)),
        Address("spare-de", FRANKFURT, "198.51.100.3", days(30)),
        # near misses: in use, internal, reserved half a day ago
        Address("near-used", BELGIUM, "198.51.100.4", days(200), f"zones/{EW}/instances/web-0"),
        Address("near-internal", BELGIUM, "10.132.0.99", days(200), internal=True),
        Address("near-new", BELGIUM, "198.51.100.5", days(0.5)),
    ]
