"""Instances that are planted: stopped for long, idle, and what only looks so."""

from __future__ import annotations

from typing import Final

from demo_cloud.names import DATA, FRANKFURT, IRELAND, RETAIL, VIRGINIA
from demo_cloud.rows import A, B, C, E, U, waste
from demo_cloud.world import BUSY, IDLE, IGNORED, Address, Instance, Load, Volume, World, days


def plant(world: World) -> None:
    """vm.stopped with the disks' disk.on_stopped_vm, vm.idle and vm.previous_generation."""
    _plant_old_instances(world)
    _plant_stopped_instances(world)
    _plant_idle_instances(world)
    _plant_nearly_idle(world)


def _plant_stopped_instances(world: World) -> None:
    """vm.stopped and disk.on_stopped_vm: stopped for more than 30 days."""
    place = world.place(RETAIL, IRELAND)
    place.instances += [
        Instance("i-0de01e10000000001", "m5.xlarge", days(500), stopped_for=days(45), tags={"Name": "pos-legacy"}),
        # near miss: stopped 29 days ago, with a disk and an address
        Instance("i-0de01e19000000001", "m5.2xlarge", days(300), stopped_for=days(29)),
    ]
    place.volumes += [
        Volume("vol-0de01e10000000011", "gp3", 50, days(500), "i-0de01e10000000001"),
        Volume("vol-0de01e10000000012", "gp2", 200, days(480), "i-0de01e10000000001", "/dev/sdf"),
        Volume("vol-0de01e19000000011", "gp3", 500, days(300), "i-0de01e19000000001"),
    ]
    place.addresses += [
        Address("eipalloc-0de01e10000000011", "203.0.113.11", "i-0de01e10000000001"),
        Address("eipalloc-0de01e19000000011", "203.0.113.12", "i-0de01e19000000001"),
    ]
    _plant_stopped_elsewhere(world)


def _plant_stopped_elsewhere(world: World) -> None:
    retail_us, retail_de = world.place(RETAIL, VIRGINIA), world.place(RETAIL, FRANKFURT)
    retail_us.instances.append(Instance("i-0de01a10000000001", "t3.large", days(400), stopped_for=days(100)))
    retail_us.volumes.append(Volume("vol-0de01a10000000011", "gp2", 30, days(400), "i-0de01a10000000001"))
    # near miss: the cloud stopped it and gave no date
    unknown = "Server.ScheduledStop: Stopped due to scheduled retirement"
    retail_de.instances.append(
        Instance("i-0de01c19000000001", "m6i.large", days(200), stopped_for=days(60), stop_reason=unknown)
    )
    retail_de.volumes.append(Volume("vol-0de01c19000000011", "gp3", 120, days(200), "i-0de01c19000000001"))
    data_us, data_de, data_ie = (world.place(DATA, region) for region in (VIRGINIA, FRANKFURT, IRELAND))
    data_us.instances.append(Instance("i-0de02a10000000001", "r5.large", days(700), stopped_for=days(60)))
    data_us.volumes.append(Volume("vol-0de02a10000000011", "gp3", 20, days(700), "i-0de02a10000000001"))
    data_de.instances.append(Instance("i-0de02c10000000001", "c5.large", days(90), stopped_for=days(31)))
    data_de.volumes.append(Volume("vol-0de02c10000000011", "gp3", 100, days(90), "i-0de02c10000000001"))
    data_de.addresses.append(Address("eipalloc-0de02c10000000011", "203.0.113.13", "i-0de02c10000000001"))
    # near miss: ignored, and so is its disk
    data_ie.instances.append(
        Instance("i-0de02e19000000001", "c5.4xlarge", days(900), stopped_for=days(90), tags=IGNORED)
    )
    data_ie.volumes.append(Volume("vol-0de02e19000000011", "gp3", 600, days(900), "i-0de02e19000000001", tags=IGNORED))


def _plant_idle_instances(world: World) -> None:
    """vm.idle: 14 days below 5 % CPU (95th percentile of the hourly peaks) and below 5 MB a day."""
    nightly = Load(cpu=1.3, network_mb=2.0, spikes=1, spike_cpu=42.0)
    for account, region, number, kind, load in (
        (RETAIL, IRELAND, "01e10000000021", "m5.large", IDLE),
        (RETAIL, IRELAND, "01e10000000022", "c5.2xlarge", IDLE),
        (RETAIL, VIRGINIA, "01a10000000021", "r5.xlarge", IDLE),
        (RETAIL, VIRGINIA, "01a10000000022", "x1e.xlarge", IDLE),
        (RETAIL, FRANKFURT, "01c10000000021", "m6i.large", IDLE),
        (DATA, IRELAND, "02e10000000021", "m6i.xlarge", IDLE),
        (DATA, VIRGINIA, "02a10000000021", "m5.4xlarge", nightly),
        (DATA, FRANKFURT, "02c10000000021", "c5.xlarge", IDLE),
    ):
        add_running(world, account, region, Instance(f"i-0de{number}", kind, days(220), load))
    windows = Instance("i-0de02e10000000022", "m5.large", days(90), IDLE, platform="Windows")
    add_running(world, DATA, IRELAND, windows)


def _plant_nearly_idle(world: World) -> None:
    group = {"aws:autoscaling:groupName": "checkout-asg"}
    for account, region, instance in (
        # quiet CPU, busy network
        (RETAIL, IRELAND, Instance("i-0de01e19000000021", "c5.large", days(220), Load(cpu=2.0, network_mb=900))),
        # launched ten days ago
        (RETAIL, VIRGINIA, Instance("i-0de01a19000000021", "m5.large", days(10), IDLE)),
        # its group decides
        (RETAIL, FRANKFURT, Instance("i-0de01c19000000021", "m5.large", days(220), IDLE, tags=group)),
        # ignored
        (DATA, IRELAND, Instance("i-0de02e19000000021", "m5.8xlarge", days(220), IDLE, tags=IGNORED)),
        # works for two hours every night
        (DATA, VIRGINIA, Instance("i-0de02a19000000021", "r5.2xlarge", days(220), Load(1.0, 1.5, 1.4, 2, 60.0))),
        # slowed down, its credits are spent
        (RETAIL, VIRGINIA, Instance("i-0de01a19000000022", "t3.small", days(220), Load(3.0, 3.0, cpu_credits=0.1))),
        # data for half of the hours only
        (DATA, FRANKFURT, Instance("i-0de02c19000000021", "m5.xlarge", days(220), Load(1.1, 1.2, covered=5))),
    ):
        add_running(world, account, region, instance)


def _plant_old_instances(world: World) -> None:
    """vm.previous_generation: what came after it costs less."""
    for account, region, instance in (
        (RETAIL, IRELAND, Instance("i-0de01e10000000071", "m4.large", days(1500), BUSY)),
        (RETAIL, VIRGINIA, Instance("i-0de01a10000000071", "m3.large", days(2500), BUSY)),
        (DATA, VIRGINIA, Instance("i-0de02a10000000071", "c4.xlarge", days(1500), BUSY)),
        # near misses: the successor has no such size; ignored
        (RETAIL, IRELAND, Instance("i-0de01e19000000071", "m4.10xlarge", days(1500), BUSY)),
        (DATA, IRELAND, Instance("i-0de02e19000000071", "r4.large", days(1500), BUSY, tags=IGNORED)),
    ):
        add_running(world, account, region, instance)


def add_running(world: World, account: str, region: str, instance: Instance) -> None:
    """A running instance with an encrypted root volume."""
    place = world.place(account, region)
    place.instances.append(instance)
    place.volumes.append(Volume(f"vol-{instance.id[2:]}", "gp3", 30, instance.age, instance.id))


EXPECTED: Final = (
    # the address of the first and of the last: 0.005 x 730
    waste("vm.stopped", A, E, "instance/i-0de01e10000000001", "3.65"),
    waste("vm.stopped", A, U, "instance/i-0de01a10000000001", "0.00"),
    waste("vm.stopped", B, U, "instance/i-0de02a10000000001", "0.00"),
    waste("vm.stopped", B, C, "instance/i-0de02c10000000001", "3.65"),
    # 0.111 less 0.107, 0.199 less 0.17, x 730; m3 is not in the price list
    waste("vm.previous_generation", A, E, "instance/i-0de01e10000000071", "2.92"),
    waste("vm.previous_generation", A, U, "instance/i-0de01a10000000071", None),
    waste("vm.previous_generation", B, U, "instance/i-0de02a10000000071", "21.17"),
    # m5.large 0.107 x 730; c5.2xlarge 0.384 x 730
    waste("vm.idle", A, E, "instance/i-0de01e10000000021", "78.11"),
    waste("vm.idle", A, E, "instance/i-0de01e10000000022", "280.32"),
    # r5.xlarge 0.252 x 730; x1e.xlarge is not in the price list
    waste("vm.idle", A, U, "instance/i-0de01a10000000021", "183.96"),
    waste("vm.idle", A, U, "instance/i-0de01a10000000022", None),
    # m6i.large 0.115 x 730
    waste("vm.idle", A, C, "instance/i-0de01c10000000021", "83.95"),
    # m6i.xlarge 0.214 x 730; m5.large with Windows 0.199 x 730
    waste("vm.idle", B, E, "instance/i-0de02e10000000021", "156.22"),
    waste("vm.idle", B, E, "instance/i-0de02e10000000022", "145.27"),
    # m5.4xlarge 0.768 x 730
    waste("vm.idle", B, U, "instance/i-0de02a10000000021", "560.64"),
    # c5.xlarge 0.194 x 730
    waste("vm.idle", B, C, "instance/i-0de02c10000000021", "141.62"),
)
