"""Snapshots of Compute Engine: what they hold, age, price, and those that were forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from scanners.core.outcome import Outcome, excluded, ok, wasted
from scanners.core.prices import Money
from scanners.core.resource import Resource, fact, priced, related, resilience
from scanners.core.rules import waste
from scanners.gcp.scanner import GcpScanner

if TYPE_CHECKING:
    from scanners.gcp.disk import Disk

GIB = 1024**3
MULTI_REGIONS = frozenset({"asia", "eu", "us"})


class Snapshot(Resource):
    """One snapshot, as the inventory tells it in the words of ``compute.snapshots.get``."""

    id: str = fact("assetName", doc="Full resource name")
    name: str = fact("name")
    created_at: datetime = fact("creationTimestamp")
    state: str = fact("status")
    disk_id: str | None = fact("sourceDisk", to="disk", doc="Disk it was made from")
    disk_size_gib: int = fact("to_number(diskSizeGb)", unit="GiB", doc="Size of the disk it was made from")
    stored_bytes: int | None = fact(
        "to_number(storageBytes)", unit="Bytes", doc="What it really takes, and what is billed"
    )
    storage_state: str | None = fact("storageBytesStatus", doc="UPDATING while the bytes still move between snapshots")
    locations: list[str] = fact("storageLocations || `[]`", doc="Regions or multi-regions where it is stored")
    kind: str | None = fact("snapshotType", doc="STANDARD or ARCHIVE")
    automatic: bool | None = fact("autoCreated", doc="Whether a schedule made it")
    schedule: str | None = fact("sourceSnapshotSchedulePolicy", doc="The schedule that made it")
    kms_key: str | None = fact("snapshotEncryptionKey.kmsKeyName", doc="The customer's key; null: Google's own")
    chain: str | None = fact("chainName")
    architecture: str | None = fact("architecture")
    text: str | None = fact("description", doc="Its description")
    disks: list[Disk] = related("disk_id", keep=())
    monthly_cost: Money | None = priced(
        "pd.snapshot:{where}:{tier}",
        per="stored_gib",
        doc="Monthly list cost of its bytes: an upper bound, what later snapshots need of them moves there",
    )

    @resilience
    def multi_region(self) -> bool:
        """It is stored in more than one region."""
        return any(place in MULTI_REGIONS for place in self.locations)

    @property
    def where(self) -> str:
        """The one location whose price it has; empty, and so without a price, where there are several."""
        return self.locations[0] if len(self.locations) == 1 else ""

    @property
    def tier(self) -> str:
        """Standard or archive."""
        return (self.kind or "STANDARD").lower()

    @property
    def stored_gib(self) -> float | None:
        """None while its size is not settled."""
        settled = self.storage_state in {None, "UP_TO_DATE"} and self.stored_bytes is not None
        return (self.stored_bytes or 0) / GIB if settled else None


def orphan(snapshot: Snapshot, *, longest: timedelta = timedelta(days=30)) -> Outcome:
    """The disk that it was made from is gone; an image made from a snapshot is a copy and needs none."""
    if snapshot.disks or snapshot.age <= longest:
        return ok()
    if snapshot.schedule:
        return excluded(f"made by the schedule {snapshot.schedule.rpartition('/')[2]}")
    seen = {**_seen(snapshot), "disk_id": snapshot.disk_id}
    reason = f"its disk is gone, {snapshot.age.days} days old"
    return wasted(reason, severity="medium", saves=snapshot.monthly_cost, evidence=seen)


def old(snapshot: Snapshot, *, longest: timedelta = timedelta(days=90)) -> Outcome:
    """An old snapshot that no schedule will delete."""
    if snapshot.age <= longest:
        return ok()
    if snapshot.schedule:
        return excluded(f"made by the schedule {snapshot.schedule.rpartition('/')[2]}")
    reason = f"{snapshot.age.days} days old, made by no schedule"
    return wasted(reason, severity="low", saves=snapshot.monthly_cost, evidence=_seen(snapshot))


def _seen(snapshot: Snapshot) -> dict[str, object]:
    return {
        "age_days": snapshot.age.days,
        "stored_bytes": snapshot.stored_bytes,
        "saving_is": "an upper bound: what later snapshots need of its bytes moves to them",
    }


class SnapshotScanner(GcpScanner[Snapshot]):
    """Snapshots of Compute Engine."""

    service, family = "snapshot", "compute"
    resource, resource_type = Snapshot, "compute.googleapis.com/Snapshot"
    groups = ("storage",)
    rules = (waste("snapshot.orphan", orphan), waste("snapshot.old", old))
