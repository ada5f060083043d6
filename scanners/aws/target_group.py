"""Target groups of load balancers: where they lead, and how well those are whom they lead to."""

from __future__ import annotations

from scanners.aws.call import Call
from scanners.aws.scanner import AwsScanner
from scanners.core.resource import Resource, fact, metric, resilience
from scanners.core.series import Series

HEALTH = Call("elbv2", "describe_target_health", TargetGroupArn="{id}")
TAGS = Call("elbv2", "describe_tags", ResourceArns=["{id}"])
NAMESPACES = {"HTTP": "ApplicationELB", "HTTPS": "ApplicationELB", "GENEVE": "GatewayELB"}


class TargetGroup(Resource):
    """One group, as ``elbv2:DescribeTargetGroups`` tells it (AWS does not tell when it was made)."""

    id: str = fact("TargetGroupArn")
    tags: dict[str, str] = fact("TagDescriptions[].Tags[].[Key, Value]", via=TAGS, doc="Tags, as key to value")
    name: str = fact("TargetGroupName")
    kind: str | None = fact("TargetType", doc="instance, ip, lambda or alb")
    protocol: str | None = fact("Protocol")
    protocol_version: str | None = fact("ProtocolVersion")
    port: int | None = fact("Port")
    vpc_id: str | None = fact("VpcId", to="vpc")
    load_balancer_arns: list[str] = fact("LoadBalancerArns[] || `[]`", to="elb")
    health_checked: bool | None = fact("HealthCheckEnabled")
    health_protocol: str | None = fact("HealthCheckProtocol")
    health_path: str | None = fact("HealthCheckPath")
    health_seconds: int | None = fact("HealthCheckIntervalSeconds", unit="s", doc="Time between two checks")
    healthy_after: int | None = fact("HealthyThresholdCount", doc="Good checks that make a target healthy")
    unhealthy_after: int | None = fact("UnhealthyThresholdCount", doc="Bad checks that make a target unhealthy")
    target_ids: list[str] = fact("TargetHealthDescriptions[].Target.Id || `[]`", via=HEALTH)
    target_states: list[str] = fact("TargetHealthDescriptions[].TargetHealth.State || `[]`", via=HEALTH)
    healthy_hosts: Series | None = metric(
        "AWS/{namespace}",
        "HealthyHostCount",
        unit="Count",
        kind="gauge",
        days=7,
        when="balanced",
        dimensions={"TargetGroup": "{short}", "LoadBalancer": "{balancer}"},
    )

    @resilience
    def redundant(self) -> bool:
        """More than one of its targets is well."""
        return self.target_states.count("healthy") > 1

    @property
    def short(self) -> str:
        """How CloudWatch calls it."""
        return self.id.rpartition(":")[2]

    @property
    def namespace(self) -> str:
        """The kind of load balancer, as CloudWatch calls it."""
        return NAMESPACES.get(self.protocol or "", "NetworkELB")

    @property
    def balanced(self) -> bool:
        """Only a group that a load balancer uses is measured."""
        return bool(self.load_balancer_arns)

    @property
    def balancer(self) -> str:
        """The load balancer that uses it, as CloudWatch calls it."""
        return self.load_balancer_arns[0].partition("loadbalancer/")[2]


class TargetGroupScanner(AwsScanner[TargetGroup]):
    """Target groups of load balancers."""

    service, family = "target_group", "elb"
    resource, resource_type = TargetGroup, "AWS::ElasticLoadBalancingV2::TargetGroup"
    groups = ("network",)
    listing = Call("elbv2", "describe_target_groups", "TargetGroups", page_size=400)
    arn = "{id}"
    tagged = False
