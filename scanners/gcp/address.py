"""Static addresses of Compute Engine: where they point, what they cost, and those that point nowhere."""

from __future__ import annotations

from datetime import datetime, timedelta

from scanners.core.outcome import Outcome, excluded, ok, wasted
from scanners.core.prices import Money
from scanners.core.resource import Resource, fact, priced
from scanners.core.rules import waste
from scanners.gcp.scanner import GcpScanner


class Address(Resource):
    """One static address, as the inventory tells it in the words of ``compute.addresses.get``."""

    id: str = fact("assetName", doc="Full resource name")
    name: str = fact("name")
    created_at: datetime = fact("creationTimestamp")
    state: str = fact("status", doc="RESERVED, RESERVING or IN_USE")
    address: str = fact("address")
    kind: str = fact("addressType", doc="EXTERNAL or INTERNAL")
    version: str | None = fact("ipVersion", doc="IPV4 or IPV6; null: IPV4")
    purpose: str | None = fact("purpose", doc="What it was reserved for, where it is not for anything")
    tier: str | None = fact("networkTier", doc="PREMIUM or STANDARD")
    prefix_length: int | None = fact("prefixLength", doc="Of a reserved range")
    network: str | None = fact("network")
    subnetwork: str | None = fact("subnetwork")
    users: list[str] = fact("users || `[]`", doc="What uses it: instances, forwarding rules, routers")
    text: str | None = fact("description", doc="Its description")
    monthly_cost: Money | None = priced("ip:{region}:{use}", per="billed", doc="Monthly list cost of the address")

    @property
    def use(self) -> str:
        """How the price list calls it."""
        return "used" if self.users else "unused"

    @property
    def billed(self) -> int | None:
        """An internal address is free; the list has prices of IPv4 addresses that instances use, or nobody."""
        if self.kind != "EXTERNAL":
            return 0
        listed = self.version in {None, "IPV4"} and all("/instances/" in user for user in self.users)
        return 1 if listed else None


def unassociated(address: Address, *, grace: timedelta = timedelta(days=1)) -> Outcome:
    """An orphan address: reserved, paid by the hour, and used by nothing."""
    if address.users or address.state == "IN_USE":
        return ok()
    if address.kind != "EXTERNAL":
        return excluded("internal addresses are not charged")
    if address.age <= grace:
        return excluded(f"reserved less than {grace.days} days ago")
    seen = {"address": address.address, "state": address.state, "age_days": address.age.days}
    reason = f"used by nothing, reserved {address.age.days} days ago"
    return wasted(reason, severity="high", saves=address.monthly_cost, evidence=seen)


class AddressScanner(GcpScanner[Address]):
    """Static addresses of Compute Engine."""

    service, family = "address", "compute"
    resource, resource_type = Address, "compute.googleapis.com/Address"
    groups = ("network",)
    rules = (waste("ip.unassociated", unassociated),)
