"""The bill of the demo's Azure: two subscriptions, one billed in dollars and one in euros."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from demo_cloud.azure.bodies import TYPES, arm_id
from demo_cloud.azure.names import EAST_US, LAB, SHOP, WEST_EUROPE
from demo_cloud.azure.scenario import build_azure_world
from demo_cloud.azure.world import Disk, PublicIp, Snapshot, Subscription, Thing, Vm
from demo_cloud.bills.charge import Basis, Charge, Meter, charges, priced
from demo_cloud.bills.planted import ANOMALIES, AZURE_REFUND
from demo_cloud.bills.season import first_day, next_month
from scanners.azure.disk import FAMILIES, SIZES, SMALLEST_HDD

DAY_HOURS: Final = Decimal(24)
USED: Final = (
    # subscription, region, service, meter, unit, price key, a Monday's amount, resource provider and name
    (SHOP, WEST_EUROPE, "Azure Monitor", "Analytics Logs Data Ingestion", "1 GB", "loganalytics:westeurope:ingest", 14,
     "Microsoft.OperationalInsights/workspaces", "shop-logs"),
    (SHOP, EAST_US, "Bandwidth", "Standard Data Transfer Out", "1 GB", "transfer:eastus:internet", 120,
     "Microsoft.Network/publicIPAddresses", "spare-us"),
    (SHOP, WEST_EUROPE, "NAT Gateway", "Standard Data Processed", "1 GB", "natgw:westeurope:gb", 90,
     "Microsoft.Network/natGateways", "egress"),
    (SHOP, EAST_US, "Functions", "Standard Execution Time", "1 GB Second", "functions:eastus:gb-second", 900_000,
     "Microsoft.Web/sites", "orders-hook"),
)  # fmt: skip
STEADY: Final = (
    (SHOP, WEST_EUROPE, "NAT Gateway", "Standard Gateway", "1 Hour", "natgw:westeurope:hour", 24,
     "Microsoft.Network/natGateways", "egress"),
    (SHOP, EAST_US, "SQL Database", "GP Gen5 4 vCore", "1 Hour", "sqldb:eastus:GP_Gen5_4", 24, "Microsoft.Sql/servers",
     "orders"),
    (SHOP, EAST_US, "Azure App Service", "P1 v3 App", "1 Hour", "appservice:eastus:P1v3:linux", 24,
     "Microsoft.Web/serverfarms", "checkout"),
    (LAB, EAST_US, "VPN Gateway", "Basic Gateway", "1 Hour", "vpngw:eastus:Basic", 24,
     "Microsoft.Network/virtualNetworkGateways", "lab-vpn"),
)  # fmt: skip
SERVICES: Final = {Disk: "Storage", Vm: "Virtual Machines", Snapshot: "Storage", PublicIp: "Virtual Network"}


def azure_charges(now: datetime) -> list[Charge]:
    """Every line of both subscriptions, in the dollars of the price list."""
    world = build_azure_world(now)
    meters = [meter for held in world.subscriptions.values() for meter in _of_subscription(held, now)]
    meters += [_beyond(*row, basis="used") for row in USED]
    meters += [_beyond(*row, basis="hour") for row in STEADY]
    return [*charges(meters, now, [ANOMALIES["azure"]]), _refund(first_day(now))]


def _of_subscription(held: Subscription, now: datetime) -> Iterator[Meter]:
    for thing in held.things:
        if type(thing) in SERVICES:
            yield from _of_thing(held, thing, now)


def _of_thing(held: Subscription, thing: Thing, now: datetime) -> Iterator[Meter]:
    match thing:
        case Vm():
            key = f"vm:{thing.region}:{thing.size}:{thing.os.lower()}"
            size = thing.size.removeprefix("Standard_").replace("_", " ")
            if thing.priority != "Spot" and thing.state != "deallocated":
                yield from _meter(held, thing, key, size, "1 Hour", since=_since(thing.age, now), amount=DAY_HOURS)
        case Disk():
            tier, copies = billed_tier(thing), thing.sku.rpartition("_")[2]
            key = f"disk:{thing.region}:{tier}:{copies}"
            yield from _meter(held, thing, key, f"{tier} {copies} Disk", "1/Month", since=_since(thing.age, now))
        case Snapshot():
            key, amount = f"snapshot:{thing.region}:standard-lrs", Decimal(thing.size_gib)
            if thing.sku == "Standard_LRS":
                since = _since(thing.age, now)
                yield from _meter(held, thing, key, "LRS Snapshots", "1 GB/Month", since=since, amount=amount)
        case PublicIp(sku="Standard", prefix=""):
            key = f"publicip:{thing.region}:standard-static"
            yield from _meter(held, thing, key, "Standard IPv4 Static Public IP", "1 Hour", amount=DAY_HOURS)


def billed_tier(disk: Disk) -> str | None:
    """The tier that a disk is billed by; None when it is billed by what it is set to."""
    family = FAMILIES.get(disk.sku.rpartition("_")[0])
    if family is None or disk.tier:
        return disk.tier
    number = next(number for gib, number in SIZES if disk.size_gib <= gib)
    return f"{family}{max(number, SMALLEST_HDD) if family == 'S' else number}"


def _since(age: timedelta, now: datetime) -> date:
    return (now - age).date() + timedelta(days=1)


def _meter(held: Subscription, thing: Thing, key: str, meter: str, unit: str, **more: Any) -> Iterator[Meter]:  # noqa: ANN401 - fields of a meter
    price = priced(key)
    if price is None:
        return
    since, amount = more.pop("since", None), more.pop("amount", Decimal(1))
    yield Meter(
        held.id, thing.region, SERVICES[type(thing)], meter, "", unit, price, amount,
        "month" if "Month" in unit else "hour", arm_id(held.id, TYPES[type(thing)], thing.name),
        begins=since, tags=thing.tags,
    )  # fmt: skip


def _beyond(
    account: str,
    region: str,
    service: str,
    meter: str,
    unit: str,
    key: str,
    amount: int,
    kind: str,
    name: str,
    *,
    basis: Basis,
) -> Meter:
    price = priced(key)
    assert price is not None, key
    resource = arm_id(account, kind, name)
    return Meter(account, region, service, meter, "", unit, price, Decimal(amount), basis, resource)


def _refund(first: date) -> Charge:
    """What Azure gave back: a line of the first day of its month."""
    month, amount = first, AZURE_REFUND[1]
    for _ in range(AZURE_REFUND[0]):
        month = next_month(month)
    resource = arm_id(SHOP, "Microsoft.Sql/servers", "orders")
    meter = Meter(
        SHOP, EAST_US, "SQL Database", "GP Gen5 4 vCore", "", "1 Hour", Decimal(0), Decimal(0), resource=resource
    )
    return Charge(meter, month, month + timedelta(days=1), Decimal(0), amount, amount, amount, "Refund")
