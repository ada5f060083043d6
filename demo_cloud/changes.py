"""Changes to the scenario that a test orders: something planted taken away, something unplanted put there."""

from __future__ import annotations

from typing import Final

from demo_cloud.names import IRELAND, RETAIL
from demo_cloud.world import DAY, IDLE, Address, Bucket, Instance, Snapshot, Volume, World
from schemas.errors import InvalidInputError

ADDITIONS: Final = ("unattached_volume", "unassociated_address", "old_snapshot", "idle_instance", "untidy_bucket")


def remove(world: World, resource_id: str) -> None:
    """Take a resource away, by its id or ARN. Raises ``InvalidInputError`` when the world has none of that id."""
    name = resource_id.rpartition(":")[2].rpartition("/")[2]
    lists = [items for place in world.places.values() for items in place.lists()]
    for items in [*lists, *world.buckets.values()]:
        for item in items:
            if name == (item.name if isinstance(item, Bucket) else item.id):
                items.remove(item)
                return
    raise InvalidInputError("remove", resource_id, "no resource of the demo has this id")


def add(world: World, what: str) -> None:
    """Put an unplanted wasteful resource into the first account in Ireland. Raises ``InvalidInputError``."""
    place = world.place(RETAIL, IRELAND)
    match what:
        case "unattached_volume":
            place.volumes.append(Volume("vol-0de0add0000000001", "gp3", 77, 99 * DAY))
        case "unassociated_address":
            place.addresses.append(Address("eipalloc-0de0add0000000001", "203.0.113.200"))
        case "old_snapshot":
            place.snapshots.append(Snapshot("snap-0de0add0000000001", 77, 99 * DAY))
        case "idle_instance":
            place.instances.append(Instance("i-0de0add0000000001", "m5.large", 99 * DAY, IDLE))
        case "untidy_bucket":
            world.buckets[RETAIL].append(Bucket("retail-unplanted", IRELAND, 99 * DAY, 7.0, lifecycle="none"))
        case _:
            raise InvalidInputError("add", what, f"allowed: {', '.join(ADDITIONS)}")
