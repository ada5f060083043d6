"""Each field that the seeder patches in the emulator, read back through the real SDK."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from demo_cloud import DemoCloud
from tests.demo_cloud.clients import DATA, IRELAND, NOW, RETAIL, VIRGINIA, client


def _instance(cloud: DemoCloud, instance_id: str, account: str = RETAIL, region: str = IRELAND) -> Any:
    answer = client(cloud, "ec2", region, account).describe_instances(InstanceIds=[instance_id])
    return answer["Reservations"][0]["Instances"][0]


def _volume(cloud: DemoCloud, volume_id: str, account: str = RETAIL, region: str = IRELAND) -> Any:
    return client(cloud, "ec2", region, account).describe_volumes(VolumeIds=[volume_id])["Volumes"][0]


def _snapshot(cloud: DemoCloud, snapshot_id: str, account: str = RETAIL, region: str = IRELAND) -> Any:
    return client(cloud, "ec2", region, account).describe_snapshots(SnapshotIds=[snapshot_id])["Snapshots"][0]


def test_a_running_instance_tells_launch_type_platform_and_place(cloud: DemoCloud) -> None:
    instance = _instance(cloud, "i-0de01e10000000021")
    assert instance["LaunchTime"] == NOW - timedelta(days=220)
    assert instance["InstanceType"] == "m5.large"
    assert instance["PlatformDetails"] == "Linux/UNIX"
    assert instance["State"]["Name"] == "running"
    assert instance["Placement"]["AvailabilityZone"] == "eu-west-1a"
    assert instance["SubnetId"].startswith("subnet-")


def test_a_windows_instance_says_so(cloud: DemoCloud) -> None:
    instance = _instance(cloud, "i-0de02e10000000022", DATA)
    assert (instance["PlatformDetails"], instance["Platform"].lower()) == ("Windows", "windows")


def test_a_stopped_instance_tells_when_it_was_stopped(cloud: DemoCloud) -> None:
    instance = _instance(cloud, "i-0de01e10000000001")
    assert instance["State"]["Name"] == "stopped"
    assert instance["StateTransitionReason"] == "User initiated (2026-10-07 04:00:00 GMT)"
    assert instance["StateReason"]["Code"] == "Client.UserInitiatedShutdown"


def test_a_stop_of_the_clouds_own_tells_no_date(cloud: DemoCloud) -> None:
    instance = _instance(cloud, "i-0de01c19000000001", region="eu-central-1")
    assert instance["StateTransitionReason"] == "Server.ScheduledStop: Stopped due to scheduled retirement"


def test_an_instance_names_its_disks_and_its_address(cloud: DemoCloud) -> None:
    instance = _instance(cloud, "i-0de01e10000000001")
    disks = {one["DeviceName"]: one["Ebs"]["VolumeId"] for one in instance["BlockDeviceMappings"]}
    assert disks == {"/dev/sda1": "vol-0de01e10000000011", "/dev/sdf": "vol-0de01e10000000012"}
    assert instance["PublicIpAddress"] == "203.0.113.11"


def test_a_group_member_carries_the_groups_tag(cloud: DemoCloud) -> None:
    instance = _instance(cloud, "i-0de01c19000000021", region="eu-central-1")
    assert {"Key": "aws:autoscaling:groupName", "Value": "checkout-asg"} in instance["Tags"]


def test_a_loose_volume_tells_size_type_age_and_key(cloud: DemoCloud) -> None:
    volume = _volume(cloud, "vol-0de01e10000000001")
    assert volume["CreateTime"] == NOW - timedelta(days=41)
    assert (volume["State"], volume["VolumeType"], volume["Size"]) == ("available", "gp3", 100)
    assert (volume["Iops"], volume["Throughput"]) == (3000, 125)
    assert volume["KmsKeyId"] == "arn:aws:kms:eu-west-1:111111111111:key/0de0cafe-0000-4000-8000-000000000001"
    assert volume["Tags"] == [{"Key": "Name", "Value": "cart-db-old"}]
    assert volume["Attachments"] == []


def test_paid_iops_and_throughput_are_told(cloud: DemoCloud) -> None:
    io1 = _volume(cloud, "vol-0de01a10000000002", region=VIRGINIA)
    gp3 = _volume(cloud, "vol-0de02a10000000003", DATA, VIRGINIA)
    assert (io1["VolumeType"], io1["Iops"]) == ("io1", 1000)
    assert (gp3["Iops"], gp3["Throughput"]) == (6000, 250)


def test_an_attached_volume_tells_since_when_and_to_what(cloud: DemoCloud) -> None:
    volume = _volume(cloud, "vol-0de01e10000000012")
    attachment = volume["Attachments"][0]
    assert (volume["State"], attachment["InstanceId"], attachment["Device"]) == (
        "in-use",
        "i-0de01e10000000001",
        "/dev/sdf",
    )
    assert attachment["AttachTime"] == NOW - timedelta(days=480)


def test_an_unencrypted_volume_has_no_key(cloud: DemoCloud) -> None:
    volume = _volume(cloud, "vol-0de01e10000000002")
    assert volume["Encrypted"] is False
    assert "KmsKeyId" not in volume


def test_an_exemption_tells_its_last_day(cloud: DemoCloud) -> None:
    over = _volume(cloud, "vol-0de02a10000000002", DATA, VIRGINIA)
    holds = _volume(cloud, "vol-0de02a19000000001", DATA, VIRGINIA)
    assert over["Tags"] == [{"Key": "cloud-sentinel:ignore", "Value": "2026-11-11"}]
    assert holds["Tags"] == [{"Key": "cloud-sentinel:ignore", "Value": "2026-12-21"}]


def test_a_snapshot_tells_size_age_tier_and_text(cloud: DemoCloud) -> None:
    snapshot = _snapshot(cloud, "snap-0de01e10000000001")
    volumes = list(client(cloud, "ec2").get_paginator("describe_volumes").paginate().search("Volumes[]"))
    assert snapshot["StartTime"] == NOW - timedelta(days=120)
    assert (snapshot["VolumeSize"], snapshot["StorageTier"], snapshot["Encrypted"]) == (100, "standard", True)
    assert (snapshot["OwnerId"], snapshot["VolumeId"]) == (RETAIL, volumes[-1]["VolumeId"])
    assert snapshot["Description"] == "before the 4.2 release"
    assert _snapshot(cloud, "snap-0de01e10000000041")["VolumeId"] == "vol-0de0dead000000001"
    assert _snapshot(cloud, "snap-0de01e10000000003")["StorageTier"] == "archive"


def test_only_who_asks_for_own_snapshots_sees_no_strangers(cloud: DemoCloud) -> None:
    ec2 = client(cloud, "ec2")
    everybody = {one["OwnerId"] for one in ec2.describe_snapshots()["Snapshots"]}
    own = {one["OwnerId"] for one in ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]}
    assert (everybody, own) == ({RETAIL, "888888888888"}, {RETAIL})


def test_an_image_names_the_snapshot_that_it_needs(cloud: DemoCloud) -> None:
    image = client(cloud, "ec2").describe_images(Owners=["self"])["Images"][0]
    assert image["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"] == "snap-0de01e19000000002"
    assert image["CreationDate"] == "2024-12-21T04:00:00.000Z"


@pytest.mark.parametrize(
    ("allocation", "instance", "associated"),
    [
        ("eipalloc-0de01e10000000001", None, False),
        ("eipalloc-0de01e10000000011", "i-0de01e10000000001", True),
        ("eipalloc-0de01e19000000001", None, True),
    ],
)
def test_addresses_tell_what_they_point_to(
    cloud: DemoCloud, allocation: str, instance: str | None, associated: bool
) -> None:
    address = client(cloud, "ec2").describe_addresses(AllocationIds=[allocation])["Addresses"][0]
    assert (address.get("InstanceId") or None) == instance
    assert ("AssociationId" in address) is associated
    assert bool(address.get("NetworkInterfaceId")) is associated


def test_buckets_tell_age_and_place(cloud: DemoCloud) -> None:
    s3 = client(cloud, "s3", VIRGINIA)
    created = {one["Name"]: one["CreationDate"] for one in s3.list_buckets()["Buckets"]}
    assert created["retail-checkout-logs"] == NOW - timedelta(days=900)
    assert s3.get_bucket_location(Bucket="retail-checkout-logs")["LocationConstraint"] == IRELAND
    assert s3.get_bucket_location(Bucket="retail-db-dumps")["LocationConstraint"] is None


def test_buckets_tell_lifecycle_encryption_block_and_tags(cloud: DemoCloud) -> None:
    s3 = client(cloud, "s3", VIRGINIA)
    rules = s3.get_bucket_lifecycle_configuration(Bucket="retail-db-dumps")["Rules"]
    block = s3.get_public_access_block(Bucket="retail-website-next")["PublicAccessBlockConfiguration"]
    encryption = s3.get_bucket_encryption(Bucket="retail-website")["ServerSideEncryptionConfiguration"]["Rules"]
    assert [rule["Status"] for rule in rules] == ["Disabled"]
    assert (block["BlockPublicPolicy"], block["RestrictPublicBuckets"]) == (False, True)
    assert encryption[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    assert s3.get_bucket_tagging(Bucket="retail-legal-hold")["TagSet"] == [
        {"Key": "cloud-sentinel:ignore", "Value": "true"}
    ]


def test_an_open_acl_names_everybody(cloud: DemoCloud) -> None:
    grants = client(cloud, "s3", VIRGINIA).get_bucket_acl(Bucket="retail-uploads-2019")["Grants"]
    assert "http://acs.amazonaws.com/groups/global/AllUsers" in {one["Grantee"].get("URI") for one in grants}


@pytest.mark.parametrize(
    ("bucket", "public"), [("retail-website", True), ("retail-website-next", True), ("retail-intranet", False)]
)
def test_policy_status_follows_from_the_policy(cloud: DemoCloud, bucket: str, public: bool) -> None:
    status = client(cloud, "s3", VIRGINIA).get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]
    assert status["IsPublic"] is public


def test_regions_are_the_scenarios(cloud: DemoCloud) -> None:
    ec2 = client(cloud, "ec2")
    every = {one["RegionName"]: one["OptInStatus"] for one in ec2.describe_regions(AllRegions=True)["Regions"]}
    assert every == {
        "eu-west-1": "opt-in-not-required",
        "us-east-1": "opt-in-not-required",
        "eu-central-1": "opt-in-not-required",
        "me-south-1": "not-opted-in",
    }
    assert len(ec2.describe_regions()["Regions"]) == 3


def test_an_image_tells_its_age_its_snapshot_and_who_may_use_it(cloud: DemoCloud) -> None:
    ec2 = client(cloud, "ec2", "eu-central-1", RETAIL)
    image = ec2.describe_images(ImageIds=["ami-0de01c19000000051"])["Images"][0]
    assert (image["CreationDate"][:10], image["LastLaunchedTime"][:10]) == ("2026-01-25", "2026-08-24")
    assert image["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"] == "snap-0de01c19000000051"
    assert (image["Public"], image["OwnerId"], image["Architecture"]) == (False, RETAIL, "x86_64")
    data = client(cloud, "ec2", VIRGINIA, DATA)
    assert data.describe_images(ImageIds=["ami-0de02a19000000051"])["Images"][0]["Public"] is False
    told = data.describe_image_attribute(ImageId="ami-0de02a19000000051", Attribute="launchPermission")
    assert told["LaunchPermissions"] == [{"UserId": RETAIL}]


def test_a_nat_gateway_tells_its_age_and_its_address(cloud: DemoCloud) -> None:
    ec2 = client(cloud, "ec2", IRELAND, RETAIL)
    nat = ec2.describe_nat_gateways(NatGatewayIds=["nat-0de01e10000000061"])["NatGateways"][0]
    assert nat["CreateTime"] == NOW - timedelta(days=300)
    assert (nat["State"], nat["NatGatewayAddresses"][0]["PublicIp"]) == ("available", "203.0.113.101")
    assert nat["Tags"] == [{"Key": "Name", "Value": "old-office"}]


def test_a_security_group_tells_its_rules(cloud: DemoCloud) -> None:
    rules = client(cloud, "ec2", IRELAND, DATA).describe_security_group_rules()["SecurityGroupRules"]
    told = [one for one in rules if one["GroupId"] == "sg-0de02e10000000001" and not one["IsEgress"]]
    assert [(one["IpProtocol"], one["FromPort"], one["ToPort"], one["CidrIpv6"]) for one in told] == [
        ("tcp", 5000, 6000, "::/0")
    ]


def test_default_groups_have_no_rules_but_the_planted_ones(cloud: DemoCloud) -> None:
    for region, planted in ((IRELAND, 0), (VIRGINIA, 1)):
        groups = client(cloud, "ec2", region, RETAIL).describe_security_groups()["SecurityGroups"]
        default = [one for one in groups if one["GroupName"] == "default"]
        assert [len(one["IpPermissions"]) + len(one["IpPermissionsEgress"]) for one in default] == [planted]
