"""The body of each resource, with the fields and forms of the published Compute Engine API v1."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from demo_cloud.gcp.world import (
    PROJECT,
    PROJECT_NUMBER,
    Address,
    Body,
    Disk,
    Labels,
    Machine,
    Snapshot,
    World,
    address_of,
    number_of,
)

GIB: Final = 1024**3
SECRET: Final = "#!/bin/sh\nexport DATABASE_PASSWORD=planted-secret"  # noqa: S105 - planted: it must never come out
PACIFIC: Final = timedelta(hours=-7)
"""Compute Engine tells times in Pacific time."""


def project_body() -> Body:
    """The project, as Resource Manager v1 tells it."""
    return {
        "createTime": "2021-02-03T04:05:06.789Z",
        "lifecycleState": "ACTIVE",
        "name": "Retail demo",
        "parent": {"id": "880011223344", "type": "folder"},
        "projectId": PROJECT,
        "projectNumber": PROJECT_NUMBER,
    }


def machine_body(world: World, machine: Machine) -> Body:
    """One instance."""
    started = machine.started or machine.age
    addresses = [one.ip for one in world.addresses if one.user == machine.path]
    stop = machine.stopped_for if machine.stop_told else None
    default, own = f"{PROJECT_NUMBER}-compute@developer.gserviceaccount.com", f"web@{PROJECT}.iam.gserviceaccount.com"
    account = default if machine.default_account else own
    return {
        **_head(world, machine.path, "compute#instance", machine.name, machine.age, machine.labels),
        "status": "RUNNING" if machine.stopped_for is None else "TERMINATED",
        "zone": address_of(f"zones/{machine.zone}"),
        "machineType": address_of(f"zones/{machine.zone}/machineTypes/{machine.kind}"),
        "cpuPlatform": "Intel Broadwell",
        "canIpForward": False,
        "deletionProtection": False,
        "lastStartTimestamp": _time(world.now - started),
        **({"lastStopTimestamp": _time(world.now - stop)} if stop else {}),
        "scheduling": _scheduling(machine),
        "networkInterfaces": [_interface(machine, addresses)],
        "disks": [_attached(disk, machine) for disk in world.disks_of(machine)],
        "metadata": {"fingerprint": "u0Q7yF2nDqk=", "kind": "compute#metadata", "items": _items(machine)},
        "tags": {"fingerprint": "42WmSpB8rSM=", "items": ["web"]},
        "serviceAccounts": [{"email": account, "scopes": [f"https://www.googleapis.com/auth/{machine.scope}"]}],
        "shieldedInstanceConfig": {"enableIntegrityMonitoring": True, "enableSecureBoot": False, "enableVtpm": True},
        **machine.extra,
    }


def _scheduling(machine: Machine) -> Body:
    return {
        "automaticRestart": not machine.spot,
        "onHostMaintenance": "TERMINATE" if machine.spot else "MIGRATE",
        "preemptible": machine.spot,
        "provisioningModel": "SPOT" if machine.spot else "STANDARD",
    }


def _items(machine: Machine) -> list[Body]:
    made_by = f"projects/{PROJECT_NUMBER}/zones/{machine.zone}/instanceGroupManagers/{machine.group}"
    group = [{"key": "created-by", "value": made_by}] if machine.group else []
    return [{"key": "startup-script", "value": SECRET}, *group]


def _interface(machine: Machine, addresses: list[str]) -> Body:
    kind = {"kind": "compute#accessConfig", "type": "ONE_TO_ONE_NAT", "networkTier": "PREMIUM"}
    return {
        "kind": "compute#networkInterface",
        "name": "nic0",
        "network": address_of("global/networks/retail"),
        "subnetwork": address_of(f"regions/{machine.zone.rpartition('-')[0]}/subnetworks/retail"),
        "networkIP": "10.132.0.7",
        "stackType": "IPV4_ONLY",
        "accessConfigs": [{**kind, "name": "external-nat", "natIP": ip} for ip in addresses],
    }


def _attached(disk: Disk, machine: Machine) -> Body:
    return {
        "kind": "compute#attachedDisk",
        "type": "PERSISTENT",
        "mode": "READ_WRITE",
        "source": address_of(disk.path),
        "deviceName": disk.name,
        "boot": disk.boot,
        "autoDelete": disk.boot,
        "interface": "SCSI",
        "diskSizeGb": str(disk.size_gib),
        "licenses": [f"https://www.googleapis.com/compute/v1/projects/{machine.license}"] if disk.boot else [],
    }


def disk_body(world: World, disk: Disk) -> Body:
    """One disk."""
    users = [address_of(world.machine(disk.machine).path)] if disk.machine else []
    place = "regions" if disk.regional else "zones"
    where: Body = {place.rstrip("s"): address_of(f"{place}/{disk.place}")}
    if disk.regional:
        where["replicaZones"] = [address_of(f"zones/{disk.place}-{letter}") for letter in "bc"]
    return {
        **_head(world, disk.path, "compute#disk", disk.name, disk.age, disk.labels),
        **where,
        "status": "READY",
        "sizeGb": str(disk.size_gib),
        "type": address_of(f"{place}/{disk.place}/diskTypes/{disk.kind}"),
        "physicalBlockSizeBytes": "4096",
        "enableConfidentialCompute": False,
        **({"users": users, "lastAttachTimestamp": _time(world.now - disk.age)} if users else {}),
        **({"lastDetachTimestamp": _time(world.now - disk.detached)} if disk.detached else {}),
        **({"description": disk.description} if disk.description else {}),
        **({"provisionedIops": "3600", "provisionedThroughput": "290"} if disk.kind.startswith("hyperdisk") else {}),
        **(_image() if disk.boot else {}),
        **disk.extra,
    }


def _image() -> Body:
    return {
        "sourceImage": "https://www.googleapis.com/compute/v1/projects/debian-cloud/global/images/debian-12-v20260415",
        "sourceImageId": "3312345678901234567",
        "architecture": "X86_64",
    }


def snapshot_body(world: World, snapshot: Snapshot) -> Body:
    """One snapshot."""
    schedule = address_of(f"regions/europe-west1/resourcePolicies/{snapshot.schedule}")
    return {
        **_head(world, snapshot.path, "compute#snapshot", snapshot.name, snapshot.age, snapshot.labels),
        "status": "READY",
        "diskSizeGb": str(snapshot.size_gib),
        "storageBytes": str(snapshot.stored_gib * GIB),
        "storageBytesStatus": "UP_TO_DATE" if snapshot.settled else "UPDATING",
        "storageLocations": [snapshot.where],
        "snapshotType": "STANDARD",
        "sourceDisk": address_of(snapshot.source),
        "sourceDiskId": number_of(snapshot.source),
        "autoCreated": bool(snapshot.schedule),
        **({"sourceSnapshotSchedulePolicy": schedule} if snapshot.schedule else {}),
        **snapshot.extra,
    }


def address_body(world: World, address: Address) -> Body:
    """One static address."""
    inside = {"purpose": "GCE_ENDPOINT", "subnetwork": address_of(f"regions/{address.region}/subnetworks/retail")}
    return {
        **_head(world, address.path, "compute#address", address.name, address.age, address.labels),
        "status": "IN_USE" if address.user else "RESERVED",
        "address": address.ip,
        "addressType": "INTERNAL" if address.internal else "EXTERNAL",
        "region": address_of(f"regions/{address.region}"),
        "networkTier": "PREMIUM",
        **({"users": [address_of(address.user)]} if address.user else {}),
        **(inside if address.internal else {"ipVersion": "IPV4"}),
        **address.extra,
    }


def _head(world: World, path: str, kind: str, name: str, age: timedelta, labels: Labels) -> Body:
    return {
        "kind": kind,
        "id": number_of(path),
        "name": name,
        "creationTimestamp": _time(world.now - age),
        "selfLink": address_of(path),
        "labelFingerprint": "42WmSpB8rSM=",
        **({"labels": dict(labels)} if labels else {}),
    }


def _time(moment: datetime) -> str:
    return f"{(moment + PACIFIC).replace(tzinfo=None).isoformat(timespec='milliseconds')}-07:00"
