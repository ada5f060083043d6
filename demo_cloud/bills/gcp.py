"""The bill of the demo's Google Cloud: machines, disks, snapshots, addresses, and services beyond them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from demo_cloud.bills.charge import Basis, Charge, Meter, charges, month_sums, priced
from demo_cloud.bills.planted import ANOMALIES, GCP_TAX
from demo_cloud.bills.season import next_month
from demo_cloud.gcp.scenario import build_world
from demo_cloud.gcp.world import DEBIAN, PROJECT, Address, Disk, Machine, Snapshot, World, address_of

IOWA: Final = "us-central1"
DAY_HOURS: Final = Decimal(24)
COMPUTE, LOGGING, SQL, STORAGE = "Compute Engine", "Cloud Logging", "Cloud SQL", "Cloud Storage"
BEYOND: Final = (
    # region, service, SKU, unit, price key, amount, basis
    (IOWA, LOGGING, "Log Storage cost", "gibibyte", "logging:us-central1:ingest", 42, "used"),
    (IOWA, SQL, "Cloud SQL for MySQL: Zonal - db-n1-standard-4", "hour",
     "cloudsql:us-central1:mysql:db-n1-standard-4:zonal", 24, "hour"),
    ("europe-west1", "Networking", "Networking Cloud Nat Data Processing", "gibibyte", "cloudnat:europe-west1:gb", 85,
     "used"),
    ("europe-west1", STORAGE, "Standard Storage Belgium", "gibibyte month", "gcs:europe-west1:standard", 4_200,
     "month"),
    (IOWA, "Cloud Pub/Sub", "Message Delivery Basic", "tebibyte", "pubsub:us-central1:ingest", 1, "used"),
)  # fmt: skip


def gcp_charges(now: datetime) -> list[Charge]:
    """Every line of the project; taxes are lines of the month's end."""
    world = build_world(now)
    lines = list(charges(list(_meters(world, now)), now, [ANOMALIES["gcp"]]))
    return [*lines, *_taxes(lines, now)]


def _meters(world: World, now: datetime) -> Iterator[Meter]:
    for one in world.owned():
        match one:
            case Machine():
                yield from _machine(one, now)
            case Disk():
                suffix = "-regional" if one.regional else ""
                region = one.place if one.regional else one.place[:-2]
                yield from _kept(one, f"pd:{region}:{one.kind}{suffix}", region, "PD Capacity", one.size_gib, now)
            case Snapshot():
                yield from _kept(
                    one, f"pd.snapshot:{one.where}:standard", one.where, "Storage PD Snapshot", one.stored_gib, now
                )
            case Address(internal=False):
                state = "used" if one.user else "unused"
                name = "External IP Charge on a Standard VM" if one.user else "Static Ip Charge"
                yield from _meter(one, f"ip:{one.region}:{state}", one.region, name, "hour", now, amount=DAY_HOURS)
    for row in BEYOND:
        yield from _beyond(*row)


def _machine(one: Machine, now: datetime) -> Iterator[Meter]:
    """Spot and Windows have no price in the list; a machine runs until it is stopped."""
    if one.spot or one.license != DEBIAN:
        return
    region = one.zone[:-2]
    ends = None if one.stopped_for is None else (now - one.stopped_for).date()
    sku = f"{one.kind.partition('-')[0].upper()} Instance Core running"
    yield from _meter(
        one, f"gce:{region}:{one.kind}:linux", region, sku, "hour", now, amount=DAY_HOURS, ends=ends, kind=one.kind
    )


def _kept(one: Disk | Snapshot, key: str, region: str, sku: str, gib: int, now: datetime) -> Iterator[Meter]:
    name = f"{sku}: {one.kind}" if isinstance(one, Disk) else sku
    yield from _meter(one, key, region, name, "gibibyte month", now, amount=Decimal(gib), basis="month")


def _meter(
    one: Machine | Disk | Snapshot | Address,
    key: str,
    region: str,
    sku: str,
    unit: str,
    now: datetime,
    **more: Any,  # noqa: ANN401 - fields of a meter
) -> Iterator[Meter]:
    price = priced(key)
    if price is None:
        return
    begins = (now - one.age).date() + timedelta(days=1)
    resource = address_of(one.path).replace("https://www.googleapis.com/compute/v1", "//compute.googleapis.com")
    yield Meter(
        PROJECT, region, COMPUTE, sku, "", unit, price, resource=resource, begins=begins, tags=one.labels, **more
    )


def _beyond(region: str, service: str, sku: str, unit: str, key: str, amount: int, basis: Basis) -> Iterator[Meter]:
    price = priced(key)
    assert price is not None, key
    yield Meter(PROJECT, region, service, sku, "", unit, price, Decimal(amount), basis)


def _taxes(lines: Iterable[Charge], now: datetime) -> Iterator[Charge]:
    """VAT on each month that has ended, on its last day."""
    for (account, month), billed in sorted(month_sums(lines).items()):
        end = next_month(month)
        if end <= now.date():
            tax = (billed * GCP_TAX).quantize(Decimal("0.01"))
            meter = Meter(account, "", "Invoice", "Tax", "", "", Decimal(0), Decimal(0))
            yield Charge(meter, end - timedelta(days=1), end, Decimal(0), tax, tax, tax, "tax")
