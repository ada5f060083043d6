"""What is planted in the network of the demo: idle NAT gateways, doors open to the world, and what only looks so."""

from __future__ import annotations

from typing import Final

from demo_cloud.names import DATA, FRANKFURT, IRELAND, RETAIL, VIRGINIA
from demo_cloud.world import DAY, Door, Nat, SecurityGroup, World

EVERYBODY: Final = "0.0.0.0/0"


def plant_network(world: World) -> None:
    """nat.idle, firewall.open_to_world, firewall.default_with_rules."""
    _plant_nats(world)
    _plant_open_groups(world)
    _plant_default_groups(world)


def _plant_nats(world: World) -> None:
    """nat.idle: a week without a byte."""
    retail_ie, data_us = world.place(RETAIL, IRELAND), world.place(DATA, VIRGINIA)
    retail_ie.nats += [
        Nat("nat-0de01e10000000061", "203.0.113.101", 300 * DAY, tags={"Name": "old-office"}),
        # near miss: six days old
        Nat("nat-0de01e19000000061", "203.0.113.102", 6 * DAY),
    ]
    data_us.nats += [
        Nat("nat-0de02a10000000061", "203.0.113.103", 8 * DAY),
        # near misses: a trickle; ignored
        Nat("nat-0de02a19000000061", "203.0.113.104", 300 * DAY, 0.01),
        Nat("nat-0de02a19000000062", "203.0.113.105", 300 * DAY, tags={"cloud-sentinel:ignore": "true"}),
    ]
    # the price list has no NAT gateway of Frankfurt
    world.place(DATA, FRANKFURT).nats.append(Nat("nat-0de02c10000000061", "203.0.113.106", 90 * DAY))


def _plant_open_groups(world: World) -> None:
    """firewall.open_to_world: a port of administrators or databases, or all of them."""
    for account, region, number, name, door in (
        (RETAIL, IRELAND, "01e10000000001", "ssh-anywhere", Door("tcp", 22, 22, EVERYBODY)),
        (RETAIL, VIRGINIA, "01a10000000001", "everything", Door("-1", 0, 0, EVERYBODY)),
        (DATA, IRELAND, "02e10000000001", "postgres-v6", Door("tcp", 5000, 6000, "::/0")),
        # near misses: half of the internet; no database speaks UDP here; the port beside
        (RETAIL, IRELAND, "01e19000000001", "half", Door("tcp", 22, 22, "0.0.0.0/1")),
        (DATA, VIRGINIA, "02a19000000001", "dns", Door("udp", 0, 65_535, EVERYBODY)),
        (DATA, FRANKFURT, "02c19000000001", "beside", Door("tcp", 5433, 6378, EVERYBODY)),
    ):
        world.place(account, region).security_groups.append(SecurityGroup(f"sg-0de{number}", name, (door,)))
    bastion = SecurityGroup(
        "sg-0de01c19000000001", "bastion", (Door("tcp", 22, 22, EVERYBODY),), tags={"cloud-sentinel:ignore": "true"}
    )
    world.place(RETAIL, FRANKFURT).security_groups.append(bastion)


def _plant_default_groups(world: World) -> None:
    """firewall.default_with_rules; near miss: a group of another name with the same rule."""
    inside = (Door("tcp", 0, 65_535, "10.0.0.0/8"),)
    for account, region, number in ((RETAIL, VIRGINIA, "01a10000000002"), (DATA, FRANKFURT, "02c10000000002")):
        group = SecurityGroup(f"sg-0de{number}", "default", inside, default=True)
        world.place(account, region).security_groups.append(group)
    near = SecurityGroup("sg-0de01a19000000002", "default-like", inside)
    world.place(RETAIL, VIRGINIA).security_groups.append(near)
