"""Load balancers (application, network, gateway): what stands behind them, what they cost, and those for nobody."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from scanners.aws.call import Call
from scanners.aws.scanner import AwsScanner
from scanners.core.outcome import Outcome, excluded, insufficient_data, ok, unmeasured, wasted
from scanners.core.prices import Money
from scanners.core.resource import Resource, fact, metric, priced, related, resilience
from scanners.core.rules import waste
from scanners.core.scanner import Ask
from scanners.core.series import Series

if TYPE_CHECKING:
    from scanners.aws.target_group import TargetGroup

ATTRIBUTES = Call("elbv2", "describe_load_balancer_attributes", LoadBalancerArn="{id}")
LISTENERS = Call("elbv2", "describe_listeners", "Listeners", LoadBalancerArn="{id}")
TAGS = Call("elbv2", "describe_tags", ResourceArns=["{id}"])
HEALTH = Call("elbv2", "describe_target_health", "TargetHealthDescriptions", TargetGroupArn="{id}")
NAMESPACES = {"application": "ApplicationELB", "network": "NetworkELB", "gateway": "GatewayELB"}
PRICED_AS = {"application": "alb", "network": "nlb"}
WEEK: Any = {"days": 7, "dimensions": {"LoadBalancer": "{short}"}}
WORKING = frozenset({"active", "active_impaired"})
OWN_ANSWERS = frozenset({"redirect", "fixed-response"})
"""What a listener does by itself, without a target."""


class Named(Resource):
    """How CloudWatch and the price list call a load balancer."""

    kind: str
    target_groups: list[TargetGroup]

    @property
    def short(self) -> str:
        """Its name in CloudWatch."""
        return self.id.partition("loadbalancer/")[2]

    @property
    def namespace(self) -> str:
        """Its kind in CloudWatch."""
        return NAMESPACES.get(self.kind, self.kind)

    @property
    def by_request(self) -> bool:
        """Whether it speaks HTTP, and so is measured in requests."""
        return self.kind == "application"

    @property
    def by_flow(self) -> bool:
        """Whether it does not, and so is measured in flows."""
        return not self.by_request

    @property
    def priced_as(self) -> str:
        """Its kind in the price list."""
        return PRICED_AS.get(self.kind, self.kind)


class LoadBalancer(Named):
    """One balancer: the listing tells the frame, calls for each tell listeners, settings and the targets' health."""

    id: str = fact("LoadBalancerArn")
    created_at: datetime = fact("CreatedTime")
    tags: dict[str, str] = fact("TagDescriptions[].Tags[].[Key, Value]", via=TAGS, doc="Tags, as key to value")
    name: str = fact("LoadBalancerName")
    kind: str = fact("Type", doc="application, network or gateway")
    state: str = fact("State.Code")
    scheme: str | None = fact("Scheme", doc="internet-facing or internal")
    dns_name: str | None = fact("DNSName")
    address_type: str | None = fact("IpAddressType")
    vpc_id: str | None = fact("VpcId", to="vpc")
    zones: list[str] = fact("AvailabilityZones[].ZoneName")
    subnet_ids: list[str] = fact("AvailabilityZones[].SubnetId || `[]`", to="subnet")
    security_groups: list[str] = fact("SecurityGroups[] || `[]`", to="security_group")
    attributes: dict[str, str] = fact("Attributes[].[Key, Value]", via=ATTRIBUTES, doc="Its settings")
    protocols: list[str] = fact("Listeners[].Protocol || `[]`", via=LISTENERS)
    ports: list[int] = fact("Listeners[].Port || `[]`", via=LISTENERS)
    tls_policies: list[str] = fact("Listeners[].SslPolicy || `[]`", via=LISTENERS)
    actions: list[str] = fact("Listeners[].DefaultActions[].Type || `[]`", via=LISTENERS, doc="What listeners do")
    targets: int = fact(None, doc="Targets that are registered in all its groups")
    healthy_targets: int = fact(None, doc="Targets that are healthy now")
    target_groups: list[TargetGroup] = related(
        "id", by="load_balancer_arns", keep=("load_balancer_arns", "protocol", "healthy_hosts")
    )
    requests: Series | None = metric("AWS/ApplicationELB", "RequestCount", unit="Count", when="by_request", **WEEK)
    new_flows: Series | None = metric("AWS/{namespace}", "NewFlowCount", unit="Count", when="by_flow", **WEEK)
    processed: Series | None = metric("AWS/{namespace}", "ProcessedBytes", unit="Bytes", **WEEK)
    monthly_cost: Money | None = priced("elb:{region}:{priced_as}", doc="Monthly list cost, without its traffic")

    @resilience
    def multi_zone(self) -> bool:
        """It stands in more than one zone."""
        return len(self.zones) > 1

    @resilience
    def protected(self) -> bool:
        """Nobody can delete it by mistake."""
        return self.attributes.get("deletion_protection.enabled") == "true"

    @resilience
    def cross_zone(self) -> bool:
        """It reaches the targets of every zone from every zone, as an application balancer always does."""
        return self.by_request or self.attributes.get("load_balancing.cross_zone.enabled") == "true"


def no_targets(balancer: LoadBalancer, *, grace: timedelta = timedelta(days=7)) -> Outcome:
    """Nothing stands behind it: no target is registered, or in a week not one was healthy in any of its groups."""
    if balancer.state not in WORKING or balancer.healthy_targets:
        return ok()
    if balancer.age <= grace:
        return excluded(f"created less than {grace.days} days ago")
    return _unhealthy(balancer) if balancer.targets else _empty(balancer)


def _empty(balancer: LoadBalancer) -> Outcome:
    if OWN_ANSWERS & set(balancer.actions):
        return excluded("a listener redirects or answers by itself, without a target")
    groups = len(balancer.target_groups)
    seen = {"targets": 0, "target_groups": groups, "age_days": balancer.age.days, "kind": balancer.kind}
    reason = f"no target is registered in its {groups} target groups"
    return wasted(reason, severity="high", saves=balancer.monthly_cost, evidence=seen)


def _unhealthy(balancer: LoadBalancer) -> Outcome:
    hosts = {group.short: group.healthy_hosts for group in balancer.target_groups}
    if any(one is not None and one.max for one in hosts.values()):
        return ok()
    manned = {group.short for group in balancer.target_groups if group.target_states}
    if any(unmeasured(healthy_hosts=one) for name, one in hosts.items() if name in manned):
        return insufficient_data("healthy_hosts")
    hours = max((one.samples for one in hosts.values() if one is not None), default=0)
    seen = {"targets": balancer.targets, "healthy_hosts": hosts, "kind": balancer.kind}
    reason = f"none of its {balancer.targets} targets was healthy in {hours} hours"
    return wasted(reason, severity="high", saves=balancer.monthly_cost, evidence=seen)


def idle(balancer: LoadBalancer, *, a_day: float = 100.0, grace: timedelta = timedelta(days=7)) -> Outcome:
    """Nearly nobody asks it: fewer than a hundred requests (or, below HTTP, new flows) a day in a week.

    A hundred a day is where AWS's own adviser calls a balancer idle: health probes and scanners of the internet make
    as many.
    """
    if balancer.state not in WORKING:
        return ok()
    if not balancer.targets:
        return excluded("no target is registered: see lb.no_targets")
    if balancer.age <= grace:
        return excluded(f"created less than {grace.days} days ago")
    asked = balancer.requests if balancer.by_request else balancer.new_flows
    lacking = unmeasured(**{"requests" if balancer.by_request else "new_flows": asked})
    if lacking or asked is None:
        return insufficient_data(*lacking)
    if asked.per_day() >= a_day:
        return ok()
    seen = {"asked": asked, "targets": balancer.targets, "kind": balancer.kind}
    reason = f"{asked.per_day():.0f} requests or flows a day"
    return wasted(reason, severity="medium", saves=balancer.monthly_cost, evidence=seen)


class ElbScanner(AwsScanner[LoadBalancer]):
    """Application, network and gateway load balancers."""

    service, family = "elb", "elb"
    resource, resource_type = LoadBalancer, "AWS::ElasticLoadBalancingV2::LoadBalancer"
    groups = ("network",)
    listing = Call("elbv2", "describe_load_balancers", "LoadBalancers", page_size=400)
    calls = (HEALTH,)
    arn = "{id}"
    tagged = False
    rules = (waste("lb.no_targets", no_targets), waste("lb.idle", idle))

    async def enrich(self, ask: Ask, item: LoadBalancer) -> None:
        """The health of the targets stands in each of its groups."""
        await super().enrich(ask, item)
        if not item.has("target_groups"):
            return
        answers = [await ask(HEALTH, group) for group in item.target_groups]
        told = [answer["TargetHealthDescriptions"] for answer in answers if answer is not None]
        if len(told) == len(answers):
            states = [[one["TargetHealth"]["State"] for one in group] for group in told]
            for group, known in zip(item.target_groups, states, strict=True):
                group.target_states = known
            item.targets = sum(len(known) for known in states)
            item.healthy_targets = sum(known.count("healthy") for known in states)
