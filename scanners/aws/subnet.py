"""Subnets of VPCs: where they stand, and how many addresses they have left."""

from __future__ import annotations

from scanners.aws.call import Call
from scanners.aws.scanner import AwsScanner
from scanners.core.resource import Resource, fact


class Subnet(Resource):
    """One subnet, as ``ec2:DescribeSubnets`` tells it (AWS does not tell when it was made)."""

    id: str = fact("SubnetId")
    vpc_id: str = fact("VpcId", to="vpc")
    zone: str = fact("AvailabilityZone")
    zone_id: str | None = fact("AvailabilityZoneId", doc="The zone's name that is the same in every account")
    state: str | None = fact("State")
    cidr: str | None = fact("CidrBlock")
    ipv6_cidrs: list[str] = fact("Ipv6CidrBlockAssociationSet[].Ipv6CidrBlock || `[]`")
    free_addresses: int | None = fact("AvailableIpAddressCount", doc="Addresses that nothing has")
    default_for_zone: bool | None = fact("DefaultForAz")
    public_ip_on_launch: bool | None = fact("MapPublicIpOnLaunch", doc="Whether what starts here gets a public address")
    ipv6_on_launch: bool | None = fact("AssignIpv6AddressOnCreation")
    owner: str | None = fact("OwnerId")


class SubnetScanner(AwsScanner[Subnet]):
    """Subnets of VPCs."""

    service, family = "subnet", "ec2"
    resource, resource_type = Subnet, "AWS::EC2::Subnet"
    groups = ("network",)
    listing = Call("ec2", "describe_subnets", "Subnets", page_size=1000)
    arn = "arn:{partition}:ec2:{region}:{account}:subnet/{id}"
