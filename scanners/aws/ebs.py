"""Amazon EBS volumes: size, type, attachment, I/O, price, and the volumes that nobody uses."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from scanners.aws.call import Call
from scanners.aws.scanner import AwsScanner
from scanners.core.disks import only_on_stopped, silent
from scanners.core.outcome import Outcome, excluded, exposed, insufficient_data, ok, wasted
from scanners.core.prices import Money, difference
from scanners.core.resource import Resource, fact, metric, priced, related, resilience
from scanners.core.rules import security, waste
from scanners.core.series import Series

if TYPE_CHECKING:
    from scanners.aws.ec2 import Instance
    from scanners.aws.snapshot import Snapshot

HELD_BY = ("kubernetes.io/created-for/pvc/name", "aws:backup:source-resource")
"""Tags of volumes that a cluster's persistent volume claim or AWS Backup holds."""
IO2_FIRST_TIER = 32_000
AS_GP3 = priced(
    "ebs:{region}:gp3",
    per="size_gib",
    also={"ebs.iops:{region}:gp3": "gp2_iops", "ebs.throughput:{region}:gp3": "gp2_throughput"},
)
"""What a gp2 volume would cost as gp3, at the same IOPS and throughput."""
SUCCESSORS = {"gp2": "gp3", "standard": "gp3", "io1": "io2"}

State = Literal["creating", "available", "in-use", "deleting", "deleted", "error"]


class Volume(Resource):
    """One volume, as ``ec2:DescribeVolumes`` tells it."""

    id: str = fact("VolumeId")
    created_at: datetime = fact("CreateTime")
    state: State = fact("State")
    volume_type: str = fact("VolumeType")
    size_gib: int = fact("Size", unit="GiB")
    iops: int | None = fact("Iops", unit="IOPS")
    throughput: int | None = fact("Throughput", unit="MiB/s")
    encrypted: bool = fact("Encrypted")
    kms_key: str | None = fact("KmsKeyId", to="kms")
    zone: str = fact("AvailabilityZone")
    snapshot_id: str | None = fact("SnapshotId", to="snapshot", doc="Snapshot it was made from")
    multi_attach: bool | None = fact("MultiAttachEnabled")
    instance_ids: list[str] = fact("Attachments[].InstanceId", to="ec2", doc="Instances it is attached to")
    devices: list[str] = fact("Attachments[].Device", doc="What the instances call it")
    instances: list[Instance] = related("instance_ids", keep=("state", "state_reason", "created_at", "root_device"))
    copies: list[Snapshot] = related("id", by="volume_id", keep=())
    read_ops: Series | None = metric("AWS/EBS", "VolumeReadOps", unit="Count")
    write_ops: Series | None = metric("AWS/EBS", "VolumeWriteOps", unit="Count")
    monthly_cost: Money | None = priced(
        "ebs:{region}:{volume_type}",
        per="size_gib",
        also={"ebs.iops:{region}:{volume_type}": "paid_iops", "ebs.throughput:{region}:gp3": "paid_throughput"},
        doc="Monthly list cost of size, paid IOPS and paid throughput (requests of magnetic volumes not included)",
    )

    @resilience
    def backed_up(self) -> bool:
        """A snapshot of it exists."""
        return bool(self.copies)

    @property
    def measured(self) -> bool:
        """A volume reports I/O only while it is attached."""
        return self.state == "in-use"

    @property
    def paid_iops(self) -> int | None:
        """gp3 includes 3,000 IOPS; io1 and io2 pay all, io2 above 32,000 at a tier that the price list lacks."""
        match self.volume_type:
            case "gp3":
                return max(0, (self.iops or 0) - 3000)
            case "io1" | "io2":
                return None if self.volume_type == "io2" and (self.iops or 0) > IO2_FIRST_TIER else self.iops
            case _:
                return 0

    @property
    def paid_throughput(self) -> int:
        """gp3 includes 125 MiB/s."""
        return max(0, (self.throughput or 0) - 125) if self.volume_type == "gp3" else 0

    @property
    def gp2_iops(self) -> int:
        """What gp2 gives beyond the 3,000 IOPS that gp3 includes: 3 a GiB, 16,000 at most."""
        return max(0, min(3 * self.size_gib, 16_000) - 3000)

    @property
    def gp2_throughput(self) -> int:
        """What gp2 gives beyond the 125 MiB/s that gp3 includes: 250 above 170 GiB, else as good as the same (128)."""
        return 125 if self.size_gib > 170 else 0  # noqa: PLR2004 - see above


def unattached(volume: Volume, *, grace: timedelta = timedelta(days=7)) -> Outcome:
    """A zombie disk: attached to nothing, and not just created."""
    if volume.state != "available":
        return ok()
    if held := [tag for tag in HELD_BY if tag in volume.tags]:
        return excluded(f"held: tag {held[0]}")
    if volume.age <= grace:
        return excluded(f"created less than {grace.days} days ago")
    reason = f"attached to nothing, created {volume.age.days} days ago"
    seen = {"state": volume.state, "size_gib": volume.size_gib, "age_days": volume.age.days}
    return wasted(reason, severity="high", saves=volume.monthly_cost, evidence=seen)


def on_stopped_vm(volume: Volume, *, longest: timedelta = timedelta(days=30)) -> Outcome:
    """A disk that is paid for while every instance it is attached to has long been stopped."""
    return only_on_stopped(volume, "stopped", longest)


def idle(volume: Volume, *, days: int = 14) -> Outcome:
    """Attached to a running instance, and not once read or written."""
    if not volume.instance_ids:
        return ok()
    if len(volume.instances) < len(volume.instance_ids):
        return insufficient_data("instances")
    running = [instance for instance in volume.instances if instance.state == "running"]
    if not running:
        return ok()
    io = {"read_ops": volume.read_ops, "write_ops": volume.write_ops}
    found = silent(volume, io, {"instance_ids": volume.instance_ids})
    booted = [one for one in running if one.root_device in volume.devices] if found.kind == "waste" else []
    if any(one.age < timedelta(days=days) for one in booted):
        return excluded(f"root disk of an instance launched less than {days} days ago")
    return found


def previous_type(volume: Volume, *, largest_gib: int = 16_384) -> Outcome:
    """An older type of disk: gp3 does what gp2 and magnetic disks do, io2 what io1 does.

    The saving compares the prices at equal IOPS and throughput. It is zero from io1 to io2, and unknown for magnetic
    disks, whose requests are billed too.
    """
    if volume.volume_type not in SUCCESSORS or volume.size_gib > largest_gib:
        return ok()
    successor = SUCCESSORS[volume.volume_type]
    saves = Money(Decimal(0)) if successor == "io2" else None
    if volume.volume_type == "gp2":
        saves = difference(volume.monthly_cost, AS_GP3.cost(volume))
        if saves is not None and saves.amount <= 0:
            return excluded("gp3 with the same IOPS and throughput costs no less")
    seen = {"volume_type": volume.volume_type, "successor": successor, "size_gib": volume.size_gib}
    return wasted(f"{volume.volume_type} has the successor {successor}", severity="low", saves=saves, evidence=seen)


def unencrypted(volume: Volume) -> Outcome:
    """A disk whose content, and every snapshot of it, lies there unencrypted."""
    if volume.encrypted:
        return ok()
    return exposed(
        "the volume is not encrypted",
        severity="medium",
        evidence={"encrypted": volume.encrypted, "state": volume.state},
    )


class EbsScanner(AwsScanner[Volume]):
    """Amazon EBS volumes."""

    service, family = "ebs", "ec2"
    resource, resource_type = Volume, "AWS::EC2::Volume"
    groups = ("storage",)
    listing = Call("ec2", "describe_volumes", "Volumes", page_size=500)
    arn = "arn:{partition}:ec2:{region}:{account}:volume/{id}"
    dimension = "VolumeId"
    rules = (
        waste("disk.unattached", unattached),
        waste("disk.on_stopped_vm", on_stopped_vm),
        waste("disk.idle", idle),
        waste("disk.previous_type", previous_type),
        security("disk.unencrypted", unencrypted),
    )
