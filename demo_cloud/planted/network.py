"""The network that is planted: loose addresses, idle NAT gateways, open doors, and what only looks so."""

from __future__ import annotations

from typing import Final

from demo_cloud.names import DATA, FRANKFURT, IRELAND, RETAIL, VIRGINIA
from demo_cloud.rows import A, B, C, E, U, exposed, waste
from demo_cloud.world import DAY, IGNORED, Address, Door, Nat, SecurityGroup, World

EVERYBODY: Final = "0.0.0.0/0"


def plant(world: World) -> None:
    """ip.unassociated, nat.idle, firewall.open_to_world, firewall.default_with_rules."""
    _plant_addresses(world)
    _plant_nats(world)
    _plant_open_groups(world)
    _plant_default_groups(world)


def _plant_addresses(world: World) -> None:
    """ip.unassociated: associated with nothing."""
    retail_ie = world.place(RETAIL, IRELAND)
    retail_ie.addresses += [
        Address("eipalloc-0de01e10000000001", "203.0.113.1", tags={"Name": "old-vpn"}),
        Address("eipalloc-0de01e10000000002", "203.0.113.2"),
        # near misses: on a bare network interface; ignored
        Address("eipalloc-0de01e19000000001", "203.0.113.3", interface_id="eni-0de01e10000000001"),
        Address("eipalloc-0de01e19000000002", "203.0.113.4", tags=IGNORED),
    ]
    world.place(RETAIL, VIRGINIA).addresses.append(Address("eipalloc-0de01a10000000001", "203.0.113.5"))
    world.place(RETAIL, FRANKFURT).addresses.append(Address("eipalloc-0de01c10000000001", "203.0.113.6"))
    world.place(DATA, IRELAND).addresses.append(Address("eipalloc-0de02e10000000001", "203.0.113.7"))
    world.place(DATA, VIRGINIA).addresses.append(Address("eipalloc-0de02a10000000001", "203.0.113.8"))


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
        Nat("nat-0de02a19000000062", "203.0.113.105", 300 * DAY, tags=IGNORED),
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
    bastion = SecurityGroup("sg-0de01c19000000001", "bastion", (Door("tcp", 22, 22, EVERYBODY),), tags=IGNORED)
    world.place(RETAIL, FRANKFURT).security_groups.append(bastion)


def _plant_default_groups(world: World) -> None:
    """firewall.default_with_rules; near miss: a group of another name with the same rule."""
    inside = (Door("tcp", 0, 65_535, "10.0.0.0/8"),)
    for account, region, number in ((RETAIL, VIRGINIA, "01a10000000002"), (DATA, FRANKFURT, "02c10000000002")):
        group = SecurityGroup(f"sg-0de{number}", "default", inside, default=True)
        world.place(account, region).security_groups.append(group)
    near = SecurityGroup("sg-0de01a19000000002", "default-like", inside)
    world.place(RETAIL, VIRGINIA).security_groups.append(near)


EXPECTED: Final = (
    # 0.048, 0.045 x 730; the price list has no NAT gateway of Frankfurt
    waste("nat.idle", A, E, "natgateway/nat-0de01e10000000061", "35.04"),
    waste("nat.idle", B, U, "natgateway/nat-0de02a10000000061", "32.85"),
    waste("nat.idle", B, C, "natgateway/nat-0de02c10000000061", None),
    exposed("firewall.open_to_world", A, E, "security-group/sg-0de01e10000000001"),
    exposed("firewall.open_to_world", A, U, "security-group/sg-0de01a10000000001"),
    exposed("firewall.open_to_world", B, E, "security-group/sg-0de02e10000000001"),
    exposed("firewall.default_with_rules", A, U, "security-group/sg-0de01a10000000002"),
    exposed("firewall.default_with_rules", B, C, "security-group/sg-0de02c10000000002"),
    # 0.005 x 730
    waste("ip.unassociated", A, E, "elastic-ip/eipalloc-0de01e10000000001", "3.65"),
    waste("ip.unassociated", A, E, "elastic-ip/eipalloc-0de01e10000000002", "3.65"),
    waste("ip.unassociated", A, U, "elastic-ip/eipalloc-0de01a10000000001", "3.65"),
    waste("ip.unassociated", A, C, "elastic-ip/eipalloc-0de01c10000000001", "3.65"),
    waste("ip.unassociated", B, E, "elastic-ip/eipalloc-0de02e10000000001", "3.65"),
    waste("ip.unassociated", B, U, "elastic-ip/eipalloc-0de02a10000000001", "3.65"),
)
