"""What is planted in the demo: waste, exposure, and beside each rule things that only look like it.

The one place that decides what must be found. ``expected`` names the same resources by hand, with the money;
``background`` adds the healthy rest. Ids are fixed: ``0de0``, the account's digit, ``e1`` Ireland, ``a1`` Virginia or
``c1`` Frankfurt, a number; those of near misses have a 9 in front of the number.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from demo_cloud.background import add_background, blank_world
from demo_cloud.names import DATA, FRANKFURT, IRELAND, REGIONS, RETAIL, STRANGER, VIRGINIA
from demo_cloud.network import plant_network
from demo_cloud.world import (
    BUSY,
    DAY,
    IDLE,
    Address,
    Bucket,
    Image,
    Instance,
    Load,
    Snapshot,
    Volume,
    World,
)

GONE: Final = "vol-0de0dead000000001"
"""A volume that nobody has any more."""
IGNORED: Final = {"cloud-sentinel:ignore": "true"}
OFFICE_POLICY: Final[Mapping[str, Any]] = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Office",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::retail-intranet/*",
            "Condition": {"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}},
        }
    ],
}


def web_policy(bucket: str) -> Mapping[str, Any]:
    """Everybody may read the objects of that bucket."""
    statement = {"Sid": "Web", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}
    return {"Version": "2012-10-17", "Statement": [{**statement, "Resource": f"arn:aws:s3:::{bucket}/*"}]}


def days(count: float) -> timedelta:
    """An age."""
    return count * DAY


def build_world(now: datetime, *, scale: int = 1) -> World:
    """The whole scenario at ``now``: what is planted, its near misses, and ``scale`` times the background."""
    world = blank_world(now)
    world.denied[DATA] = ("s3:*",)
    _plant_loose_disks(world)
    _plant_stopped_instances(world)
    _plant_snapshots(world)
    _plant_addresses(world)
    _plant_idle_instances(world)
    _plant_open_disks(world)
    _plant_idle_disks(world)
    _plant_old_types(world)
    _plant_orphan_snapshots(world)
    _plant_images(world)
    plant_network(world)
    _plant_buckets(world)
    add_background(world, scale)
    return world


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


def _plant_snapshots(world: World) -> None:
    """snapshot.old: older than 90 days, used by no own image, kept by no policy."""
    retail_ie, retail_de = world.place(RETAIL, IRELAND), world.place(RETAIL, FRANKFURT)
    retail_ie.snapshots += [
        Snapshot("snap-0de01e10000000001", 100, days(120), description="before the 4.2 release"),
        Snapshot("snap-0de01e10000000002", 500, days(365), description="cart-db"),
        Snapshot("snap-0de01e10000000003", 1000, days(730), tier="archive"),
        # near misses: a day too young; an own image needs it
        Snapshot("snap-0de01e19000000001", 300, days(89)),
        Snapshot("snap-0de01e19000000002", 8, days(700), source=GONE),
    ]
    retail_ie.images.append(Image("ami-0de01e19000000001", "retail-base", "snap-0de01e19000000002", days(700)))
    world.place(RETAIL, VIRGINIA).snapshots += [
        Snapshot("snap-0de01a10000000001", 250, days(91)),
        # the price list has no archive tier of Virginia
        Snapshot("snap-0de01a10000000002", 300, days(500), tier="archive"),
    ]
    retail_de.snapshots += [
        Snapshot("snap-0de01c10000000001", 80, days(200)),
        Snapshot("snap-0de01c19000000001", 900, days(800), tags=IGNORED),
    ]
    world.place(DATA, IRELAND).snapshots += [
        Snapshot("snap-0de02e10000000001", 64, days(150)),
        # near miss: AWS Backup keeps it
        Snapshot(
            "snap-0de02e19000000001", 400, days(150), source=GONE, tags={"aws:backup:source-resource": "vol-gone"}
        ),
    ]
    world.place(DATA, VIRGINIA).snapshots += [
        Snapshot("snap-0de02a10000000001", 1000, days(400)),
        # near miss: a lifecycle policy keeps it
        Snapshot("snap-0de02a19000000001", 1000, days(120), tags={"aws:dlm:lifecycle-policy-id": "policy-0de0"}),
    ]
    world.place(DATA, FRANKFURT).snapshots.append(Snapshot("snap-0de02c10000000001", 33, days(100)))
    for (account, region), place in world.places.items():
        digit = f"{account[0]}{REGIONS.index(region)}"
        place.snapshots.append(
            Snapshot(f"snap-0de0f{digit}9000000001", 30, days(900), owner=STRANGER, description="public base image")
        )


def _plant_addresses(world: World) -> None:
    """ip.unassociated: associated with nothing."""
    retail_ie = world.place(RETAIL, IRELAND)
    retail_ie.addresses += [
        Address("eipalloc-0de01e10000000001", "203.0.113.1", tags={"Name": "old-vpn"}),
        Address("eipalloc-0de01e10000000002", "203.0.113.2"),
        # near misses: on a bare network interface; ignored
        Address("eipalloc-0de01e19000000001", "203.0.113.3", on_interface=True),
        Address("eipalloc-0de01e19000000002", "203.0.113.4", tags=IGNORED),
    ]
    world.place(RETAIL, VIRGINIA).addresses.append(Address("eipalloc-0de01a10000000001", "203.0.113.5"))
    world.place(RETAIL, FRANKFURT).addresses.append(Address("eipalloc-0de01c10000000001", "203.0.113.6"))
    world.place(DATA, IRELAND).addresses.append(Address("eipalloc-0de02e10000000001", "203.0.113.7"))
    world.place(DATA, VIRGINIA).addresses.append(Address("eipalloc-0de02a10000000001", "203.0.113.8"))


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
        _add_running(world, account, region, Instance(f"i-0de{number}", kind, days(220), load))
    windows = Instance("i-0de02e10000000022", "m5.large", days(90), IDLE, platform="Windows")
    _add_running(world, DATA, IRELAND, windows)
    _plant_nearly_idle(world)


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
        _add_running(world, account, region, instance)


def _add_running(world: World, account: str, region: str, instance: Instance) -> None:
    """A running instance with an encrypted root volume."""
    place = world.place(account, region)
    place.instances.append(instance)
    place.volumes.append(Volume(f"vol-{instance.id[2:]}", "gp3", 30, instance.age, instance.id))


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
        _add_running(world, account, region, instance)
        world.place(account, region).volumes[-1] = Volume(
            f"vol-0de{number}", "gp3", size_gib, days(220), instance.id, encrypted=False
        )
    instance = Instance("i-0de01c19000000031", "m5.large", days(220), BUSY)
    _add_running(world, RETAIL, FRANKFURT, instance)
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


def _plant_orphan_snapshots(world: World) -> None:
    """snapshot.orphan: their volume is gone."""
    world.place(RETAIL, IRELAND).snapshots += [
        Snapshot("snap-0de01e10000000041", 120, days(40), source=GONE),
        # near miss: a month has not passed
        Snapshot("snap-0de01e19000000041", 150, days(29), source=GONE),
    ]
    world.place(RETAIL, VIRGINIA).snapshots.append(Snapshot("snap-0de01a10000000041", 100, days(200), source=GONE))
    world.place(DATA, VIRGINIA).snapshots.append(Snapshot("snap-0de02a10000000041", 200, days(60), source=GONE))


def _plant_images(world: World) -> None:
    """image.unused and image.public."""
    for account, region, number, size_gib, age, shared_with in (
        (RETAIL, IRELAND, "01e10000000051", 20, 200, ""),
        (DATA, FRANKFURT, "02c10000000051", 50, 91, ""),
        (RETAIL, VIRGINIA, "01a10000000052", 10, 400, "all"),
        (DATA, IRELAND, "02e10000000052", 10, 20, "all"),
        # near misses: too young; another account may use it; an instance was started from it 89 days ago
        (RETAIL, IRELAND, "01e19000000051", 30, 89, ""),
        (DATA, VIRGINIA, "02a19000000051", 30, 300, RETAIL),
    ):
        place = world.place(account, region)
        place.snapshots.append(Snapshot(f"snap-0de{number}", size_gib, days(age), description="of an image"))
        place.images.append(Image(f"ami-0de{number}", f"base-{number}", f"snap-0de{number}", days(age), shared_with))
    _plant_launched_image(world)


def _plant_launched_image(world: World) -> None:
    place, number = world.place(RETAIL, FRANKFURT), "01c19000000051"
    place.snapshots.append(Snapshot(f"snap-0de{number}", 30, days(300), description="of an image"))
    place.images.append(Image(f"ami-0de{number}", f"base-{number}", f"snap-0de{number}", days(300), launched=days(89)))


def _plant_buckets(world: World) -> None:
    """bucket.no_lifecycle and bucket.public in one account; the other one lets nobody look at its buckets."""
    restricted = (False, False, False, True)
    acls_ignored = (False, True, False, False)
    world.buckets[RETAIL] += [
        Bucket("retail-checkout-logs", IRELAND, days(900), 5.2, lifecycle="none"),
        Bucket("retail-db-dumps", VIRGINIA, days(800), 800.0, lifecycle="disabled"),
        Bucket("retail-image-cache", FRANKFURT, days(600), 40.0, lifecycle="none"),
        Bucket("retail-website", IRELAND, days(700), 3.0, blocked=None, policy=web_policy("retail-website")),
        Bucket("retail-uploads-2019", VIRGINIA, days(2500), 12.0, "none", blocked=None, acl="public-read"),
        # near misses: small; ignored; open policy or list, but blocked; open to the office only
        Bucket("retail-tiny", IRELAND, days(300), 0.9, lifecycle="none"),
        Bucket("retail-legal-hold", FRANKFURT, days(300), 90.0, lifecycle="none", tags=IGNORED),
        Bucket(
            "retail-website-next", IRELAND, days(30), 3.0, blocked=restricted, policy=web_policy("retail-website-next")
        ),
        Bucket("retail-press-kit", VIRGINIA, days(300), 2.0, blocked=acls_ignored, acl="public-read"),
        Bucket("retail-intranet", IRELAND, days(300), 2.0, blocked=None, policy=OFFICE_POLICY),
    ]
    world.buckets[DATA] += [
        Bucket("data-lake-raw", IRELAND, days(900), 9000.0, lifecycle="none"),
        Bucket("data-lake-exports", VIRGINIA, days(900), 70.0, blocked=None, policy=web_policy("data-lake-exports")),
        Bucket("data-lake-curated", FRANKFURT, days(900), 700.0),
    ]
