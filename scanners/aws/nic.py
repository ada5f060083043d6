"""Network interfaces: what they connect, and those that connect nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanners.aws.call import Call
from scanners.aws.scanner import AwsScanner
from scanners.core.outcome import Outcome, excluded, ok, wasted
from scanners.core.prices import total
from scanners.core.resource import Resource, fact, related
from scanners.core.rules import waste

if TYPE_CHECKING:
    from scanners.aws.eip import Address


class Interface(Resource):
    """One interface, as ``ec2:DescribeNetworkInterfaces`` tells it (AWS does not tell when it was made)."""

    id: str = fact("NetworkInterfaceId")
    tags: dict[str, str] = fact("TagSet[].[Key, Value] || `[]`", doc="Tags, as key to value")
    status: str = fact("Status", doc="available: attached to nothing")
    kind: str | None = fact("InterfaceType", doc="interface, or the service that it belongs to")
    text: str | None = fact("Description", doc="Its description")
    vpc_id: str | None = fact("VpcId", to="vpc")
    subnet_id: str | None = fact("SubnetId", to="subnet")
    zone: str | None = fact("AvailabilityZone")
    security_groups: list[str] = fact("Groups[].GroupId || `[]`", to="security_group")
    private_ips: list[str] = fact("PrivateIpAddresses[].PrivateIpAddress || `[]`")
    ipv6: list[str] = fact("Ipv6Addresses[].Ipv6Address || `[]`")
    public_ip: str | None = fact("Association.PublicIp")
    mac_address: str | None = fact("MacAddress")
    source_dest_check: bool | None = fact("SourceDestCheck", doc="False where it forwards what is not meant for it")
    instance_id: str | None = fact("Attachment.InstanceId", to="ec2")
    attached_to: str | None = fact("Attachment.InstanceOwnerId", doc="Account or service whose machine has it")
    managed: bool | None = fact("RequesterManaged", doc="Whether a service of AWS made it for itself")
    requester: str | None = fact("RequesterId")
    addresses: list[Address] = related("id", by="network_interface_id", keep=("monthly_cost",))


def orphan(nic: Interface) -> Outcome:
    """Attached to nothing. It costs nothing itself: the saving is its public addresses.

    It keeps private addresses of its subnet, and security groups and subnets that nobody can delete before it is gone.
    """
    if nic.status != "available":
        return ok()
    if nic.managed or nic.kind not in {None, "interface"}:
        return excluded(f"made by a service of AWS for itself: {nic.text or nic.kind}")
    paid = {address.id: address.monthly_cost for address in nic.addresses}
    seen = {
        "status": nic.status,
        "subnet_id": nic.subnet_id,
        "addresses": paid,
        "age": "unknown: AWS does not tell when an interface was made",
    }
    return wasted("attached to nothing", severity="low", saves=total(paid.values()), evidence=seen)


class NicScanner(AwsScanner[Interface]):
    """Network interfaces (ENIs)."""

    service, family = "nic", "ec2"
    resource, resource_type = Interface, "AWS::EC2::NetworkInterface"
    groups = ("network",)
    listing = Call("ec2", "describe_network_interfaces", "NetworkInterfaces", page_size=1000)
    arn = "arn:{partition}:ec2:{region}:{account}:network-interface/{id}"
    tagged = False
    rules = (waste("nic.orphan", orphan),)
