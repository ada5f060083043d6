"""Network interfaces, VPC endpoints, internet gateways and launch templates."""

from __future__ import annotations

from typing import Any

from demo_cloud.background import hex_id
from demo_cloud.planted.interfaces import Endpoint, Interface
from demo_cloud.seeding.site import Site, rename
from demo_cloud.world import DAY


def seed(site: Site) -> None:
    """What stands in the subnets; the addresses that are on interfaces come after it."""
    _internet_gateway(site)
    _launch_template(site)
    for interface in site.place.of(Interface):
        _interface(site, interface)
    for endpoint in site.place.of(Endpoint):
        _endpoint(site, endpoint)


def _internet_gateway(site: Site) -> None:
    """Each default VPC has one."""
    gateway = site.backend.create_internet_gateway()
    rename(site.backend.internet_gateways, gateway, hex_id("igw", site.place.account, site.place.region))
    site.backend.attach_internet_gateway(gateway.id, site.place.vpc_id)


def _launch_template(site: Site) -> None:
    """The one by which the fleet is started."""
    data = {"InstanceType": "m5.large", "ImageId": "ami-0de0f000000000001"}
    template = site.backend.create_launch_template("fleet", "first", data, {})
    template.create_time = site.ago(300 * DAY)
    name = hex_id("lt", site.place.account, site.place.region)
    rename(site.backend.launch_templates, template, name)
    site.backend.launch_template_name_to_ids["fleet"] = name


def _interface(site: Site, plan: Interface) -> None:
    interface = site.backend.create_network_interface(site.subnet(), None)
    rename(site.backend.enis, interface, plan.id)
    site.tag(plan.id, plan.tags)
    if plan.made_by:
        keep_for_aws(interface, plan.made_by, in_use=False)


def keep_for_aws(interface: Any, service: str, *, in_use: bool = True) -> None:  # noqa: ANN401 - moto's model
    """Make it the interface of a service, which AWS's own has and the emulator leaves loose."""
    interface.requester_managed, interface.interface_type = True, service
    interface.description = f"Interface of {service}"
    interface.status = "in-use" if in_use else "available"


def _endpoint(site: Site, plan: Endpoint) -> None:
    subnets = [one.id for one in site.backend.get_default_subnets().values()][: plan.zones]
    endpoint = site.backend.create_vpc_endpoint(
        site.place.vpc_id,
        f"com.amazonaws.{site.place.region}.{plan.service}",
        plan.kind,
        None,
        [],
        subnet_ids=subnets if plan.kind != "Gateway" else [],
        private_dns_enabled=plan.kind != "Gateway",
    )
    rename(site.backend.vpc_end_points, endpoint, plan.id)
    endpoint.creation_timestamp = site.ago(plan.age)
    for interface_id in endpoint.network_interface_ids:
        keep_for_aws(site.backend.enis[interface_id], "vpc_endpoint")
    site.tag(plan.id, plan.tags)
