"""Azure network interfaces: what has them, their addresses and groups, and those that nothing has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanners.azure.scanner import AzureScanner
from scanners.core.outcome import Outcome, ok, wasted
from scanners.core.prices import total
from scanners.core.resource import Resource, fact, related
from scanners.core.rules import waste

if TYPE_CHECKING:
    from scanners.azure.public_ip import PublicIp


class NetworkInterface(Resource):
    """One network interface, as Resource Graph tells it."""

    id: str = fact("id", doc="Resource id, in lower case")
    name: str = fact("name")
    vm_id: str | None = fact("properties.virtualMachine.id", to="vm", doc="The machine that has it")
    endpoint_id: str | None = fact("properties.privateEndpoint.id", doc="The private endpoint that has it")
    link_service_id: str | None = fact("properties.privateLinkService.id")
    workloads: list[str] = fact("properties.hostedWorkloads || `[]`", doc="Services that Azure runs on it")
    private_ips: list[str] = fact("properties.ipConfigurations[].properties.privateIPAddress || `[]`")
    public_ip_ids: list[str] = fact(
        "properties.ipConfigurations[].properties.publicIPAddress.id || `[]`", to="public_ip"
    )
    subnet_ids: list[str] = fact("properties.ipConfigurations[].properties.subnet.id || `[]`")
    security_group_id: str | None = fact("properties.networkSecurityGroup.id")
    mac_address: str | None = fact("properties.macAddress")
    accelerated: bool | None = fact("properties.enableAcceleratedNetworking")
    forwards: bool | None = fact("properties.enableIPForwarding", doc="Whether it forwards what is not for it")
    kind: str | None = fact("properties.nicType")
    resource_group: str = fact("resourceGroup")
    addresses: list[PublicIp] = related("id", by="nic_id", keep=("monthly_cost",))


def orphan(nic: NetworkInterface) -> Outcome:
    """Nothing has it: no machine, private endpoint or service. It costs nothing: the saving is its public addresses.

    It keeps an address of its subnet, and a network that nobody can delete before it is gone.
    """
    if nic.vm_id or nic.endpoint_id or nic.link_service_id or nic.workloads:
        return ok()
    paid = {address.id: address.monthly_cost for address in nic.addresses}
    seen = {
        "private_ips": nic.private_ips,
        "subnet_ids": nic.subnet_ids,
        "addresses": paid,
        "age": "unknown: Azure does not tell when an interface was made",
    }
    return wasted("nothing has it", severity="low", saves=total(paid.values()), evidence=seen)


class NicScanner(AzureScanner[NetworkInterface]):
    """Azure network interfaces."""

    service, family = "nic", "network"
    resource, resource_type = NetworkInterface, "Microsoft.Network/networkInterfaces"
    groups = ("network",)
    rules = (waste("nic.orphan", orphan),)
