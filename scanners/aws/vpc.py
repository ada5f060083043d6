"""Virtual private clouds: their address ranges, and how many zones they reach into."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanners.aws.call import Call
from scanners.aws.scanner import AwsScanner
from scanners.core.resource import Resource, fact, related, resilience

if TYPE_CHECKING:
    from scanners.aws.subnet import Subnet


class Vpc(Resource):
    """One VPC, as ``ec2:DescribeVpcs`` tells it (AWS does not tell when it was made)."""

    id: str = fact("VpcId")
    state: str = fact("State")
    cidr: str | None = fact("CidrBlock", doc="Its first range of addresses")
    cidrs: list[str] = fact("CidrBlockAssociationSet[].CidrBlock || `[]`", doc="All its ranges of addresses")
    ipv6_cidrs: list[str] = fact("Ipv6CidrBlockAssociationSet[].Ipv6CidrBlock || `[]`")
    default: bool | None = fact("IsDefault", doc="Whether it is the one that AWS made")
    tenancy: str | None = fact("InstanceTenancy")
    dhcp_options: str | None = fact("DhcpOptionsId")
    owner: str | None = fact("OwnerId")
    subnets: list[Subnet] = related("id", by="vpc_id", keep=("zone",))

    @resilience
    def multi_zone(self) -> bool:
        """Its subnets stand in more than one zone."""
        return len({subnet.zone for subnet in self.subnets}) > 1


class VpcScanner(AwsScanner[Vpc]):
    """Virtual private clouds."""

    service, family = "vpc", "ec2"
    resource, resource_type = Vpc, "AWS::EC2::VPC"
    groups = ("network",)
    listing = Call("ec2", "describe_vpcs", "Vpcs", page_size=1000)
    arn = "arn:{partition}:ec2:{region}:{account}:vpc/{id}"
