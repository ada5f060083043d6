"""Puts a world into moto's backends: the only module that knows moto's insides. A test reads each patched field back.

moto's own calls stamp the present on everything and choose random ids, so resources are made in its backends and then
given their id and their time.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"  # else 1,165 snapshots of strangers; read when moto is imported

from moto.ec2.models import ec2_backends
from moto.ec2.models.amis import Ami
from moto.ec2.models.block_device import BlockDeviceType
from moto.ec2.models.core import TaggedEC2Resource
from moto.ec2.models.elastic_block_store import VolumeAttachment
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.iam.models import iam_backends
from moto.moto_api._internal import mock_random
from moto.s3.models import PublicAccessBlock, get_canned_acl, s3_backends

from demo_cloud.names import PLATFORM
from demo_cloud.world import Address, Bucket, Door, Image, Instance, Nat, Place, SecurityGroup, Snapshot, Volume, World
from schemas.demo import (
    DEMO_ACCESS_KEY,
    DEMO_AMBIENT_KEYS,
    DEMO_EXTERNAL_ID,
    DEMO_ROLE_NAME,
    DEMO_SECRET,
)

KMS_KEY: Final = "arn:aws:kms:{region}:{account}:key/0de0cafe-0000-4000-8000-000000000001"
ATTACHMENT: Final[Any] = VolumeAttachment
BASE_IOPS: Final = {"gp3": 3000}
BASE_THROUGHPUT: Final = {"gp3": 125}


def seed(world: World) -> None:
    """Fill moto with the world. Once a process."""
    mock_random.seed(42)
    tagged: Any = TaggedEC2Resource
    tagged.get_tags = _tags_of
    for place in world.places.values():
        _PlaceSeeder(place, world.now).seed()
    for account, buckets in world.buckets.items():
        for bucket in buckets:
            _seed_bucket(account, bucket, world.now)
    for account, (key, secret) in DEMO_AMBIENT_KEYS.items():
        _seed_user(account, "cloud-operator", key, secret)
        _seed_role(account)
    _seed_user(PLATFORM, "cloud-sentinel", DEMO_ACCESS_KEY, DEMO_SECRET)


def _tags_of(resource: Any) -> list[dict[str, str]]:  # noqa: ANN401 - moto's model
    """The tags of one resource by its id. moto's own tries a regular expression on every tag of the region."""
    tags = resource.ec2_backend.tags.get(resource.id, {})
    return [{"key": key, "value": value, "resource_id": resource.id} for key, value in tags.items()]


def _permission(to: str) -> dict[str, str]:
    return {"Group": "all"} if to == "all" else {"UserId": to}


def _rename(kept: dict[str, Any], resource: Any, new_id: str) -> None:  # noqa: ANN401 - moto's model
    """Give a resource the id of the scenario."""
    del kept[resource.id]
    resource.id = new_id
    kept[new_id] = resource


class _PlaceSeeder:
    """Seeds one account's region."""

    def __init__(self, place: Place, now: datetime) -> None:
        self.place = place
        self.now = now.replace(tzinfo=None)
        self.backend: Any = ec2_backends[place.account][place.region]
        self.kms_key = KMS_KEY.format(region=place.region, account=place.account)
        self.instances: dict[str, Any] = {}

    def seed(self) -> None:
        for instance in self.place.instances:
            self._instance(instance)
        for volume in self.place.volumes:
            self._volume(volume)
        for snapshot in self.place.snapshots:
            self._snapshot(snapshot)
        for image in self.place.images:
            self._image(image)
        for address in self.place.addresses:
            self._address(address)
        for nat in self.place.nats:
            self._nat(nat)
        for default in self._defaults():
            default.ingress_rules, default.egress_rules = [], []
        for group in self.place.security_groups:
            self._security_group(group)

    def _ago(self, age: timedelta) -> datetime:
        return (self.now - age).replace(microsecond=0)

    def _tag(self, resource_id: str, tags: Mapping[str, str]) -> None:
        if tags:
            self.backend.tags[resource_id] = dict(tags)

    def _instance(self, plan: Instance) -> None:
        reservation = self.backend.run_instances(
            plan.image,
            1,
            None,
            [],
            instance_type=plan.kind,
            is_instance_type_default=True,
            region_name=self.place.region,
            placement=f"{self.place.region}a",
            block_device_mappings=[],
            associate_public_ip=False,
        )
        instance = reservation.instances[0]
        instance.id = plan.id
        self.instances[plan.id] = instance
        instance.launch_time = self._ago(plan.age)
        instance.platform_details = plan.platform
        instance.platform = "windows" if plan.platform == "Windows" else None
        for interface in instance.nics.values():
            interface.attach_time = instance.launch_time
        self._tag(plan.id, plan.tags)
        if plan.stopped_for is not None:
            self._stop(plan, plan.stopped_for)

    def _stop(self, plan: Instance, stopped_for: timedelta) -> None:
        instance = self.instances[plan.id]
        instance.stop()
        stopped_at = f"{self._ago(stopped_for):%Y-%m-%d %H:%M:%S} GMT"
        instance._reason = plan.stop_reason or f"User initiated ({stopped_at})"  # noqa: SLF001 - it has no setter

    def _volume(self, plan: Volume) -> None:
        volume = self.backend.create_volume(
            size=plan.size_gib,
            zone_name=f"{self.place.region}a",
            encrypted=plan.encrypted,
            kms_key_id=self.kms_key if plan.encrypted else None,
            volume_type=plan.kind,
            iops=plan.iops or BASE_IOPS.get(plan.kind),
            throughput=plan.throughput or BASE_THROUGHPUT.get(plan.kind),
        )
        _rename(self.backend.volumes, volume, plan.id)
        volume.create_time = self._ago(plan.age)
        self._tag(plan.id, plan.tags)
        if plan.attached_to:
            self._attach(volume, plan)

    def _attach(self, volume: Any, plan: Volume) -> None:  # noqa: ANN401 - moto's model
        """What moto's attach_volume does, without its walk over all instances for each volume."""
        instance = self.instances[plan.attached_to]
        volume.attachment = ATTACHMENT(volume, instance, plan.device, "attached")
        volume.attachment.attach_time = volume.create_time
        instance.block_device_mapping[plan.device] = BlockDeviceType(
            volume_id=plan.id,
            status="in-use",
            size=plan.size_gib,
            attach_time=volume.create_time,
            delete_on_termination=True,
        )

    def _snapshot(self, plan: Snapshot) -> None:
        source = self.backend.create_volume(plan.size_gib, f"{self.place.region}a", encrypted=True, kms_key_id="-")
        snapshot = self.backend.create_snapshot(source.id, plan.description, owner_id=plan.owner or None)
        self.backend.delete_volume(source.id)
        source.id = plan.source or self.place.volumes[-1].id
        _rename(self.backend.snapshots, snapshot, plan.id)
        snapshot.kms_key_id = self.kms_key
        snapshot.storage_tier = plan.tier
        snapshot.start_time = self._ago(plan.age)
        self._tag(plan.id, plan.tags)

    def _image(self, plan: Image) -> None:
        image: Any = Ami(self.backend, plan.id, name=plan.name, region_name=f"{self.place.region}a")
        self.backend.snapshots.pop(image.ebs_snapshot.id)
        image.ebs_snapshot = self.backend.snapshots[plan.snapshot_id]
        image.creation_date = self._ago(plan.age)
        image.name, image.description = plan.name, f"{plan.name}, built by the pipeline"
        image.image_location = f"{self.place.account}/{plan.name}"
        image.architecture, image.virtualization_type, image.root_device_type = "x86_64", "hvm", "ebs"
        image.last_launched_time = self._ago(plan.launched).isoformat() + "Z" if plan.launched else None
        if plan.shared_with:
            image.launch_permissions.append(_permission(plan.shared_with))
        self.backend.amis[plan.id] = image
        self._tag(plan.id, plan.tags)

    def _address(self, plan: Address) -> None:
        address = self.backend.allocate_address("vpc", address=plan.public_ip)
        address.id = address.allocation_id = plan.id
        self._tag(plan.id, plan.tags)
        if plan.instance_id:
            self.backend.associate_address(instance=self.instances[plan.instance_id], allocation_id=plan.id)
        elif plan.on_interface:
            interface = self.backend.create_network_interface(self._subnet(), None)
            self.backend.associate_address(eni=interface, allocation_id=plan.id)

    def _subnet(self) -> Any:  # noqa: ANN401 - moto's model
        return next(iter(self.backend.get_default_subnets().values()))

    def _nat(self, plan: Nat) -> None:
        self._address(Address(f"eipalloc-{plan.id.removeprefix('nat-')}", plan.public_ip))
        nat = self.backend.create_nat_gateway(self._subnet().id, f"eipalloc-{plan.id.removeprefix('nat-')}")
        _rename(self.backend.nat_gateways, nat, plan.id)
        nat._created_at = self._ago(plan.age)  # noqa: SLF001 - it has no setter
        self._tag(plan.id, plan.tags)

    def _defaults(self) -> list[Any]:
        """The default groups, which the cloud makes with every VPC and which let everything through."""
        return [one for vpc in self.backend.groups.values() for one in vpc.values() if one.name == "default"]

    def _security_group(self, plan: SecurityGroup) -> None:
        vpc_id = self._subnet().vpc_id
        if plan.default:
            group = next(one for one in self._defaults() if one.vpc_id == vpc_id)
        else:
            group = self.backend.create_security_group(plan.name, f"{plan.name} of the demo", vpc_id)
        _rename(self.backend.groups[vpc_id], group, plan.id)
        group.group_id = plan.id
        group.ingress_rules = [
            SecurityGroupRule(
                self.backend, door.protocol, plan.id, str(door.first), str(door.last), _whom(door), is_egress=False
            )
            for door in plan.doors
        ]
        for rule in group.egress_rules:
            rule.group_id = plan.id
        self._tag(plan.id, plan.tags)


def _whom(door: Door) -> dict[str, str]:
    return {"CidrIpv6" if ":" in door.who else "CidrIp": door.who}


def _seed_bucket(account: str, plan: Bucket, now: datetime) -> None:
    backend = s3_backends[account]["aws"]
    bucket = backend.create_bucket(plan.name, plan.region)
    bucket.creation_date = (now - plan.age).replace(microsecond=0)
    bucket.encryption = {"Rule": {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}}
    if plan.lifecycle != "none":
        bucket.set_lifecycle([_lifecycle_rule(plan.lifecycle)])
    if plan.blocked is not None:
        bucket.public_access_block = PublicAccessBlock(*plan.blocked)
    if plan.policy is not None:
        bucket.policy = json.dumps(plan.policy).encode()
    bucket.acl = get_canned_acl(plan.acl)
    if plan.tags:
        backend.tagger.tag_resource(bucket.arn, [{"Key": key, "Value": value} for key, value in plan.tags.items()])


def _lifecycle_rule(lifecycle: str) -> dict[str, Any]:
    return {
        "ID": "keep-a-year",
        "Filter": {"Prefix": ""},
        "Status": lifecycle.capitalize(),
        "Expiration": {"Days": "365"},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": "7"},
    }


def _seed_user(account: str, name: str, key_id: str, secret: str) -> None:
    backend = iam_backends[account]["aws"]
    backend.create_user("us-east-1", name)
    key = backend.create_access_key(name)
    del backend.access_keys[key.access_key_id]
    key.access_key_id, key.secret_access_key = key_id, secret
    backend.access_keys[key_id] = key


def _seed_role(account: str) -> None:
    """The read role, which trusts the scanner's principal with its external id and nobody else."""
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{PLATFORM}:user/cloud-sentinel"},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"sts:ExternalId": DEMO_EXTERNAL_ID}},
            }
        ],
    }
    iam_backends[account]["aws"].create_role(
        role_name=DEMO_ROLE_NAME,
        assume_role_policy_document=json.dumps(trust),
        path="/",
        permissions_boundary=None,
        description="Read-only role of the demo",
        tags=[],
        max_session_duration="3600",
    )
