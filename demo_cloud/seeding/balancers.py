"""Load balancers with their target groups, classic ones, and Auto Scaling groups."""

from __future__ import annotations

from typing import Any

from moto.autoscaling.models import InstanceState, autoscaling_backends
from moto.elb.models import elb_backends
from moto.elbv2.models import FakeHealthStatus, elbv2_backends

from demo_cloud.background import hex_id
from demo_cloud.planted.balancers import Balancer, ScalingGroup
from demo_cloud.seeding.site import Site

PROTOCOLS = {"app": ("HTTP", 80), "net": ("TCP", 443)}
WORDS = {"app": "application", "net": "network"}
REDIRECT = {"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}}


def seed(site: Site) -> None:
    """What shares out the work, and what starts those who do it."""
    for balancer in site.place.of(Balancer):
        if balancer.kind == "classic":
            _classic(site, balancer)
        else:
            _balancer(site, balancer)
    for group in site.place.of(ScalingGroup):
        _scaling_group(site, group)


def _subnets(site: Site, zones: int) -> dict[str, str]:
    """Zone and subnet."""
    found = list(site.backend.get_default_subnets().values())[:zones]
    return {subnet.availability_zone: subnet.id for subnet in found}


def _targets(site: Site, plan: Balancer) -> list[str]:
    """Instances that run; behind a classic balancer that is not well, those that were stopped."""
    stopped = plan.kind == "classic" and plan.health == "unhealthy"
    known = [one.id for one in site.place.instances if (one.stopped_for is not None) == stopped]
    return known[: plan.targets]


def _balancer(site: Site, plan: Balancer) -> None:
    backend: Any = elbv2_backends[site.place.account][site.place.region]
    subnets = list(_subnets(site, plan.zones).values())
    balancer = backend.create_load_balancer(plan.name, [], subnets, loadbalancer_type=WORDS[plan.kind])
    del backend.load_balancers[balancer.arn]
    balancer.arn = f"{balancer.arn.partition('loadbalancer/')[0]}loadbalancer/{plan.id}"
    backend.load_balancers[balancer.arn] = balancer
    balancer.state = "active"
    balancer.created_time = f"{site.ago(plan.age).isoformat()}Z"
    balancer.attrs["deletion_protection.enabled"] = "true" if plan.targets > 1 else "false"
    backend.tagging_service.tag_resource(balancer.arn, [{"Key": k, "Value": v} for k, v in plan.tags.items()])
    protocol, port = PROTOCOLS[plan.kind]
    for number in range(plan.groups):
        group = _target_group(site, backend, plan, number)
        action = {"Type": "forward", "TargetGroupArn": group.arn}
        backend.create_listener(balancer.arn, protocol, port + number, None, None, [action])
    if plan.redirects:
        backend.create_listener(balancer.arn, protocol, port, None, None, [REDIRECT])


def _target_group(site: Site, backend: Any, plan: Balancer, number: int) -> Any:  # noqa: ANN401 - moto's model
    protocol, port = PROTOCOLS[plan.kind]
    group = backend.create_target_group(
        f"{plan.name}-{number}", protocol=protocol, port=port, vpc_id=site.place.vpc_id, target_type="instance"
    )
    del backend.target_groups[group.arn]
    group.arn = f"{group.arn.rpartition('/')[0]}/{plan.number}"
    backend.target_groups[group.arn] = group
    group.register([{"Id": one, "Port": port} for one in _targets(site, plan)])
    if plan.health != "healthy":
        group.health_for = _unhealthy
    return group


def _unhealthy(target: dict[str, Any], _: object) -> FakeHealthStatus:
    why = ("Target.FailedHealthChecks", "Health checks failed")
    return FakeHealthStatus(target["Id"], str(target.get("Port", 80)), "traffic-port", "unhealthy", *why)


def _classic(site: Site, plan: Balancer) -> None:
    backend: Any = elb_backends[site.place.account][site.place.region]
    subnets = _subnets(site, plan.zones)
    listener = {"Protocol": "HTTP", "LoadBalancerPort": 80, "InstancePort": 80}
    (group,) = (one for one in site.backend.groups[site.place.vpc_id].values() if one.name == "default")
    balancer = backend.create_load_balancer(plan.name, list(subnets), [listener], security_groups=[group.id])
    balancer.subnets = list(subnets.values())
    balancer.created_time = site.ago(plan.age).replace(tzinfo=balancer.created_time.tzinfo)
    backend.register_instances(plan.name, _targets(site, plan))


def _scaling_group(site: Site, plan: ScalingGroup) -> None:
    backend: Any = autoscaling_backends[site.place.account][site.place.region]
    subnets = _subnets(site, plan.zones)
    group = backend.create_auto_scaling_group(
        name=plan.name,
        availability_zones=[],
        desired_capacity=0,
        max_size=6,
        min_size=0,
        launch_config_name="",
        launch_template={"LaunchTemplateId": hex_id("lt", site.place.account, site.place.region), "Version": "1"},
        vpc_zone_identifier=",".join(subnets.values()),
        default_cooldown=300,
        health_check_period=300,
        health_check_type="ELB" if plan.smallest > 1 else "EC2",
        load_balancers=[],
        target_group_arns=[],
        placement_group=None,
        termination_policies=[],
        tags=[],
    )
    group._id, group.created_time = plan.id, f"{site.ago(plan.age).isoformat()}Z"  # noqa: SLF001 - no setter
    group.instance_states = [InstanceState(site.instances[one], autoscaling_group=group) for one in plan.members]
    group.min_size, group.desired_capacity = plan.smallest, max(plan.smallest, len(plan.members))
