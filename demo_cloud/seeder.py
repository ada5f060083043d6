"""Fills the emulator with a world: each place by the themes of ``seeding``, then what belongs to a whole account."""

from __future__ import annotations

from typing import Final

from demo_cloud.seeding import (
    balancers,
    clusters,
    compute,
    databases,
    functions,
    interfaces,
    keys,
    network,
    people,
    queues,
    records,
    stores,
)
from demo_cloud.seeding.buckets import seed_bucket
from demo_cloud.seeding.identity import seed_identities
from demo_cloud.seeding.organization import seed_organization
from demo_cloud.seeding.site import Site, prepare_emulator
from demo_cloud.world import World

OF_A_PLACE: Final = (
    compute.seed,
    interfaces.seed,
    network.seed,
    balancers.seed,
    databases.seed,
    people.seed,
    functions.seed,
    stores.seed,
    records.seed,
    queues.seed,
    keys.seed,
    clusters.seed,
)
"""What seeds one account's region, in this order."""


def seed(world: World) -> None:
    """Fill moto with the world. Once a process."""
    prepare_emulator()
    seed_identities(world.now)
    sites = [Site(place, world.now) for place in world.places.values()]
    for site in sites:
        for seed_theme in OF_A_PLACE:
            seed_theme(site)
    for account, buckets in world.buckets.items():
        for bucket in buckets:
            seed_bucket(account, bucket, world.now)
    for site in sites:
        records.seed_trails(site, world.buckets)
    seed_organization()
