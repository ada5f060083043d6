"""The healthy rest of the demo accounts: busy instances, their encrypted disks, young snapshots, tidy buckets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from hashlib import blake2b
from random import Random
from typing import Final

from demo_cloud.names import ACCOUNTS, DATA, IRELAND, REGIONS, RETAIL
from demo_cloud.world import (
    DAY,
    Address,
    Bucket,
    Door,
    Instance,
    Load,
    Nat,
    Place,
    SecurityGroup,
    Snapshot,
    Volume,
    World,
)

INSTANCES_AT_HOME: Final = 72
INSTANCES_A_PLACE: Final = 12
"""Most of the retail account stands in Ireland, so that its listings take more than one page of 100."""
SNAPSHOTS_A_PLACE: Final = 6
ADDRESSES_A_PLACE: Final = 2
BUCKETS: Final = 12
KINDS: Final = ("m5.large", "m6i.xlarge", "c5.xlarge", "r5.large", "t3.large", "m7g.large")
TEAMS: Final = ("checkout", "search", "payments", "lake", "reporting", "platform")


def blank_world(now: datetime) -> World:
    """Both accounts in all enabled regions, with nothing in them."""
    places = {(account, region): Place(account, region) for account in ACCOUNTS for region in REGIONS}
    return World(now, places, {RETAIL: [], DATA: []}, {})


def add_background(world: World, scale: int) -> None:
    """``scale`` times the healthy rest. The same ``scale`` always gives the same resources."""
    for place in world.places.values():
        _fill(place, scale)
    for account, buckets in world.buckets.items():
        buckets.extend(_buckets(account, BUCKETS * scale))


def hex_id(prefix: str, *name: object) -> str:
    """An id that looks like AWS's own (17 hex digits), fixed by the name."""
    text = "/".join(str(part) for part in name)
    return f"{prefix}-0{blake2b(text.encode(), digest_size=8).hexdigest()}"


def _fill(place: Place, scale: int) -> None:
    random = Random(f"{place.account}/{place.region}")  # noqa: S311 - a seed, no secret
    count = INSTANCES_AT_HOME if (place.account, place.region) == (RETAIL, IRELAND) else INSTANCES_A_PLACE
    running = [_instance(place, number, random) for number in range(count * scale)]
    place.instances += running
    for number, instance in enumerate(running):
        place.volumes += _volumes(place, instance, number, random)
    place.nats.append(_nat(place))
    place.security_groups.append(_security_group(place))
    place.snapshots += _snapshots(place, SNAPSHOTS_A_PLACE * scale, random)
    place.addresses += _addresses(place, running[: ADDRESSES_A_PLACE * scale])


def _instance(place: Place, number: int, random: Random) -> Instance:
    load = Load(cpu=random.uniform(12, 60), network_mb=random.uniform(300, 20_000))
    return Instance(
        hex_id("i", place.account, place.region, "instance", number),
        random.choice(KINDS),
        random.uniform(40, 900) * DAY,
        load,
        tags={"Name": f"{random.choice(TEAMS)}-{number}", "team": random.choice(TEAMS)},
    )


def _volumes(place: Place, instance: Instance, number: int, random: Random) -> Iterator[Volume]:
    """A root volume, and for every second instance one for data."""
    name = (place.account, place.region, "volume", number)
    yield Volume(hex_id("vol", *name, "root"), "gp3", random.choice((20, 30, 50)), instance.age, instance.id)
    if number % 2:
        size_gib = random.choice((100, 200, 500))
        yield Volume(hex_id("vol", *name, "data"), "gp3", size_gib, instance.age, instance.id, "/dev/sdf")


def _nat(place: Place) -> Nat:
    """The way out of the private subnets."""
    block = int(place.account[0]) * len(REGIONS) + REGIONS.index(place.region)
    return Nat(hex_id("nat", place.account, place.region), f"198.19.{block}.1", 400 * DAY, 9_000.0)


def _security_group(place: Place) -> SecurityGroup:
    """The web to everybody, administrators from the office."""
    doors = (Door("tcp", 443, 443, "0.0.0.0/0"), Door("tcp", 443, 443, "::/0"), Door("tcp", 22, 22, "10.0.0.0/8"))
    return SecurityGroup(hex_id("sg", place.account, place.region), "web", doors)


def _snapshots(place: Place, count: int, random: Random) -> Iterator[Snapshot]:
    for number in range(count):
        snapshot_id = hex_id("snap", place.account, place.region, "snapshot", number)
        yield Snapshot(snapshot_id, random.choice((20, 50, 100)), random.uniform(1, 80) * DAY, description="nightly")


def _addresses(place: Place, running: list[Instance]) -> Iterator[Address]:
    """One address for each of these instances, out of the range for benchmarks (198.18.0.0/15)."""
    block = (int(place.account[0]) * len(REGIONS) + REGIONS.index(place.region)) * 16
    for number, instance in enumerate(running):
        ip = f"198.18.{block + number // 250}.{number % 250 + 1}"
        yield Address(hex_id("eipalloc", place.account, place.region, "address", number), ip, instance.id)


def _buckets(account: str, count: int) -> Iterator[Bucket]:
    random = Random(account)  # noqa: S311 - a seed, no secret
    word = "retail" if account == RETAIL else "data"
    for number in range(count):
        region = REGIONS[number % len(REGIONS)]
        yield Bucket(f"{word}-{random.choice(TEAMS)}-{number:05d}", region, random.uniform(30, 900) * DAY, 4.0)
