"""Internet gateways: the doors of VPCs to the internet."""

from __future__ import annotations

from scanners.aws.call import Call
from scanners.aws.scanner import AwsScanner
from scanners.core.resource import Resource, fact


class InternetGateway(Resource):
    """One gateway, as ``ec2:DescribeInternetGateways`` tells it: that is all there is to know of it."""

    id: str = fact("InternetGatewayId")
    owner: str | None = fact("OwnerId")
    vpc_ids: list[str] = fact("Attachments[].VpcId || `[]`", to="vpc")
    states: list[str] = fact("Attachments[].State || `[]`", doc="State of each attachment")


class InternetGatewayScanner(AwsScanner[InternetGateway]):
    """Internet gateways."""

    service, family = "internet_gateway", "ec2"
    resource, resource_type = InternetGateway, "AWS::EC2::InternetGateway"
    groups = ("network",)
    listing = Call("ec2", "describe_internet_gateways", "InternetGateways", page_size=1000)
    arn = "arn:{partition}:ec2:{region}:{account}:internet-gateway/{id}"
