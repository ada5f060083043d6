"""Snapshots and images that are planted: old ones, orphans, unused and public images, and what only looks so."""

from __future__ import annotations

from typing import Final

from demo_cloud.names import DATA, FRANKFURT, IRELAND, REGIONS, RETAIL, STRANGER, VIRGINIA
from demo_cloud.rows import A, B, C, E, U, exposed, waste
from demo_cloud.world import IGNORED, Image, Snapshot, World, days

GONE: Final = "vol-0de0dead000000001"
"""A volume that nobody has any more."""


def plant(world: World) -> None:
    """snapshot.old, snapshot.orphan, snapshot.public, snapshot.unencrypted, image.unused, image.public."""
    _plant_snapshots(world)
    _plant_open_snapshots(world)
    _plant_orphan_snapshots(world)
    _plant_images(world)


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


def _plant_open_snapshots(world: World) -> None:
    """snapshot.public and snapshot.unencrypted."""
    world.place(RETAIL, VIRGINIA).snapshots += [
        Snapshot("snap-0de01a10000000061", 12, days(30), encrypted=False, shared_with="all"),
        # near misses: shared with one account; open on purpose
        Snapshot("snap-0de01a19000000061", 12, days(30), shared_with=DATA),
        Snapshot("snap-0de01a19000000062", 12, days(30), encrypted=False, shared_with="all", tags=IGNORED),
    ]
    world.place(DATA, IRELAND).snapshots += [
        Snapshot("snap-0de02e10000000061", 12, days(10), shared_with="all"),
        Snapshot("snap-0de02e10000000062", 12, days(10), encrypted=False),
    ]


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


EXPECTED: Final = (
    # 120 x 0.05; 100 x 0.05, which snapshot.old would save too; 200 x 0.05
    waste("snapshot.orphan", A, E, "snapshot/snap-0de01e10000000041", "6.00"),
    waste("snapshot.orphan", A, U, "snapshot/snap-0de01a10000000041", "5.00"),
    waste("snapshot.old", A, U, "snapshot/snap-0de01a10000000041", "0.00"),
    waste("snapshot.orphan", B, U, "snapshot/snap-0de02a10000000041", "10.00"),
    # 20 x 0.05; 50 x 0.054
    waste("image.unused", A, E, "image/ami-0de01e10000000051", "1.00"),
    waste("image.unused", B, C, "image/ami-0de02c10000000051", "2.70"),
    exposed("snapshot.public", A, U, "snapshot/snap-0de01a10000000061"),
    exposed("snapshot.unencrypted", A, U, "snapshot/snap-0de01a10000000061"),
    exposed("snapshot.public", B, E, "snapshot/snap-0de02e10000000061"),
    exposed("snapshot.unencrypted", B, E, "snapshot/snap-0de02e10000000062"),
    exposed("image.public", A, U, "image/ami-0de01a10000000052"),
    exposed("image.public", B, E, "image/ami-0de02e10000000052"),
    # 100, 500 x 0.05; 1000 x 0.0125
    waste("snapshot.old", A, E, "snapshot/snap-0de01e10000000001", "5.00"),
    waste("snapshot.old", A, E, "snapshot/snap-0de01e10000000002", "25.00"),
    waste("snapshot.old", A, E, "snapshot/snap-0de01e10000000003", "12.50"),
    # 250 x 0.05; the archive tier of Virginia is not in the price list
    waste("snapshot.old", A, U, "snapshot/snap-0de01a10000000001", "12.50"),
    waste("snapshot.old", A, U, "snapshot/snap-0de01a10000000002", None),
    # 80 x 0.054
    waste("snapshot.old", A, C, "snapshot/snap-0de01c10000000001", "4.32"),
    # 64 x 0.05; 1000 x 0.05; 33 x 0.054 = 1.782
    waste("snapshot.old", B, E, "snapshot/snap-0de02e10000000001", "3.20"),
    waste("snapshot.old", B, U, "snapshot/snap-0de02a10000000001", "50.00"),
    waste("snapshot.old", B, C, "snapshot/snap-0de02c10000000001", "1.78"),
)
