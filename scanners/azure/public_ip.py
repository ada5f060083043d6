"""Azure public addresses: where they point, what they cost, and those that point nowhere."""

from __future__ import annotations

from scanners.azure.scanner import AzureScanner
from scanners.core.outcome import Outcome, excluded, ok, wasted
from scanners.core.prices import Money
from scanners.core.resource import Resource, fact, priced, resilience
from scanners.core.rules import waste


class PublicIp(Resource):
    """One public address, as Resource Graph tells it."""

    id: str = fact("id", doc="Resource id, in lower case")
    name: str = fact("name")
    address: str | None = fact("properties.ipAddress", doc="Null while a dynamic one is not in use")
    sku: str = fact("sku.name")
    reach: str | None = fact("sku.tier", doc="Regional or Global")
    allocation: str = fact("properties.publicIPAllocationMethod", doc="Static or Dynamic")
    version: str | None = fact("properties.publicIPAddressVersion")
    configuration_id: str | None = fact("properties.ipConfiguration.id", doc="What has it")
    nat_gateway_id: str | None = fact("properties.natGateway.id")
    prefix_id: str | None = fact("properties.publicIPPrefix.id", doc="The prefix that it was taken from")
    host_name: str | None = fact("properties.dnsSettings.fqdn")
    idle_timeout_minutes: int | None = fact("properties.idleTimeoutInMinutes", unit="Minutes")
    ddos_protection: str | None = fact("properties.ddosSettings.protectionMode")
    zones: list[str] | None = fact("zones")
    resource_group: str = fact("resourceGroup")
    monthly_cost: Money | None = priced(
        "publicip:{region}:{kind}", per="billed", doc="Monthly list cost of the address, in use or not"
    )

    @resilience
    def multi_zone(self) -> bool:
        """It is announced from several zones."""
        return len(self.zones or ()) > 1

    @property
    def nic_id(self) -> str | None:
        """The network interface that has it."""
        found, separator, _ = (self.configuration_id or "").partition("/ipconfigurations/")
        return found if separator and "/networkinterfaces/" in found else None

    @property
    def kind(self) -> str:
        """How the price list calls it."""
        reach = "-global" if self.reach == "Global" else ""
        return f"{self.sku}-{self.allocation}{reach}".lower()

    @property
    def billed(self) -> int:
        """The members of a prefix are paid with the prefix."""
        return 0 if self.prefix_id else 1


def unassociated(address: PublicIp) -> Outcome:
    """An orphan address: static, paid by the hour, and associated with nothing.

    Azure does not tell when an address was made, so it is reported at the first look: that it costs money now is true
    in any case, and the next scan resolves it when it is in use again. A dynamic one that is not in use has no address
    and costs nothing.
    """
    if address.configuration_id or address.nat_gateway_id:
        return ok()
    if address.prefix_id:
        return excluded(f"member of the prefix {address.prefix_id.rpartition('/')[2]}, which is paid whole")
    if address.allocation != "Static":
        return excluded("dynamic: without an address, and not paid, while nothing uses it")
    seen = {"address": address.address, "sku": address.sku, "age": "unknown: Azure does not tell when it was made"}
    return wasted("associated with nothing", severity="high", saves=address.monthly_cost, evidence=seen)


class PublicIpScanner(AzureScanner[PublicIp]):
    """Azure public addresses."""

    service, family = "public_ip", "network"
    resource, resource_type = PublicIp, "Microsoft.Network/publicIPAddresses"
    groups = ("network",)
    rules = (waste("ip.unassociated", unassociated),)
