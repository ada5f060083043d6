"""Healthy resources that use what the others do not: keys of the customer, schedules, accelerators, reserved ranges."""

from __future__ import annotations

from typing import Final

from demo_cloud.gcp.world import PROJECT, Address, Disk, Machine, Snapshot, World, address_of
from demo_cloud.world import BUSY, DAY

ZONE: Final = "europe-west1-b"
KEY: Final = f"projects/{PROJECT}/locations/europe-west1/keyRings/shop/cryptoKeys/disks/cryptoKeyVersions/1"


def add_rich(world: World) -> None:
    """A machine that trains models, with its disks and snapshots, and a range of addresses for a peering."""
    accelerator = {
        "acceleratorType": address_of(f"zones/{ZONE}/acceleratorTypes/nvidia-l4"),
        "acceleratorCount": 1,
    }
    affinity = {"key": "compute.googleapis.com/node-group-name", "operator": "IN", "values": ["ml"]}
    scheduling = {"automaticRestart": True, "onHostMaintenance": "TERMINATE", "nodeAffinities": [affinity]}
    extra = {"guestAccelerators": [accelerator], "scheduling": scheduling}
    world.machines.append(
        Machine("train-1", ZONE, "g2-standard-8", 100 * DAY, BUSY, labels={"team": "ml"}, extra=extra)
    )
    schedule = {"resourcePolicies": [address_of("regions/europe-west1/resourcePolicies/nightly")]}
    key = {"diskEncryptionKey": {"kmsKeyName": KEY}}
    origin = {"sourceSnapshot": address_of("global/snapshots/train-1-last")}
    world.disks += [
        Disk("train-1", ZONE, "pd-balanced", 100, 100 * DAY, "train-1", boot=True, extra={**schedule, **key}),
        Disk("train-1-data", ZONE, "pd-ssd", 400, 90 * DAY, "train-1", labels={"team": "ml"}, extra=origin),
        Disk("features", ZONE, "hyperdisk-balanced", 100, 90 * DAY, "train-1", description="features of the models"),
    ]
    kept = {
        "snapshotEncryptionKey": {"kmsKeyName": KEY},
        "chainName": "train",
        "architecture": "X86_64",
        "description": "before the move",
    }
    world.snapshots.append(
        Snapshot("train-1-last", 100, 40, 20 * DAY, f"zones/{ZONE}/disks/train-1", labels={"team": "ml"}, extra=kept)
    )
    peering = {"purpose": "VPC_PEERING", "prefixLength": 20, "network": address_of("global/networks/retail")}
    reserved = {**peering, "description": "for managed services"}
    world.addresses.append(
        Address(
            "peering", "europe-west1", "10.64.0.0", 300 * DAY, internal=True, labels={"team": "net"}, extra=reserved
        )
    )
