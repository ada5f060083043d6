"""Instances, volumes, snapshots and images."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from moto.ec2.models.amis import Ami
from moto.ec2.models.block_device import BlockDeviceType
from moto.ec2.models.elastic_block_store import VolumeAttachment

from demo_cloud.seeding.site import Site, rename
from demo_cloud.world import Image, Instance, Snapshot, Volume

ATTACHMENT: Final[Any] = VolumeAttachment
BASE_IOPS: Final = {"gp3": 3000}
BASE_THROUGHPUT: Final = {"gp3": 125}


def seed(site: Site) -> None:
    """What computes and what it stores."""
    for instance in site.place.instances:
        _instance(site, instance)
    for volume in site.place.volumes:
        _volume(site, volume)
    for snapshot in site.place.snapshots:
        _snapshot(site, snapshot)
    for image in site.place.images:
        _image(site, image)


def _instance(site: Site, plan: Instance) -> None:
    reservation = site.backend.run_instances(
        plan.image,
        1,
        None,
        [],
        instance_type=plan.kind,
        is_instance_type_default=True,
        region_name=site.place.region,
        placement=f"{site.place.region}a",
        block_device_mappings=[],
        associate_public_ip=False,
    )
    instance = reservation.instances[0]
    instance.id = plan.id
    site.instances[plan.id] = instance
    instance.launch_time = site.ago(plan.age)
    instance.platform_details = plan.platform
    instance.platform = "windows" if plan.platform == "Windows" else None
    for interface in instance.nics.values():
        interface.attach_time = instance.launch_time
    site.tag(plan.id, plan.tags)
    if plan.stopped_for is not None:
        _stop(site, plan, plan.stopped_for)


def _stop(site: Site, plan: Instance, stopped_for: timedelta) -> None:
    instance = site.instances[plan.id]
    instance.stop()
    stopped_at = f"{site.ago(stopped_for):%Y-%m-%d %H:%M:%S} GMT"
    instance._reason = plan.stop_reason or f"User initiated ({stopped_at})"  # noqa: SLF001 - it has no setter


def _volume(site: Site, plan: Volume) -> None:
    volume = site.backend.create_volume(
        size=plan.size_gib,
        zone_name=f"{site.place.region}a",
        encrypted=plan.encrypted,
        kms_key_id=site.kms_key if plan.encrypted else None,
        volume_type=plan.kind,
        iops=plan.iops or BASE_IOPS.get(plan.kind),
        throughput=plan.throughput or BASE_THROUGHPUT.get(plan.kind),
    )
    rename(site.backend.volumes, volume, plan.id)
    volume.create_time = site.ago(plan.age)
    site.tag(plan.id, plan.tags)
    if plan.attached_to:
        _attach(site, volume, plan)


def _attach(site: Site, volume: Any, plan: Volume) -> None:  # noqa: ANN401 - moto's model
    """What moto's attach_volume does, without its walk over all instances for each volume."""
    instance = site.instances[plan.attached_to]
    volume.attachment = ATTACHMENT(volume, instance, plan.device, "attached")
    volume.attachment.attach_time = volume.create_time
    instance.block_device_mapping[plan.device] = BlockDeviceType(
        volume_id=plan.id,
        status="in-use",
        size=plan.size_gib,
        attach_time=volume.create_time,
        delete_on_termination=True,
    )


def _snapshot(site: Site, plan: Snapshot) -> None:
    source = site.backend.create_volume(plan.size_gib, f"{site.place.region}a", encrypted=True, kms_key_id="-")
    snapshot = site.backend.create_snapshot(source.id, plan.description, owner_id=plan.owner or None)
    site.backend.delete_volume(source.id)
    source.id = plan.source or site.place.volumes[-1].id
    rename(site.backend.snapshots, snapshot, plan.id)
    snapshot.encrypted, snapshot.kms_key_id = plan.encrypted, site.kms_key if plan.encrypted else None
    if plan.shared_with:
        told = {"all": snapshot.create_volume_permission_groups}
        told.get(plan.shared_with, snapshot.create_volume_permission_userids).add(plan.shared_with)
    snapshot.storage_tier = plan.tier
    snapshot.start_time = site.ago(plan.age)
    site.tag(plan.id, plan.tags)


def _image(site: Site, plan: Image) -> None:
    image: Any = Ami(site.backend, plan.id, name=plan.name, region_name=f"{site.place.region}a")
    site.backend.snapshots.pop(image.ebs_snapshot.id)
    image.ebs_snapshot = site.backend.snapshots[plan.snapshot_id]
    image.creation_date = site.ago(plan.age)
    image.name, image.description = plan.name, f"{plan.name}, built by the pipeline"
    image.image_location = f"{site.place.account}/{plan.name}"
    image.architecture, image.virtualization_type, image.root_device_type = "x86_64", "hvm", "ebs"
    image.last_launched_time = site.ago(plan.launched).isoformat() + "Z" if plan.launched else None
    if plan.shared_with:
        image.launch_permissions.append(_permission(plan.shared_with))
    site.backend.amis[plan.id] = image
    site.tag(plan.id, plan.tags)


def _permission(to: str) -> dict[str, str]:
    return {"Group": "all"} if to == "all" else {"UserId": to}
