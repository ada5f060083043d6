"""Elastic IP addresses: where they point, what they cost, and those that point nowhere."""

from __future__ import annotations

from scanners.aws.call import Call
from scanners.aws.scanner import AwsScanner
from scanners.core.outcome import Outcome, excluded, ok, wasted
from scanners.core.prices import Money
from scanners.core.resource import Resource, fact, priced
from scanners.core.rules import waste


class Address(Resource):
    """One address, as ``ec2:DescribeAddresses`` tells it (only those in a VPC have an allocation id)."""

    id: str = fact("AllocationId")
    public_ip: str = fact("PublicIp")
    private_ip: str | None = fact("PrivateIpAddress")
    domain: str | None = fact("Domain")
    association_id: str | None = fact("AssociationId")
    instance_id: str | None = fact("InstanceId", to="ec2")
    network_interface_id: str | None = fact("NetworkInterfaceId", to="nic")
    pool: str | None = fact("PublicIpv4Pool", doc="amazon, or the pool of one's own addresses")
    managed_by: str | None = fact("ServiceManaged", doc="The AWS service that manages it")
    monthly_cost: Money | None = priced("eip:{region}:{use}", per="billed", doc="Monthly list cost of the address")

    @property
    def associated(self) -> bool:
        """Whether it points to anything."""
        return bool(self.association_id or self.instance_id or self.network_interface_id)

    @property
    def use(self) -> str:
        """How the price list calls it."""
        return "in_use" if self.associated else "idle"

    @property
    def billed(self) -> int:
        """AWS does not charge for addresses that the customer brought."""
        return 1 if self.pool in {None, "amazon"} else 0


def unassociated(address: Address) -> Outcome:
    """An orphan address: allocated, paid by the hour, and associated with nothing.

    AWS does not tell when an address was allocated, so a first scan cannot know whether it was released a minute ago by
    a deployment. It is reported at the first look, with this in the evidence: that it costs money now is true in any
    case, and the next scan resolves it when it is in use again.
    """
    if address.associated:
        return ok()
    if address.managed_by:
        return excluded(f"managed by the service {address.managed_by}")
    if not address.billed:
        return excluded(f"from the address pool {address.pool}, which is not charged")
    seen = {
        "public_ip": address.public_ip,
        "age": "unknown: AWS does not tell when an address was allocated",
    }
    return wasted("associated with nothing", severity="high", saves=address.monthly_cost, evidence=seen)


class EipScanner(AwsScanner[Address]):
    """Elastic IP addresses."""

    service, family = "eip", "ec2"
    resource, resource_type = Address, "AWS::EC2::EIP"
    groups = ("network",)
    listing = Call("ec2", "describe_addresses", "Addresses")
    arn = "arn:{partition}:ec2:{region}:{account}:elastic-ip/{id}"
    rules = (waste("ip.unassociated", unassociated),)
