"""VPC endpoints: which services they lead to, what they carry, what they cost, and those that carry nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

from scanners.aws.call import Call
from scanners.aws.scanner import AwsScanner
from scanners.core.outcome import Outcome, excluded, insufficient_data, ok, unmeasured, wasted
from scanners.core.prices import Money
from scanners.core.resource import Resource, fact, metric, priced, resilience
from scanners.core.rules import waste
from scanners.core.series import Series

PRICED_AS = {"Interface": "interface", "GatewayLoadBalancer": "gwlb"}
PRIVATE_LINK = {
    "Endpoint Type": "{kind}",
    "Service Name": "{target}",
    "VPC Endpoint Id": "{id}",
    "VPC Id": "{vpc_id}",
}
"""CloudWatch knows an endpoint by all four together."""


class Endpoint(Resource):
    """One endpoint, as ``ec2:DescribeVpcEndpoints`` tells it."""

    id: str = fact("VpcEndpointId")
    created_at: datetime = fact("CreationTimestamp")
    kind: str = fact("VpcEndpointType", doc="Interface, GatewayLoadBalancer, Gateway, Resource or ServiceNetwork")
    state: str = fact("State")
    target: str = fact("ServiceName", doc="The service that it leads to")
    vpc_id: str = fact("VpcId", to="vpc")
    subnet_ids: list[str] = fact("SubnetIds[] || `[]`", to="subnet")
    interfaces: list[str] = fact("NetworkInterfaceIds[] || `[]`", to="nic")
    route_table_ids: list[str] = fact("RouteTableIds[] || `[]`", to="route_table")
    security_groups: list[str] = fact("Groups[].GroupId || `[]`", to="security_group")
    private_dns: bool | None = fact("PrivateDnsEnabled", doc="Whether the service's usual name leads here")
    dns_names: list[str] = fact("DnsEntries[].DnsName || `[]`")
    managed: bool | None = fact("RequesterManaged", doc="Whether a service of AWS made it for itself")
    owner: str | None = fact("OwnerId")
    traffic: Series | None = metric(
        "AWS/PrivateLinkEndpoints", "BytesProcessed", unit="Bytes", days=30, dimensions=PRIVATE_LINK
    )
    monthly_cost: Money | None = priced(
        "vpce:{region}:{priced_as}", per="billed", doc="Monthly list cost in all its zones, without its traffic"
    )

    @property
    def measured(self) -> bool:
        """A gateway has no metrics."""
        return self.kind in PRICED_AS and self.state == "available"

    @property
    def priced_as(self) -> str:
        """How the price list calls it; what it does not know has no price."""
        return PRICED_AS.get(self.kind, self.kind)

    @property
    def billed(self) -> int:
        """It is paid by the hour in each zone while it is available; a gateway costs nothing."""
        return 0 if self.kind == "Gateway" or self.state != "available" else len(self.subnet_ids)

    @resilience
    def multi_zone(self) -> bool:
        """It stands in more than one zone, or is a gateway, which every zone has."""
        return self.kind == "Gateway" or len(self.subnet_ids) > 1


def idle(endpoint: Endpoint, *, days: int = 30) -> Outcome:
    """Paid by the hour in each zone, and not one byte went through it."""
    if endpoint.kind not in PRICED_AS or endpoint.state != "available":
        return ok()
    if endpoint.managed:
        return excluded("made by a service of AWS for itself")
    if endpoint.age <= timedelta(days=days):
        return excluded(f"created less than {days} days ago")
    lacking = unmeasured(traffic=endpoint.traffic)
    if lacking or endpoint.traffic is None:
        return insufficient_data(*lacking)
    if endpoint.traffic.sum:
        return ok()
    seen = {"traffic": endpoint.traffic, "target": endpoint.target, "zones": len(endpoint.subnet_ids)}
    reason = f"not one byte in {endpoint.traffic.samples} hours"
    return wasted(reason, severity="medium", saves=endpoint.monthly_cost, evidence=seen)


class EndpointScanner(AwsScanner[Endpoint]):
    """VPC endpoints (PrivateLink and gateways)."""

    service, family = "vpc_endpoint", "ec2"
    resource, resource_type = Endpoint, "AWS::EC2::VPCEndpoint"
    groups = ("network",)
    listing = Call("ec2", "describe_vpc_endpoints", "VpcEndpoints", page_size=1000)
    arn = "arn:{partition}:ec2:{region}:{account}:vpc-endpoint/{id}"
    rules = (waste("endpoint.idle", idle),)
