"""NAT gateways: where they stand, what they carry, what they cost, and those that carry nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from scanners.aws.call import Call
from scanners.aws.scanner import AwsScanner
from scanners.core.outcome import Outcome, excluded, insufficient_data, ok, unmeasured, wasted
from scanners.core.prices import Money
from scanners.core.resource import Resource, fact, metric, priced
from scanners.core.rules import waste
from scanners.core.series import Series

State = Literal["pending", "failed", "available", "deleting", "deleted"]


class NatGateway(Resource):
    """One NAT gateway, as ``ec2:DescribeNatGateways`` tells it."""

    id: str = fact("NatGatewayId")
    created_at: datetime = fact("CreateTime")
    state: State = fact("State")
    connectivity: str | None = fact("ConnectivityType", doc="public or private")
    vpc_id: str | None = fact("VpcId", to="vpc")
    subnet_id: str | None = fact("SubnetId", to="subnet")
    public_ips: list[str] = fact("NatGatewayAddresses[].PublicIp")
    private_ips: list[str] = fact("NatGatewayAddresses[].PrivateIp")
    allocation_ids: list[str] = fact("NatGatewayAddresses[].AllocationId", to="eip", doc="Its Elastic IP addresses")
    interfaces: list[str] = fact("NatGatewayAddresses[].NetworkInterfaceId", to="nic")
    failure: str | None = fact("FailureMessage")
    bytes_out: Series | None = metric("AWS/NATGateway", "BytesOutToDestination", unit="Bytes", days=7)
    bytes_in: Series | None = metric("AWS/NATGateway", "BytesInFromDestination", unit="Bytes", days=7)
    connections: Series | None = metric("AWS/NATGateway", "ActiveConnectionCount", unit="Count", kind="gauge", days=7)
    monthly_cost: Money | None = priced("nat:{region}:hour", per="billed", doc="Monthly list cost without its traffic")

    @property
    def measured(self) -> bool:
        """Only an available gateway reports metrics."""
        return self.state == "available"

    @property
    def billed(self) -> int:
        """A gateway is charged by the hour while it is available."""
        return 1 if self.state == "available" else 0


def idle(nat: NatGateway, *, grace: timedelta = timedelta(days=7)) -> Outcome:
    """Paid by the hour, and in a week not one byte went through it."""
    if nat.state != "available":
        return ok()
    if nat.age <= grace:
        return excluded(f"created less than {grace.days} days ago")
    lacking = unmeasured(bytes_out=nat.bytes_out)
    if lacking or nat.bytes_out is None:
        return insufficient_data(*lacking)
    if nat.bytes_out.sum:
        return ok()
    seen = {"bytes_out": nat.bytes_out, "age_days": nat.age.days, "vpc_id": nat.vpc_id}
    reason = f"not one byte sent in {nat.bytes_out.samples} hours"
    return wasted(reason, severity="high", saves=nat.monthly_cost, evidence=seen)


class NatScanner(AwsScanner[NatGateway]):
    """NAT gateways."""

    service, family = "nat", "ec2"
    resource, resource_type = NatGateway, "AWS::EC2::NatGateway"
    groups = ("network",)
    listing = Call("ec2", "describe_nat_gateways", "NatGateways", page_size=1000)
    arn = "arn:{partition}:ec2:{region}:{account}:natgateway/{id}"
    dimension = "NatGatewayId"
    rules = (waste("nat.idle", idle),)
