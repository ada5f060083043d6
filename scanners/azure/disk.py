"""Azure managed disks: size, tier, attachment, I/O, price, and the disks that nobody uses."""

from __future__ import annotations

from datetime import datetime, timedelta

from scanners.azure.exports import reachable
from scanners.azure.scanner import AzureScanner
from scanners.core.disks import silent
from scanners.core.outcome import Outcome, excluded, exposed, insufficient_data, ok, wasted
from scanners.core.prices import Money
from scanners.core.resource import Resource, fact, metric, priced, resilience
from scanners.core.rules import security, waste
from scanners.core.series import Series

TYPE = "Microsoft.Compute/disks"
HELD_BY = ("kubernetes.io-created-for-pvc-name", "ASR-ReplicaDisk", "RSVaultBackup")
"""Tags of disks that a cluster's persistent volume claim, Site Recovery or Azure Backup holds."""
HELD_STATES = ("ActiveSAS", "ActiveSASFrozen", "ActiveUpload", "ReadyToUpload")
"""States of disks that are exported, imported or replicated just now."""
SIZES = ((4, 1), (8, 2), (16, 3), (32, 4), (64, 6), (128, 10), (256, 15), (512, 20), (1024, 30), (2048, 40),
         (4096, 50), (8192, 60), (16384, 70), (32767, 80))  # fmt: skip
"""The sizes that disks are billed in: up to so many GiB, the number of the tier."""
FAMILIES = {"Premium": "P", "StandardSSD": "E", "Standard": "S"}
SMALLEST_HDD = 4


class Disk(Resource):
    """One managed disk, as Resource Graph tells it."""

    id: str = fact("id", doc="Resource id, in lower case")
    name: str = fact("name")
    created_at: datetime = fact("properties.timeCreated")
    state: str = fact("properties.diskState", doc="Attached, Reserved (its machine is deallocated), Unattached …")
    size_gib: int = fact("properties.diskSizeGB", unit="GiB")
    sku: str = fact("sku.name")
    tier: str | None = fact("properties.tier", doc="The performance tier of a premium disk")
    iops: int | None = fact("properties.diskIOPSReadWrite", unit="IOPS")
    throughput: int | None = fact("properties.diskMBpsReadWrite", unit="MB/s")
    os_type: str | None = fact("properties.osType")
    vm_id: str | None = fact("managedBy", to="vm", doc="The machine it is attached to")
    changed_hands_at: datetime | None = fact(
        "properties.LastOwnershipUpdateTime",
        doc="When it, or its machine, was attached, detached, started or deallocated",
    )
    source: str | None = fact("properties.creationData.sourceResourceId", doc="What it was made from")
    encryption: str | None = fact("properties.encryption.type")
    network_access: str | None = fact("properties.networkAccessPolicy", doc="AllowAll, AllowPrivate or DenyAll")
    public_access: str | None = fact("properties.publicNetworkAccess", doc="Disabled, or (also null) Enabled")
    zones: list[str] | None = fact("zones")
    resource_group: str = fact("resourceGroup")
    reads: Series | None = metric(TYPE, "Composite Disk Read Operations/sec", unit="Count/Second", kind="gauge")
    writes: Series | None = metric(TYPE, "Composite Disk Write Operations/sec", unit="Count/Second", kind="gauge")
    monthly_cost: Money | None = priced("disk:{region}:{billed_tier}:{redundancy}")

    @resilience
    def multi_zone(self) -> bool:
        """It stands in three zones."""
        return self.redundancy == "ZRS"

    @property
    def measured(self) -> bool:
        """A disk reports its I/O only while a machine runs with it."""
        return self.state == "Attached"

    @property
    def redundancy(self) -> str:
        """``LRS`` or ``ZRS``."""
        return self.sku.rpartition("_")[2]

    @property
    def billed_tier(self) -> str | None:
        """``P10``: the tier that it is billed by. None for disks that are billed by what they are set to."""
        family = FAMILIES.get(self.sku.rpartition("_")[0])
        if family is None or self.tier:
            return self.tier
        number = next((number for gib, number in SIZES if self.size_gib <= gib), None)
        return None if number is None else f"{family}{max(number, SMALLEST_HDD) if family == 'S' else number}"


def unattached(disk: Disk, *, grace: timedelta = timedelta(days=7)) -> Outcome:
    """A zombie disk: attached to nothing, and not just created."""
    if disk.state in HELD_STATES:
        return excluded(f"in use without a machine: {disk.state}")
    if disk.state != "Unattached":
        return ok()
    if held := [tag for tag in HELD_BY if tag in disk.tags]:
        return excluded(f"held: tag {held[0]}")
    if disk.age <= grace:
        return excluded(f"created less than {grace.days} days ago")
    reason = f"attached to nothing, created {disk.age.days} days ago"
    seen = {"state": disk.state, "size_gib": disk.size_gib, "sku": disk.sku, "age_days": disk.age.days}
    return wasted(reason, severity="high", saves=disk.monthly_cost, evidence=seen)


def on_stopped_vm(disk: Disk, *, longest: timedelta = timedelta(days=30)) -> Outcome:
    """A disk that is paid for while its machine has long been deallocated."""
    if disk.state != "Reserved":
        return ok()
    since = disk.changed_hands_at
    if since is None:
        return insufficient_data("changed_hands_at")
    days = (disk.asof - since).days
    if disk.asof - since <= longest:
        return ok()
    seen = {"vm_id": disk.vm_id, "deallocated_at": since, "deallocated_days": days}
    reason = f"its machine has been deallocated for {days} days"
    return wasted(reason, severity="medium", saves=disk.monthly_cost, evidence=seen)


def idle(disk: Disk, *, days: int = 14) -> Outcome:
    """Attached to a running machine, and not once read or written."""
    if disk.state != "Attached":
        return ok()
    if (disk.changed_hands_at or disk.created_at) > disk.asof - timedelta(days=days):
        return excluded(f"attached or started less than {days} days ago")
    return silent(disk, {"reads": disk.reads, "writes": disk.writes}, {"vm_id": disk.vm_id})


def public(disk: Disk) -> Outcome:
    """Whoever is given a link to its content can download it from any network, and while one is out it works."""
    if not reachable(disk.network_access, disk.public_access):
        return ok()
    exported = disk.state in {"ActiveSAS", "ActiveSASFrozen"}
    seen = {"network_access": disk.network_access, "public_access": disk.public_access, "state": disk.state}
    reason = f"can be exported to any network{', and is just now' if exported else ''}"
    return exposed(reason, severity="high" if exported else "low", evidence=seen)


class DiskScanner(AzureScanner[Disk]):
    """Azure managed disks."""

    service, family = "disk", "compute"
    resource, resource_type = Disk, TYPE
    groups = ("storage",)
    rules = (
        waste("disk.unattached", unattached),
        waste("disk.on_stopped_vm", on_stopped_vm),
        waste("disk.idle", idle),
        security("disk.public", public),
    )
