"""Route tables of VPCs: which subnets they serve, and by which ways."""

from __future__ import annotations

from scanners.aws.call import Call
from scanners.aws.scanner import AwsScanner
from scanners.core.resource import Resource, fact


class RouteTable(Resource):
    """One route table, as ``ec2:DescribeRouteTables`` tells it (AWS does not tell when it was made)."""

    id: str = fact("RouteTableId")
    vpc_id: str = fact("VpcId", to="vpc")
    owner: str | None = fact("OwnerId")
    main: list[bool] = fact("Associations[].Main || `[]`", doc="True where it serves subnets without one of their own")
    subnet_ids: list[str] = fact("Associations[].SubnetId || `[]`", to="subnet")
    destinations: list[str] = fact("Routes[].DestinationCidrBlock || `[]`", doc="Where to it knows a way")
    ipv6_destinations: list[str] = fact("Routes[].DestinationIpv6CidrBlock || `[]`")
    gateway_ids: list[str] = fact("Routes[].GatewayId || `[]`", to="internet_gateway", doc="Gateways; local is the VPC")
    nat_gateway_ids: list[str] = fact("Routes[].NatGatewayId || `[]`", to="nat")
    peerings: list[str] = fact("Routes[].VpcPeeringConnectionId || `[]`")
    transit_gateways: list[str] = fact("Routes[].TransitGatewayId || `[]`")
    states: list[str] = fact("Routes[].State || `[]`", doc="State of each route; a blackhole leads nowhere")


class RouteTableScanner(AwsScanner[RouteTable]):
    """Route tables of VPCs."""

    service, family = "route_table", "ec2"
    resource, resource_type = RouteTable, "AWS::EC2::RouteTable"
    groups = ("network",)
    listing = Call("ec2", "describe_route_tables", "RouteTables", page_size=100)
    arn = "arn:{partition}:ec2:{region}:{account}:route-table/{id}"
