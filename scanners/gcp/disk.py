"""Persistent disks of Compute Engine: size, type, attachment, I/O, price, and the disks that nobody uses."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from scanners.core.disks import only_on_stopped, silent
from scanners.core.outcome import Outcome, excluded, insufficient_data, ok, wasted
from scanners.core.prices import Money
from scanners.core.resource import Resource, fact, metric, priced, related, resilience
from scanners.core.rules import waste
from scanners.core.series import Series
from scanners.gcp.scanner import GcpScanner

if TYPE_CHECKING:
    from scanners.gcp.instance import Instance

CLAIM = "kubernetes.io/created-for/pvc/name"
"""What Kubernetes writes into the description of a disk that a persistent volume claim holds."""
CLUSTER_LABEL = "goog-k8s-cluster-name"
BY_CAPACITY = frozenset({"pd-standard", "pd-balanced", "pd-ssd"})
"""Types that are billed by their size alone; the others' operations and throughput are billed too."""


class Disk(Resource):
    """One disk, as the inventory tells it in the words of ``compute.disks.get``."""

    id: str = fact("assetName", doc="Full resource name")
    name: str = fact("name")
    created_at: datetime = fact("creationTimestamp")
    state: str = fact("status")
    disk_type: str = fact("last_part(type)")
    size_gib: int = fact("to_number(sizeGb)", unit="GiB")
    zone: str | None = fact("last_part(zone)", doc="Null for a regional disk")
    replica_zones: list[str] = fact("replicaZones[].last_part(@) || `[]`")
    iops: int | None = fact("to_number(provisionedIops)", unit="IOPS")
    throughput: int | None = fact("to_number(provisionedThroughput)", unit="MiB/s")
    text: str | None = fact("description", doc="Its description")
    attached_at: datetime | None = fact("lastAttachTimestamp", doc="When it was last attached")
    detached_at: datetime | None = fact("lastDetachTimestamp", doc="When it was last detached")
    kms_key: str | None = fact("diskEncryptionKey.kmsKeyName", doc="The customer's key; null: Google's own")
    snapshot: str | None = fact("sourceSnapshot", to="snapshot", doc="Snapshot it was made from")
    image: str | None = fact("sourceImage", doc="Image it was made from")
    schedules: list[str] = fact("resourcePolicies || `[]`", doc="Snapshot schedules")
    architecture: str | None = fact("architecture")
    instance_ids: list[str] = fact("users || `[]`", to="instance", doc="Instances it is attached to")
    instances: list[Instance] = related(
        "instance_ids",
        keep=("state", "stopped_at", "last_started_at", "created_at", "number", "devices", "boot_disks"),
    )
    read_ops: Series | None = metric("compute.googleapis.com", "instance/disk/read_ops_count", unit="Count")
    write_ops: Series | None = metric("compute.googleapis.com", "instance/disk/write_ops_count", unit="Count")
    monthly_cost: Money | None = priced(
        "pd:{region}:{price_type}", per="billed_gib", doc="Monthly list cost of its size"
    )

    @resilience
    def multi_zone(self) -> bool:
        """It stands in two zones."""
        return bool(self.replica_zones)

    @resilience
    def backed_up(self) -> bool:
        """A schedule takes snapshots of it."""
        return bool(self.schedules)

    @property
    def price_type(self) -> str:
        """A regional disk is two, and has a price of its own."""
        return f"{self.disk_type}-regional" if self.replica_zones else self.disk_type

    @property
    def billed_gib(self) -> int | None:
        """None where the size is not all that is billed."""
        return self.size_gib if self.disk_type in BY_CAPACITY else None

    @property
    def measured(self) -> bool:
        """A disk reports its I/O as a device of the one running instance that has it."""
        return len(self.instances) == 1 and self.instances[0].state == "RUNNING" and bool(self.device)

    @property
    def instance_number(self) -> str:
        """The number of the instance that has it."""
        return self.instances[0].number

    @property
    def device(self) -> str:
        """What the instance calls it; empty where it does not name it."""
        return self.instances[0].devices.get(self.id, "")


def unattached(disk: Disk, *, grace: timedelta = timedelta(days=7)) -> Outcome:
    """A zombie disk: attached to nothing, and neither just created nor just detached."""
    if disk.instance_ids:
        return ok()
    if CLUSTER_LABEL in disk.tags or CLAIM in (disk.text or ""):
        return excluded("held by a Kubernetes volume claim")
    since = max(disk.created_at, disk.detached_at or disk.created_at)
    days = (disk.asof - since).days
    if disk.asof - since <= grace:
        return excluded(f"created or detached less than {grace.days} days ago")
    seen = {
        "size_gib": disk.size_gib,
        "age_days": disk.age.days,
        "unattached_days": days,
        "detached_at": disk.detached_at,
    }
    return wasted(f"attached to nothing for {days} days", severity="high", saves=disk.monthly_cost, evidence=seen)


def on_stopped_vm(disk: Disk, *, longest: timedelta = timedelta(days=30)) -> Outcome:
    """A disk that is paid for while every instance it is attached to has long been stopped."""
    return only_on_stopped(disk, "TERMINATED", longest)


def idle(disk: Disk, *, days: int = 14) -> Outcome:
    """Attached to a running instance, and not once read or written."""
    if not disk.instance_ids:
        return ok()
    if len(disk.instances) < len(disk.instance_ids):
        return insufficient_data("instances")
    running = [instance for instance in disk.instances if instance.state == "RUNNING"]
    if not running:
        return ok()
    io = {"read_ops": disk.read_ops, "write_ops": disk.write_ops}
    found = silent(disk, io, {"instance_ids": disk.instance_ids})
    booted = [one for one in running if disk.id in one.boot_disks] if found.kind == "waste" else []
    if any(disk.asof - one.started_at < timedelta(days=days) for one in booted):
        return excluded(f"boot disk of an instance started less than {days} days ago")
    return found


class DiskScanner(GcpScanner[Disk]):
    """Persistent disks of Compute Engine."""

    service, family = "disk", "compute"
    resource, resource_type = Disk, "compute.googleapis.com/Disk"
    groups = ("storage",)
    monitored = "gce_instance"
    series: ClassVar = {"resource.labels.instance_id": "instance_number", "metric.labels.device_name": "device"}
    rules = (
        waste("disk.unattached", unattached),
        waste("disk.on_stopped_vm", on_stopped_vm),
        waste("disk.idle", idle),
    )
