"""Addresses, NAT gateways and security groups."""

from __future__ import annotations

from typing import Any

from moto.ec2.models.security_groups import SecurityGroupRule

from demo_cloud.seeding.interfaces import keep_for_aws
from demo_cloud.seeding.site import Site, rename
from demo_cloud.world import Address, Door, Nat, SecurityGroup


def seed(site: Site) -> None:
    """What connects."""
    for address in site.place.addresses:
        _address(site, address)
    for nat in site.place.nats:
        _nat(site, nat)
    for default in _defaults(site):
        default.ingress_rules, default.egress_rules = [], []
    for group in site.place.security_groups:
        _security_group(site, group)


def _address(site: Site, plan: Address) -> None:
    address = site.backend.allocate_address("vpc", address=plan.public_ip)
    address.id = address.allocation_id = plan.id
    site.tag(plan.id, plan.tags)
    if plan.instance_id:
        site.backend.associate_address(instance=site.instances[plan.instance_id], allocation_id=plan.id)
    elif plan.interface_id:
        site.backend.associate_address(eni=site.backend.enis[plan.interface_id], allocation_id=plan.id)


def _nat(site: Site, plan: Nat) -> None:
    _address(site, Address(f"eipalloc-{plan.id.removeprefix('nat-')}", plan.public_ip))
    nat = site.backend.create_nat_gateway(site.subnet().id, f"eipalloc-{plan.id.removeprefix('nat-')}")
    rename(site.backend.nat_gateways, nat, plan.id)
    keep_for_aws(nat._eni, "nat_gateway")  # noqa: SLF001 - it has no getter
    nat._created_at = site.ago(plan.age)  # noqa: SLF001 - it has no setter
    site.tag(plan.id, plan.tags)


def _defaults(site: Site) -> list[Any]:
    """The default groups, which the cloud makes with every VPC and which let everything through."""
    return [one for vpc in site.backend.groups.values() for one in vpc.values() if one.name == "default"]


def _security_group(site: Site, plan: SecurityGroup) -> None:
    vpc_id = site.place.vpc_id
    if plan.default:
        group = next(one for one in _defaults(site) if one.vpc_id == vpc_id)
    else:
        group = site.backend.create_security_group(plan.name, f"{plan.name} of the demo", vpc_id)
    rename(site.backend.groups[vpc_id], group, plan.id)
    group.group_id = plan.id
    group.ingress_rules = [
        SecurityGroupRule(
            site.backend, door.protocol, plan.id, str(door.first), str(door.last), _whom(door), is_egress=False
        )
        for door in plan.doors
    ]
    for rule in group.egress_rules:
        rule.group_id = plan.id
    site.tag(plan.id, plan.tags)


def _whom(door: Door) -> dict[str, str]:
    return {"CidrIpv6" if ":" in door.who else "CidrIp": door.who}
