"""What Azure would say of a resource: the row of Resource Graph, whose ``properties`` are those of Resource Manager.

Fields and forms are those of the published examples of the API versions that are named in ``schemas``. As in Azure, the
case of ids is not the same everywhere: who refers to a resource writes its group in capitals.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from zlib import crc32

from demo_cloud.azure.world import Disk, Nic, PublicIp, Snapshot, Subscription, Thing, Vm

TYPES: Final = {
    Disk: "Microsoft.Compute/disks",
    Vm: "Microsoft.Compute/virtualMachines",
    Snapshot: "Microsoft.Compute/snapshots",
    PublicIp: "Microsoft.Network/publicIPAddresses",
    Nic: "Microsoft.Network/networkInterfaces",
}
GROUP: Final = "web"
STATES: Final = {"running": "VM running", "deallocated": "VM deallocated", "stopped": "VM stopped"}
GIB: Final = 1024**3


def row_of(thing: Thing, held: Subscription, now: datetime) -> dict[str, Any]:
    """One row, in the columns of the table ``Resources``."""
    kind = TYPES[type(thing)]
    row: dict[str, Any] = {
        "id": arm_id(held.id, kind, thing.name),
        "name": thing.name,
        "type": kind.lower(),
        "kind": "",
        "location": thing.region,
        "resourceGroup": GROUP,
        "managedBy": "",
        "sku": None,
        "plan": None,
        "zones": None,
        "tags": dict(thing.tags) or None,
        "identity": None,
    }
    return row | _own(thing, held, now)


def arm_id(subscription: str, kind: str, name: str, *, group: str = GROUP) -> str:
    """The id as Resource Manager writes it."""
    return f"/subscriptions/{subscription}/resourceGroups/{group}/providers/{kind}/{name}"


def _reference(held: Subscription, kind: str, name: str) -> str:
    return arm_id(held.id, kind, name, group=GROUP.upper())


def _own(thing: Thing, held: Subscription, now: datetime) -> dict[str, Any]:
    match thing:
        case Disk():
            return _disk(thing, held, now)
        case Vm():
            return _vm(thing, held, now)
        case Snapshot():
            return _snapshot(thing, held, now)
        case PublicIp():
            return _public_ip(thing, held)
        case Nic():
            return _nic(thing, held)


def _time(now: datetime, ago: timedelta) -> str:
    return (now - ago).strftime("%Y-%m-%dT%H:%M:%S.0000000Z")


def _number(name: str) -> str:
    """Twelve digits, always the same for a name."""
    return f"{crc32(name.encode()):012d}"


def _disk(disk: Disk, held: Subscription, now: datetime) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "creationData": _origin(disk, held),
        "diskSizeGB": disk.size_gib,
        "diskSizeBytes": disk.size_gib * GIB,
        "diskIOPSReadWrite": 500,
        "diskMBpsReadWrite": 60,
        "diskState": disk.state,
        "encryption": {"type": "EncryptionAtRestWithPlatformKey"},
        "networkAccessPolicy": "AllowAll",
        "publicNetworkAccess": "Enabled" if disk.public else "Disabled",
        "osType": "Linux",
        "hyperVGeneration": "V2",
        "provisioningState": "Succeeded",
        "timeCreated": _time(now, disk.age),
        "uniqueId": f"{_number(disk.name)}",
    }
    if disk.tier:
        properties["tier"] = disk.tier
    if disk.moved is not None:
        properties["LastOwnershipUpdateTime"] = _time(now, disk.moved)
    owner = _reference(held, TYPES[Vm], disk.vm) if disk.vm else ""
    sku = {"name": disk.sku, "tier": disk.sku.partition("_")[0]}
    return {"sku": sku, "managedBy": owner, "zones": ["1"], "properties": properties}


def _origin(disk: Disk, held: Subscription) -> dict[str, Any]:
    if not disk.made_from:
        return {"createOption": "Empty"}
    return {"createOption": "Copy", "sourceResourceId": _reference(held, TYPES[Snapshot], disk.made_from)}


def _vm(vm: Vm, held: Subscription, now: datetime) -> dict[str, Any]:
    disks = [one for one in held.things if isinstance(one, Disk) and one.vm == vm.name]
    nics = [one for one in held.things if isinstance(one, Nic) and one.vm == vm.name]
    storage = {
        "imageReference": {"publisher": "Canonical", "offer": "ubuntu-24_04-lts", "sku": "server", "version": "latest"},
        "osDisk": {"osType": vm.os, "createOption": "FromImage", **(_attached(disks[0], held) if disks else {})},
        "dataDisks": [_attached(disk, held) | {"lun": lun} for lun, disk in enumerate(disks[1:])],
    }
    code = f"PowerState/{vm.state}"
    properties: dict[str, Any] = {
        "vmId": f"0de00000-0000-4000-8000-{_number(vm.name)}",
        "provisioningState": "Succeeded",
        "timeCreated": _time(now, vm.age),
        "hardwareProfile": {"vmSize": vm.size},
        "storageProfile": storage,
        "osProfile": {"computerName": vm.name, "adminUsername": "azureuser"},
        "networkProfile": {
            "networkInterfaces": [{"id": _reference(held, TYPES[Nic], nic.name)} for nic in nics],
        },
        "diagnosticsProfile": {"bootDiagnostics": {"enabled": True}},
        "extended": {
            "instanceView": {
                "computerName": vm.name,
                "powerState": {"code": code, "displayStatus": STATES[vm.state], "level": "Info"},
            }
        },
    }
    if vm.priority:
        properties["priority"] = vm.priority
    if vm.license:
        properties["licenseType"] = vm.license
    if vm.scale_set:
        scale_set = arm_id(held.id, "Microsoft.Compute/virtualMachineScaleSets", vm.scale_set)
        properties["virtualMachineScaleSet"] = {"id": scale_set}
    return {"zones": ["1"], "properties": properties}


def _attached(disk: Disk, held: Subscription) -> dict[str, Any]:
    return {
        "name": disk.name,
        "createOption": "Attach",
        "caching": "ReadWrite",
        "diskSizeGB": disk.size_gib,
        "managedDisk": {"id": _reference(held, TYPES[Disk], disk.name), "storageAccountType": disk.sku},
    }


def _snapshot(snapshot: Snapshot, held: Subscription, now: datetime) -> dict[str, Any]:
    properties = {
        "creationData": {"createOption": "Copy", "sourceResourceId": _reference(held, TYPES[Disk], snapshot.source)},
        "diskSizeGB": snapshot.size_gib,
        "diskSizeBytes": snapshot.size_gib * GIB,
        "diskState": "Unattached",
        "encryption": {"type": "EncryptionAtRestWithPlatformKey"},
        "incremental": snapshot.incremental,
        "networkAccessPolicy": "AllowAll",
        "publicNetworkAccess": "Enabled" if snapshot.public else "Disabled",
        "osType": "Linux",
        "hyperVGeneration": "V2",
        "provisioningState": "Succeeded",
        "timeCreated": _time(now, snapshot.age),
        "uniqueId": f"{_number(snapshot.name)}",
    }
    return {"sku": {"name": snapshot.sku, "tier": snapshot.sku.partition("_")[0]}, "properties": properties}


def _public_ip(address: PublicIp, held: Subscription) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "provisioningState": "Succeeded",
        "resourceGuid": f"0de00000-0000-4000-8000-{_number(address.name)}",
        "ipAddress": address.address,
        "publicIPAddressVersion": "IPv4",
        "publicIPAllocationMethod": address.method,
        "idleTimeoutInMinutes": 4,
        "ipTags": [],
        "ddosSettings": {"protectionMode": "VirtualNetworkInherited"},
        "dnsSettings": {"domainNameLabel": address.name, "fqdn": f"{address.name}.{address.region}.cloudapp.azure.com"},
    }
    if address.interface:
        nic = _reference(held, TYPES[Nic], address.interface)
        properties["ipConfiguration"] = {"id": f"{nic}/ipConfigurations/ipconfig1"}
    if address.nat:
        properties["natGateway"] = {"id": _reference(held, "Microsoft.Network/natGateways", address.nat)}
    if address.prefix:
        properties["publicIPPrefix"] = {"id": _reference(held, "Microsoft.Network/publicIPPrefixes", address.prefix)}
    return {"sku": {"name": address.sku, "tier": "Regional"}, "zones": ["1", "2", "3"], "properties": properties}


def _nic(nic: Nic, held: Subscription) -> dict[str, Any]:
    own = arm_id(held.id, TYPES[Nic], nic.name)
    addresses = [one for one in held.things if isinstance(one, PublicIp) and one.interface == nic.name]
    configuration: dict[str, Any] = {
        "provisioningState": "Succeeded",
        "primary": True,
        "privateIPAddress": nic.private_ip,
        "privateIPAddressVersion": "IPv4",
        "privateIPAllocationMethod": "Dynamic",
        "subnet": {"id": _reference(held, "Microsoft.Network/virtualNetworks", "net/subnets/default")},
    }
    if addresses:
        configuration["publicIPAddress"] = {"id": _reference(held, TYPES[PublicIp], addresses[0].name)}
    properties: dict[str, Any] = {
        "provisioningState": "Succeeded",
        "resourceGuid": f"0de00000-0000-4000-8000-{_number(nic.name)}",
        "ipConfigurations": [
            {"id": f"{own}/ipConfigurations/ipconfig1", "name": "ipconfig1", "properties": configuration}
        ],
        "dnsSettings": {"dnsServers": [], "appliedDnsServers": []},
        "macAddress": "00-0D-3A-1B-C7-21",
        "enableAcceleratedNetworking": True,
        "enableIPForwarding": False,
        "networkSecurityGroup": {"id": _reference(held, "Microsoft.Network/networkSecurityGroups", "nsg")},
        "nicType": "Standard",
        "primary": True,
    }
    if nic.vm:
        properties["virtualMachine"] = {"id": _reference(held, TYPES[Vm], nic.vm)}
    if nic.endpoint:
        properties["privateEndpoint"] = {"id": _reference(held, "Microsoft.Network/privateEndpoints", nic.endpoint)}
    if nic.link_service:
        link = _reference(held, "Microsoft.Network/privateLinkServices", nic.link_service)
        properties["privateLinkService"] = {"id": link}
    if nic.workloads:
        properties["hostedWorkloads"] = list(nic.workloads)
    return {"properties": properties}
