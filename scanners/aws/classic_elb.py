"""Classic load balancers: what stands behind them, what they cost, and those for nobody."""

from __future__ import annotations

from datetime import datetime, timedelta

from scanners.aws.call import Call
from scanners.aws.scanner import AwsScanner
from scanners.core.outcome import Outcome, excluded, insufficient_data, ok, unmeasured, wasted
from scanners.core.prices import Money
from scanners.core.resource import Resource, fact, metric, priced, resilience
from scanners.core.rules import waste
from scanners.core.series import Series

ATTRIBUTES = Call("elb", "describe_load_balancer_attributes", LoadBalancerName="{id}")
HEALTH = Call("elb", "describe_instance_health", LoadBalancerName="{id}")
TAGS = Call("elb", "describe_tags", LoadBalancerNames=["{id}"])


class ClassicBalancer(Resource):
    """One balancer: the listing tells the frame, calls for each tell settings and the instances' health."""

    id: str = fact("LoadBalancerName")
    created_at: datetime = fact("CreatedTime")
    tags: dict[str, str] = fact("TagDescriptions[].Tags[].[Key, Value]", via=TAGS, doc="Tags, as key to value")
    scheme: str | None = fact("Scheme", doc="internet-facing or internal")
    dns_name: str | None = fact("DNSName")
    vpc_id: str | None = fact("VPCId", to="vpc")
    zones: list[str] = fact("AvailabilityZones[]")
    subnet_ids: list[str] = fact("Subnets[] || `[]`", to="subnet")
    security_groups: list[str] = fact("SecurityGroups[] || `[]`", to="security_group")
    instance_ids: list[str] = fact("Instances[].InstanceId", to="ec2")
    protocols: list[str] = fact("ListenerDescriptions[].Listener.Protocol || `[]`")
    ports: list[int] = fact("ListenerDescriptions[].Listener.LoadBalancerPort || `[]`")
    health_check: str | None = fact("HealthCheck.Target")
    instance_states: list[str] = fact("InstanceStates[].State || `[]`", via=HEALTH, doc="InService or OutOfService")
    cross_zone_on: bool | None = fact("LoadBalancerAttributes.CrossZoneLoadBalancing.Enabled", via=ATTRIBUTES)
    access_log: bool | None = fact("LoadBalancerAttributes.AccessLog.Enabled", via=ATTRIBUTES)
    draining: bool | None = fact("LoadBalancerAttributes.ConnectionDraining.Enabled", via=ATTRIBUTES)
    requests: Series | None = metric("AWS/ELB", "RequestCount", unit="Count", days=7)
    healthy_hosts: Series | None = metric("AWS/ELB", "HealthyHostCount", unit="Count", kind="gauge", days=7)
    monthly_cost: Money | None = priced("elb:{region}:clb", doc="Monthly list cost, without its traffic")

    @resilience
    def multi_zone(self) -> bool:
        """It stands in more than one zone."""
        return len(self.zones) > 1

    @resilience
    def cross_zone(self) -> bool:
        """It reaches the instances of every zone from every zone."""
        return bool(self.cross_zone_on)


def no_targets(balancer: ClassicBalancer, *, grace: timedelta = timedelta(days=7)) -> Outcome:
    """Nothing stands behind it: no instance is registered, or in a week not one was in service."""
    if "InService" in balancer.instance_states:
        return ok()
    if balancer.age <= grace:
        return excluded(f"created less than {grace.days} days ago")
    seen = {"instances": len(balancer.instance_ids), "age_days": balancer.age.days}
    if not balancer.instance_ids:
        return wasted("no instance is registered", severity="high", saves=balancer.monthly_cost, evidence=seen)
    hosts = balancer.healthy_hosts
    lacking = unmeasured(healthy_hosts=hosts)
    if lacking or hosts is None:
        return insufficient_data(*lacking)
    if hosts.max:
        return ok()
    reason = f"none of its {len(balancer.instance_ids)} instances was in service in {hosts.samples} hours"
    return wasted(reason, severity="high", saves=balancer.monthly_cost, evidence={**seen, "healthy_hosts": hosts})


def idle(balancer: ClassicBalancer, *, a_day: float = 100.0, grace: timedelta = timedelta(days=7)) -> Outcome:
    """Nearly nobody asks it: fewer than a hundred requests a day in a week, as AWS's own adviser counts.

    A classic balancer counts requests only when there are some: that it was there is told by its healthy instances,
    which it counts all the time.
    """
    if not balancer.instance_ids:
        return excluded("no instance is registered: see lb.no_targets")
    if balancer.age <= grace:
        return excluded(f"created less than {grace.days} days ago")
    hosts, asked = balancer.healthy_hosts, balancer.requests
    lacking = unmeasured(healthy_hosts=hosts)
    if lacking or hosts is None:
        return insufficient_data(*lacking)
    requests = ((asked.sum or 0.0) if asked else 0.0) / (hosts.samples / 24)
    if requests >= a_day:
        return ok()
    seen = {"requests_a_day": round(requests, 3), "healthy_hosts": hosts, "instances": len(balancer.instance_ids)}
    return wasted(f"{requests:.0f} requests a day", severity="medium", saves=balancer.monthly_cost, evidence=seen)


class ClassicElbScanner(AwsScanner[ClassicBalancer]):
    """Classic load balancers."""

    service, family = "classic_elb", "elb"
    resource, resource_type = ClassicBalancer, "AWS::ElasticLoadBalancing::LoadBalancer"
    groups = ("network",)
    listing = Call("elb", "describe_load_balancers", "LoadBalancerDescriptions", page_size=400)
    arn = "arn:{partition}:elasticloadbalancing:{region}:{account}:loadbalancer/{id}"
    dimension = "LoadBalancerName"
    tagged = False
    rules = (waste("lb.no_targets", no_targets), waste("lb.idle", idle))
