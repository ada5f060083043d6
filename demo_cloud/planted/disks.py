"""Disks that are planted: loose ones, open ones, those that nobody reads, old types, and what only looks so."""

from __future__ import annotations

from typing import Final

from demo_cloud.names import DATA, FRANKFURT, IRELAND, RETAIL, VIRGINIA
from demo_cloud.planted.instances import add_running
from demo_cloud.rows import A, B, C, E, Expected, U, exposed, waste
from demo_cloud.world import BUSY, IGNORED, Instance, Volume, World, days


def plant(world: World) -> None:
    """disk.unattached, disk.unencrypted, disk.idle, disk.previous_type; disk.on_stopped_vm stands in ``instances``."""
    _plant_loose_disks(world)
    _plant_open_disks(world)
    _plant_idle_disks(world)
    _plant_old_types(world)


def _plant_loose_disks(world: World) -> None:
    """disk.unattached: attached to nothing for more than 7 days."""
    retail_ie, retail_us = world.place(RETAIL, IRELAND), world.place(RETAIL, VIRGINIA)
    retail_ie.volumes += [
        Volume("vol-0de01e10000000001", "gp3", 100, days(41), tags={"Name": "cart-db-old"}),
        Volume("vol-0de01e10000000002", "gp2", 500, days(200), encrypted=False, tags={"Name": "search-reindex"}),
        # the price list has no st1 and no gp3 IOPS of Ireland: savings that stay unknown
        Volume("vol-0de01e10000000003", "st1", 2000, days(120), tags={"Name": "log-archive"}),
        Volume("vol-0de01e10000000004", "gp3", 90, days(31), iops=4000),
        # near misses: too young, held by a backup, ignored
        Volume("vol-0de01e19000000001", "gp3", 80, days(6)),
        Volume("vol-0de01e19000000002", "gp3", 64, days(50), tags={"aws:backup:source-resource": "vol-gone"}),
    ]
    retail_us.volumes += [
        Volume("vol-0de01a10000000001", "gp2", 1000, days(95), tags={"Name": "migration-2025"}),
        Volume("vol-0de01a10000000002", "io1", 100, days(12), iops=1000),
        Volume("vol-0de01a19000000001", "gp3", 400, days(300), tags=IGNORED),
    ]
    world.place(RETAIL, FRANKFURT).volumes.append(Volume("vol-0de01c10000000001", "gp3", 250, days(8)))
    world.place(DATA, IRELAND).volumes += [
        Volume("vol-0de02e10000000001", "gp3", 33, days(400)),
        # near miss: a cluster claims it
        Volume("vol-0de02e19000000001", "gp3", 50, days(90), tags={"kubernetes.io/created-for/pvc/name": "spark-0"}),
    ]
    world.place(DATA, VIRGINIA).volumes += [
        Volume("vol-0de02a10000000001", "gp3", 2048, days(60), tags={"Name": "lake-staging"}),
        Volume("vol-0de02a10000000002", "gp3", 10, days(60), tags=_ignored_until(world, -10)),
        Volume("vol-0de02a10000000003", "gp3", 200, days(15), iops=6000, throughput=250),
        # near miss: ignored for a while still
        Volume("vol-0de02a19000000001", "gp3", 700, days(70), tags=_ignored_until(world, 30)),
    ]
    world.place(DATA, FRANKFURT).volumes += [
        Volume("vol-0de02c10000000001", "gp2", 300, days(33)),
        Volume("vol-0de02c10000000002", "gp3", 100, days(20), iops=4000),
    ]


def _ignored_until(world: World, in_days: int) -> dict[str, str]:
    return {"cloud-sentinel:ignore": (world.now + days(in_days)).date().isoformat()}


def _plant_open_disks(world: World) -> None:
    """disk.unencrypted, on volumes that are in use."""
    for account, region, number, size_gib in (
        (RETAIL, IRELAND, "01e10000000031", 100),
        (RETAIL, VIRGINIA, "01a10000000031", 40),
        (DATA, VIRGINIA, "02a10000000031", 800),
        (DATA, FRANKFURT, "02c10000000031", 60),
    ):
        # its image is a near miss of image.unused
        image = "ami-0de01e19000000001" if region == IRELAND else "ami-0de0f000000000001"
        instance = Instance(f"i-0de{number}", "m5.large", days(220), BUSY, image=image)
        add_running(world, account, region, instance)
        world.place(account, region).volumes[-1] = Volume(
            f"vol-0de{number}", "gp3", size_gib, days(220), instance.id, encrypted=False
        )
    instance = Instance("i-0de01c19000000031", "m5.large", days(220), BUSY)
    add_running(world, RETAIL, FRANKFURT, instance)
    # near miss: ignored
    world.place(RETAIL, FRANKFURT).volumes[-1] = Volume(
        "vol-0de01c19000000031", "gp3", 60, days(220), instance.id, encrypted=False, tags=IGNORED
    )


def _plant_idle_disks(world: World) -> None:
    """disk.idle: attached to a running instance, and not one operation in 14 days."""
    world.place(RETAIL, IRELAND).volumes.append(
        Volume("vol-0de01e10000000041", "gp3", 300, days(220), "i-0de01e10000000031", "/dev/sdf", silent=True)
    )
    world.place(DATA, VIRGINIA).volumes.append(
        Volume("vol-0de02a10000000041", "gp3", 500, days(220), "i-0de02a10000000031", "/dev/sdf", silent=True)
    )
    # near misses: the root disk of an instance launched 12 days ago; attached for three days
    retail_us = world.place(RETAIL, VIRGINIA)
    retail_us.instances.append(Instance("i-0de01a19000000041", "m5.large", days(12), BUSY))
    retail_us.volumes += [
        Volume("vol-0de01a19000000041", "gp3", 200, days(12), "i-0de01a19000000041", silent=True),
        Volume("vol-0de01a19000000042", "gp3", 900, days(3), "i-0de01a10000000031", "/dev/sdh", silent=True),
    ]


def _plant_old_types(world: World) -> None:
    """disk.previous_type, on volumes that are in use."""
    retail_us, data_us, data_de = (
        world.place(*place) for place in ((RETAIL, VIRGINIA), (DATA, VIRGINIA), (DATA, FRANKFURT))
    )
    retail_us.volumes += [
        Volume("vol-0de01a10000000051", "gp2", 150, days(220), "i-0de01a10000000031", "/dev/sdf"),
        # near miss: as gp3, the throughput that it has would cost more than is saved
        Volume("vol-0de01a19000000051", "gp2", 200, days(220), "i-0de01a10000000031", "/dev/sdg"),
    ]
    data_us.volumes += [
        Volume("vol-0de02a10000000051", "gp2", 1200, days(220), "i-0de02a10000000031", "/dev/sdg"),
        Volume("vol-0de02a10000000052", "standard", 40, days(2000), "i-0de02a10000000031", "/dev/sdh"),
    ]
    data_de.volumes.append(
        Volume("vol-0de02c10000000051", "gp2", 500, days(220), "i-0de02c10000000031", "/dev/sdf"),
    )


def _open_disk(account: str, region: str, volume: str) -> Expected:
    return exposed("disk.unencrypted", account, region, f"volume/{volume}")


EXPECTED: Final = (
    # 100 x 0.088
    waste("disk.unattached", A, E, "volume/vol-0de01e10000000001", "8.80"),
    # 500 x 0.11
    waste("disk.unattached", A, E, "volume/vol-0de01e10000000002", "55.00"),
    # st1 and gp3's IOPS in Ireland: not in the price list
    waste("disk.unattached", A, E, "volume/vol-0de01e10000000003", None),
    waste("disk.unattached", A, E, "volume/vol-0de01e10000000004", None),
    # 1000 x 0.10
    waste("disk.unattached", A, U, "volume/vol-0de01a10000000001", "100.00"),
    # 100 x 0.125 + 1000 x 0.065
    waste("disk.unattached", A, U, "volume/vol-0de01a10000000002", "77.50"),
    # 250 x 0.0952
    waste("disk.unattached", A, C, "volume/vol-0de01c10000000001", "23.80"),
    # 33 x 0.088 = 2.904
    waste("disk.unattached", B, E, "volume/vol-0de02e10000000001", "2.90"),
    # 2048 x 0.08
    waste("disk.unattached", B, U, "volume/vol-0de02a10000000001", "163.84"),
    # 10 x 0.08; its exemption ended ten days ago
    waste("disk.unattached", B, U, "volume/vol-0de02a10000000002", "0.80"),
    # 200 x 0.08 + 3000 x 0.005 + 125 x 0.04
    waste("disk.unattached", B, U, "volume/vol-0de02a10000000003", "36.00"),
    # 300 x 0.119
    waste("disk.unattached", B, C, "volume/vol-0de02c10000000001", "35.70"),
    # 100 x 0.0952 + 1000 x 0.006
    waste("disk.unattached", B, C, "volume/vol-0de02c10000000002", "15.52"),
    # 50 x 0.088; 200 x 0.11; 30 x 0.10; 20 x 0.08; 100 x 0.0952
    waste("disk.on_stopped_vm", A, E, "volume/vol-0de01e10000000011", "4.40"),
    waste("disk.on_stopped_vm", A, E, "volume/vol-0de01e10000000012", "22.00"),
    waste("disk.on_stopped_vm", A, U, "volume/vol-0de01a10000000011", "3.00"),
    waste("disk.on_stopped_vm", B, U, "volume/vol-0de02a10000000011", "1.60"),
    waste("disk.on_stopped_vm", B, C, "volume/vol-0de02c10000000011", "9.52"),
    # 300 x 0.088; 500 x 0.08
    waste("disk.idle", A, E, "volume/vol-0de01e10000000041", "26.40"),
    waste("disk.idle", B, U, "volume/vol-0de02a10000000041", "40.00"),
    # as gp3 with the same IOPS and throughput: 150 x (0.10 - 0.08)
    waste("disk.previous_type", A, U, "volume/vol-0de01a10000000051", "3.00"),
    # 1200 x (0.10 - 0.08) - 600 x 0.005 - 125 x 0.04; what magnetic disks' requests cost is not known
    waste("disk.previous_type", B, U, "volume/vol-0de02a10000000051", "16.00"),
    waste("disk.previous_type", B, U, "volume/vol-0de02a10000000052", None),
    # 500 x (0.119 - 0.0952) - 125 x 0.0476
    waste("disk.previous_type", B, C, "volume/vol-0de02c10000000051", "5.95"),
    # gp3's throughput in Ireland is not in the price list; the others' money is counted by disk.unattached and
    # disk.on_stopped_vm
    waste("disk.previous_type", A, E, "volume/vol-0de01e10000000002", None),
    waste("disk.previous_type", A, E, "volume/vol-0de01e10000000012", None),
    waste("disk.previous_type", A, U, "volume/vol-0de01a10000000001", "0.00"),
    waste("disk.previous_type", A, U, "volume/vol-0de01a10000000002", "0.00"),
    waste("disk.previous_type", A, U, "volume/vol-0de01a10000000011", "0.00"),
    waste("disk.previous_type", B, C, "volume/vol-0de02c10000000001", "0.00"),
    _open_disk(A, E, "vol-0de01e10000000002"),
    _open_disk(A, E, "vol-0de01e10000000031"),
    _open_disk(A, U, "vol-0de01a10000000031"),
    _open_disk(B, U, "vol-0de02a10000000031"),
    _open_disk(B, C, "vol-0de02c10000000031"),
)
