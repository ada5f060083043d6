"""Machine images of one's own: what they are, who may use them, and those that nothing is started from."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from scanners.aws.call import Call
from scanners.aws.scanner import AwsScanner
from scanners.core.outcome import Outcome, excluded, exposed, ok, wasted
from scanners.core.prices import total
from scanners.core.resource import Resource, fact, related
from scanners.core.rules import security, waste

if TYPE_CHECKING:
    from scanners.aws.ec2 import Instance
    from scanners.aws.snapshot import Snapshot

PERMISSIONS = Call("ec2", "describe_image_attribute", ImageId="{id}", Attribute="launchPermission")


class Image(Resource):
    """One image, as ``ec2:DescribeImages`` tells it."""

    id: str = fact("ImageId")
    created_at: datetime = fact("CreationDate")
    name: str = fact("Name")
    text: str | None = fact("Description", doc="Its description")
    state: str = fact("State")
    public: bool = fact("Public", doc="Whether everybody may start it")
    owner: str = fact("OwnerId")
    location: str | None = fact("ImageLocation")
    architecture: str | None = fact("Architecture")
    platform_details: str | None = fact("PlatformDetails")
    root_device_type: str | None = fact("RootDeviceType")
    virtualization: str | None = fact("VirtualizationType")
    last_launched: datetime | None = fact("LastLaunchedTime", doc="When an instance was last started from it")
    deprecated_at: datetime | None = fact("DeprecationTime")
    snapshot_ids: list[str] = fact(
        "BlockDeviceMappings[].Ebs.SnapshotId", to="snapshot", doc="Snapshots that it consists of"
    )
    shared_with: list[str] = fact("LaunchPermissions[].UserId", via=PERMISSIONS, doc="Accounts that may use it")
    instances: list[Instance] = related("id", by="image_id", keep=())
    snapshots: list[Snapshot] = related("snapshot_ids", keep=("monthly_cost",))


def unused(image: Image, *, longest: timedelta = timedelta(days=90)) -> Outcome:
    """An old image from which nothing runs, and from which nothing was started for as long.

    Launch templates are not read, because they hold user data and with it secrets: one that names the image and was
    used (an Auto Scaling group's too) shows in the last launch.
    """
    launched = image.last_launched or image.created_at
    if image.age <= longest or image.instances or image.asof - launched <= longest:
        return ok()
    if image.public or image.shared_with:
        return excluded(f"shared with {'everybody' if image.public else ', '.join(image.shared_with)}")
    known = len(image.snapshots) == len(image.snapshot_ids)
    seen = {
        "age_days": image.age.days,
        "last_launched": image.last_launched,
        "launch_templates": "not looked at",
        "snapshots": {one.id: one.monthly_cost for one in image.snapshots},
        "saving_is": "an upper bound: snapshots are incremental",
    }
    saves = total(one.monthly_cost for one in image.snapshots) if known else None
    reason = f"{image.age.days} days old, no instance runs from it and none was started lately"
    return wasted(reason, severity="low", saves=saves, evidence=seen)


def public(image: Image) -> Outcome:
    """Everybody can start this image, and read what is on its disks."""
    if not image.public:
        return ok()
    return exposed("open to everybody", severity="high", evidence={"public": True, "name": image.name})


class ImageScanner(AwsScanner[Image]):
    """Machine images (AMIs) that the account owns."""

    service, family = "image", "ec2"
    resource, resource_type = Image, "AWS::EC2::Image"
    groups = ("compute",)
    listing = Call("ec2", "describe_images", "Images", page_size=500, Owners=["self"])
    arn = "arn:{partition}:ec2:{region}:{account}:image/{id}"
    rules = (waste("image.unused", unused), security("image.public", public))
