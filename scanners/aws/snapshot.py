"""Amazon EBS snapshots of one's own: size, age, tier, price, and those that were forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from scanners.aws.call import Call
from scanners.aws.scanner import AwsScanner
from scanners.core.outcome import Outcome, excluded, exposed, ok, wasted
from scanners.core.prices import Money
from scanners.core.resource import Resource, fact, priced, related
from scanners.core.rules import security, waste

if TYPE_CHECKING:
    from scanners.aws.ebs import Volume
    from scanners.aws.image import Image

MANAGED_BY = ("aws:backup:", "aws:dlm:", "dlm:managed")
"""How the tags begin that AWS Backup and lifecycle policies put on their snapshots."""


PUBLIC = Call(
    *("ec2", "describe_snapshots", "Snapshots"), page_size=500, OwnerIds=["self"], RestorableByUserIds=["all"]
)


class PublicSnapshot(Resource):
    """A snapshot of one's own that everybody may make a volume of."""

    id: str = fact("SnapshotId")


class Snapshot(Resource):
    """One snapshot, as ``ec2:DescribeSnapshots`` tells it."""

    id: str = fact("SnapshotId")
    created_at: datetime = fact("StartTime")
    state: str = fact("State")
    volume_id: str | None = fact("VolumeId", to="ebs", doc="Volume it was made from")
    volume_size_gib: int = fact("VolumeSize", unit="GiB", doc="Size of the volume it was made from")
    stored_bytes: int | None = fact("FullSnapshotSizeInBytes", unit="Bytes", doc="Size of all its blocks")
    tier: str | None = fact("StorageTier")
    encrypted: bool = fact("Encrypted")
    text: str | None = fact("Description", doc="Its description")
    images: list[Image] = related("id", by="snapshot_ids", keep=())
    volumes: list[Volume] = related("volume_id", keep=())
    public: list[PublicSnapshot] = related("id", keep=(), listing=PUBLIC)
    monthly_cost: Money | None = priced(
        "snapshot:{region}:{price_tier}",
        per="volume_size_gib",
        doc="Monthly list cost of the whole volume size: an upper bound, snapshots are incremental",
    )

    @property
    def price_tier(self) -> str:
        """Standard or archive."""
        return self.tier or "standard"


def orphan(snapshot: Snapshot, *, longest: timedelta = timedelta(days=30)) -> Outcome:
    """The volume that it was made from is gone, and no own image uses it."""
    if snapshot.volumes or snapshot.images or snapshot.age <= longest:
        return ok()
    if managed := _managed(snapshot):
        return excluded(f"managed by a backup plan or lifecycle policy: tag {managed}")
    seen = {
        "volume_id": snapshot.volume_id,
        "age_days": snapshot.age.days,
        "volume_size_gib": snapshot.volume_size_gib,
        "saving_is": "an upper bound: snapshots are incremental",
    }
    reason = f"its volume is gone, no image uses it, {snapshot.age.days} days old"
    return wasted(reason, severity="medium", saves=snapshot.monthly_cost, evidence=seen)


def old(snapshot: Snapshot, *, longest: timedelta = timedelta(days=90)) -> Outcome:
    """An old snapshot that no image uses and no backup plan will delete."""
    if snapshot.age <= longest:
        return ok()
    if managed := _managed(snapshot):
        return excluded(f"managed by a backup plan or lifecycle policy: tag {managed}")
    if snapshot.images:
        return excluded(f"used by the image {snapshot.images[0].id}")
    seen = {
        "age_days": snapshot.age.days,
        "volume_size_gib": snapshot.volume_size_gib,
        "saving_is": "an upper bound: snapshots are incremental",
    }
    reason = f"{snapshot.age.days} days old, used by no image, managed by no policy"
    return wasted(reason, severity="low", saves=snapshot.monthly_cost, evidence=seen)


def _managed(snapshot: Snapshot) -> str | None:
    return next((tag for tag in sorted(snapshot.tags) if tag.startswith(MANAGED_BY)), None)


def public(snapshot: Snapshot) -> Outcome:
    """Everybody who has an AWS account can make a volume of it, with all that is on it."""
    if not snapshot.public:
        return ok()
    seen = {"volume_size_gib": snapshot.volume_size_gib, "encrypted": snapshot.encrypted}
    return exposed("open to everybody", severity="critical", evidence=seen)


def unencrypted(snapshot: Snapshot) -> Outcome:
    """What it holds lies there unencrypted."""
    if snapshot.encrypted:
        return ok()
    seen = {"encrypted": False, "volume_id": snapshot.volume_id}
    return exposed("the snapshot is not encrypted", severity="low", evidence=seen)


class SnapshotScanner(AwsScanner[Snapshot]):
    """Amazon EBS snapshots that the account owns."""

    service, family = "snapshot", "ec2"
    resource, resource_type = Snapshot, "AWS::EC2::Snapshot"
    groups = ("storage",)
    listing = Call("ec2", "describe_snapshots", "Snapshots", page_size=500, OwnerIds=["self"])
    arn = "arn:{partition}:ec2:{region}:{account}:snapshot/{id}"
    rules = (
        waste("snapshot.orphan", orphan),
        waste("snapshot.old", old),
        security("snapshot.public", public),
        security("snapshot.unencrypted", unencrypted),
    )
