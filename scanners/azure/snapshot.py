"""Azure snapshots: size, age, source, price, and those that were forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from scanners.azure.exports import reachable
from scanners.azure.scanner import AzureScanner
from scanners.core.outcome import Outcome, excluded, exposed, ok, wasted
from scanners.core.prices import Money
from scanners.core.resource import Resource, fact, priced, related, resilience
from scanners.core.rules import security, waste

if TYPE_CHECKING:
    from scanners.azure.disk import Disk

MANAGED_BY = ("RSVaultBackup", "AzureBackup", "ASR-")
"""How the tags begin that Azure Backup and Site Recovery put on their snapshots."""
UPPER_BOUND = "an upper bound: what a snapshot holds is billed, and an incremental one holds less than the disk"


class Snapshot(Resource):
    """One snapshot, as Resource Graph tells it."""

    id: str = fact("id", doc="Resource id, in lower case")
    name: str = fact("name")
    created_at: datetime = fact("properties.timeCreated")
    size_gib: int = fact("properties.diskSizeGB", unit="GiB", doc="Size of the disk it was made from")
    sku: str = fact("sku.name")
    incremental: bool | None = fact("properties.incremental")
    source: str | None = fact("properties.creationData.sourceResourceId", to="disk", doc="What it was made from")
    state: str | None = fact("properties.diskState")
    os_type: str | None = fact("properties.osType")
    encryption: str | None = fact("properties.encryption.type")
    network_access: str | None = fact("properties.networkAccessPolicy")
    public_access: str | None = fact("properties.publicNetworkAccess")
    resource_group: str = fact("resourceGroup")
    disks: list[Disk] = related("source", keep=())
    monthly_cost: Money | None = priced(
        "snapshot:{region}:{price_tier}", per="size_gib", doc=f"Monthly list cost of the whole size: {UPPER_BOUND}"
    )

    @resilience
    def multi_zone(self) -> bool:
        """It stands in three zones."""
        return self.sku.endswith("_ZRS")

    @property
    def price_tier(self) -> str:
        """``standard-lrs``: how the price list calls its SKU."""
        return self.sku.lower().replace("_", "-")


def orphan(snapshot: Snapshot, *, longest: timedelta = timedelta(days=30)) -> Outcome:
    """The disk that it was made from is gone."""
    if snapshot.source is None or "/disks/" not in snapshot.source or snapshot.disks or snapshot.age <= longest:
        return ok()
    if managed := _managed(snapshot):
        return excluded(f"managed by a backup: tag {managed}")
    reason = f"its disk is gone, {snapshot.age.days} days old"
    seen = {"source": snapshot.source, **_size(snapshot)}
    return wasted(reason, severity="medium", saves=snapshot.monthly_cost, evidence=seen)


def old(snapshot: Snapshot, *, longest: timedelta = timedelta(days=90)) -> Outcome:
    """An old snapshot that no backup will delete."""
    if snapshot.age <= longest:
        return ok()
    if managed := _managed(snapshot):
        return excluded(f"managed by a backup: tag {managed}")
    reason = f"{snapshot.age.days} days old, managed by no backup"
    return wasted(reason, severity="low", saves=snapshot.monthly_cost, evidence=_size(snapshot))


def _managed(snapshot: Snapshot) -> str | None:
    return next((tag for tag in sorted(snapshot.tags) if tag.startswith(MANAGED_BY)), None)


def _size(snapshot: Snapshot) -> dict[str, object]:
    return {"age_days": snapshot.age.days, "size_gib": snapshot.size_gib, "saving_is": UPPER_BOUND}


def public(snapshot: Snapshot) -> Outcome:
    """Whoever is given a link to its content can download it from any network."""
    if not reachable(snapshot.network_access, snapshot.public_access):
        return ok()
    seen = {"network_access": snapshot.network_access, "public_access": snapshot.public_access}
    return exposed("can be exported to any network", severity="low", evidence=seen)


class SnapshotScanner(AzureScanner[Snapshot]):
    """Azure snapshots."""

    service, family = "snapshot", "compute"
    resource, resource_type = Snapshot, "Microsoft.Compute/snapshots"
    groups = ("storage",)
    rules = (waste("snapshot.orphan", orphan), waste("snapshot.old", old), security("snapshot.public", public))
