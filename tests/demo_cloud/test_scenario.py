"""The planted set: it is there, its money is right, nothing else claims to be it, and it is always the same."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from importlib import resources
from typing import Any

import pytest

from demo_cloud import EXPECTED, DemoCloud, Expected
from demo_cloud.scenario import build_world
from demo_cloud.world import World
from schemas.demo import DEMO_AMBIENT_KEYS
from tests.demo_cloud.clients import DATA, IRELAND, NOW, RETAIL, VIRGINIA, client

REGIONS = (IRELAND, VIRGINIA, "eu-central-1")
RULES = {
    "disk.unattached",
    "disk.on_stopped_vm",
    "disk.unencrypted",
    "disk.idle",
    "disk.previous_type",
    "image.unused",
    "nat.idle",
    "nic.orphan",
    "endpoint.idle",
    "lb.no_targets",
    "lb.idle",
    "firewall.open_to_world",
    "firewall.default_with_rules",
    "image.public",
    "snapshot.orphan",
    "snapshot.old",
    "ip.unassociated",
    "vm.idle",
    "vm.stopped",
    "bucket.no_lifecycle",
    "bucket.incomplete_uploads",
    "bucket.public",
    "db.idle",
    "db.stopped",
    "db.public",
    "db.unencrypted",
    "db_snapshot.orphan",
    "db_snapshot.old",
    "db_snapshot.public",
    "db_snapshot.unencrypted",
    "user.no_mfa",
    "user.unused",
    "access_key.old",
    "access_key.unused",
    "policy.full_access",
    "root.access_key",
    "root.no_mfa",
    "function.unused",
    "function.public",
    "log.no_retention",
    "trail.no_multi_region",
    "table.unused",
    "registry.no_lifecycle",
    "vm.previous_generation",
    "snapshot.public",
    "snapshot.unencrypted",
    "bucket.unencrypted",
    "queue.idle",
    "key.unused",
    "cluster.extended_support",
    "cluster.underutilized",
}
OWNED = (
    ("describe_instances", "Reservations[].Instances[]", "InstanceId", "instance"),
    ("describe_volumes", "Volumes[]", "VolumeId", "volume"),
    ("describe_snapshots", "Snapshots[]", "SnapshotId", "snapshot"),
    ("describe_images", "Images[]", "ImageId", "image"),
    ("describe_nat_gateways", "NatGateways[]", "NatGatewayId", "natgateway"),
    ("describe_security_groups", "SecurityGroups[]", "GroupId", "security-group"),
    ("describe_network_interfaces", "NetworkInterfaces[]", "NetworkInterfaceId", "network-interface"),
    ("describe_vpc_endpoints", "VpcEndpoints[]", "VpcEndpointId", "vpc-endpoint"),
)


OF_ONES_OWN = {"describe_snapshots": {"OwnerIds": ["self"]}, "describe_images": {"Owners": ["self"]}}
EXPOSED = {
    "snapshot.public",
    "snapshot.unencrypted",
    "bucket.unencrypted",
    "disk.unencrypted",
    "bucket.public",
    "image.public",
    "firewall.open_to_world",
    "firewall.default_with_rules",
    "db.public",
    "db.unencrypted",
    "db_snapshot.public",
    "db_snapshot.unencrypted",
    "user.no_mfa",
    "user.unused",
    "access_key.old",
    "access_key.unused",
    "policy.full_access",
    "root.access_key",
    "root.no_mfa",
    "function.public",
    "trail.no_multi_region",
}
UNPRICED = {
    "bucket.no_lifecycle",
    "bucket.incomplete_uploads",
    "log.no_retention",
    "registry.no_lifecycle",
    "cluster.underutilized",
}


@pytest.fixture(scope="module")
def seen(cloud: DemoCloud) -> dict[str, Any]:
    """Everything that can be listed, by ARN."""
    found: dict[str, Any] = {}
    for account in DEMO_AMBIENT_KEYS:
        for region in REGIONS:
            ec2 = client(cloud, "ec2", region, account)
            for operation, items, name, kind in OWNED:
                own = OF_ONES_OWN.get(operation, {})
                for item in ec2.get_paginator(operation).paginate(**own).search(items):
                    found[f"arn:aws:ec2:{region}:{account}:{kind}/{item[name]}"] = item
            for item in ec2.describe_addresses()["Addresses"]:
                found[f"arn:aws:ec2:{region}:{account}:elastic-ip/{item['AllocationId']}"] = item
            found |= _balancers(cloud, region, account) | _databases(cloud, region, account)
            found |= _programs(cloud, region, account) | _services(cloud, region, account)
        found |= _people(cloud, account)
    buckets = client(cloud, "s3", VIRGINIA, RETAIL).list_buckets()["Buckets"]
    return found | {f"arn:aws:s3:::{item['Name']}": item for item in buckets}


def _balancers(cloud: DemoCloud, region: str, account: str) -> dict[str, Any]:
    newer = client(cloud, "elbv2", region, account).describe_load_balancers()["LoadBalancers"]
    classic = client(cloud, "elb", region, account).describe_load_balancers()["LoadBalancerDescriptions"]
    arn = f"arn:aws:elasticloadbalancing:{region}:{account}:loadbalancer"
    named = {f"{arn}/{one['LoadBalancerName']}": {**one, "Type": "classic"} for one in classic}
    return {one["LoadBalancerArn"]: one for one in newer} | named


def _databases(cloud: DemoCloud, region: str, account: str) -> dict[str, Any]:
    rds = client(cloud, "rds", region, account)
    instances = rds.describe_db_instances()["DBInstances"]
    clusters = rds.describe_db_clusters()["DBClusters"]
    snapshots = rds.describe_db_snapshots()["DBSnapshots"]
    return (
        {one["DBInstanceArn"]: one for one in instances}
        | {one["DBClusterArn"]: one for one in clusters}
        | {one["DBSnapshotArn"]: one for one in snapshots}
    )


def _programs(cloud: DemoCloud, region: str, account: str) -> dict[str, Any]:
    functions = client(cloud, "lambda", region, account).list_functions()["Functions"]
    groups = client(cloud, "logs", region, account).describe_log_groups()["logGroups"]
    repositories = client(cloud, "ecr", region, account).describe_repositories()["repositories"]
    dynamo = client(cloud, "dynamodb", region, account)
    tables = [dynamo.describe_table(TableName=name)["Table"] for name in dynamo.list_tables()["TableNames"]]
    trails = client(cloud, "cloudtrail", VIRGINIA, account).describe_trails()
    return (
        {one["FunctionArn"]: one for one in functions}
        | {one["logGroupArn"]: one for one in groups}
        | {f"arn:aws:cloudtrail::{account}:account": trails}
        | {one["repositoryArn"]: one for one in repositories}
        | {one["TableArn"]: one for one in tables}
    )


def _services(cloud: DemoCloud, region: str, account: str) -> dict[str, Any]:
    sqs, kms = (client(cloud, service, region, account) for service in ("sqs", "kms"))
    eks, ecs = (client(cloud, service, region, account) for service in ("eks", "ecs"))
    urls = sqs.list_queues().get("QueueUrls", ())
    queues = [sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"] for url in urls]
    keys = [kms.describe_key(KeyId=one["KeyId"])["KeyMetadata"] for one in kms.list_keys()["Keys"]]
    clusters = [eks.describe_cluster(name=name)["cluster"] for name in eks.list_clusters()["clusters"]]
    return (
        {one["QueueArn"]: one for one in queues}
        | {one["Arn"]: one for one in keys}
        | {one["arn"]: one for one in clusters}
        | {arn: {"clusterArn": arn} for arn in ecs.list_clusters()["clusterArns"]}
    )


def _people(cloud: DemoCloud, account: str) -> dict[str, Any]:
    iam = client(cloud, "iam", VIRGINIA, account)
    users = iam.list_users()["Users"]
    keys = [key for one in users for key in iam.list_access_keys(UserName=one["UserName"])["AccessKeyMetadata"]]
    return (
        {one["Arn"]: one for one in (*users, *iam.list_policies(Scope="Local")["Policies"])}
        | {f"arn:aws:iam::{account}:access-key/{one['AccessKeyId']}": one for one in keys}
        | {f"arn:aws:iam::{account}:root": iam.get_account_summary()["SummaryMap"]}
    )


@pytest.fixture(scope="module")
def prices() -> dict[str, Decimal]:
    with resources.files("scanners.core").joinpath("prices.csv").open(encoding="utf-8") as file:
        return {row["key"]: Decimal(row["price"]) for row in csv.DictReader(file)}


@pytest.mark.parametrize("row", EXPECTED, ids=lambda row: f"{row.rule}-{row.resource_id[-24:]}")
def test_each_expected_resource_is_in_the_cloud(row: Expected, seen: dict[str, Any]) -> None:
    assert row.resource_id in seen
    assert row.outcome == ("exposed" if row.rule in EXPOSED else "waste")


def _money(terms: list[tuple[str, int]], prices: dict[str, Decimal]) -> Decimal | None:
    """Price x quantity, summed and rounded half up; None as soon as a price is not in the list."""
    if any(key not in prices for key, quantity in terms if quantity):
        return None
    amount = sum((prices[key] * quantity for key, quantity in terms if quantity), Decimal(0))
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


OVERSHADOWED = [
    row
    for row in EXPECTED
    if (row.rule == "disk.previous_type" and len([one for one in EXPECTED if one.resource_id == row.resource_id]) > 1)
    or (
        row.rule.endswith("snapshot.old")
        and (row.resource_id, row.rule.replace("old", "orphan")) in {(e.resource_id, e.rule) for e in EXPECTED}
    )
]
"""Findings whose money another finding of the same resource has."""


def _as_gp3(region: str, item: Any) -> list[tuple[str, int]]:
    """gp2 less gp3 with the same IOPS and throughput; an unknown price for magnetic disks, nothing for io1."""
    if item["VolumeType"] != "gp2":
        return [("unknown", 1)] if item["VolumeType"] == "standard" else []
    size = item["Size"]
    more = [(f"ebs.iops:{region}:gp3", -max(0, 3 * size - 3000)), (f"ebs.throughput:{region}:gp3", -125 * (size > 170))]
    return [(f"ebs:{region}:gp2", size), (f"ebs:{region}:gp3", -size), *more]


Terms = list[tuple[str, int]]


def _disk(region: str, item: Any, _: dict[str, Any]) -> Terms:
    kind, included = item["VolumeType"], {"gp3": 3000}.get(item["VolumeType"], 0)
    extra = [(f"ebs.throughput:{region}:gp3", item["Throughput"] - 125)] if kind == "gp3" else []
    paid = [(f"ebs.iops:{region}:{kind}", item.get("Iops", 0) - included)] if kind in {"gp3", "io1"} else []
    return [(f"ebs:{region}:{kind}", item["Size"]), *paid, *extra]


def _image(region: str, item: Any, seen: dict[str, Any]) -> Terms:
    parts = [one["Ebs"]["SnapshotId"] for one in item["BlockDeviceMappings"]]
    kept = [one for one in seen.values() if one.get("SnapshotId") in parts]
    return [(f"snapshot:{region}:standard", one["VolumeSize"]) for one in kept]


def _instance(region: str, item: Any, _: dict[str, Any]) -> Terms:
    system = "windows" if item["PlatformDetails"] == "Windows" else "linux"
    return [(f"ec2:{region}:{item['InstanceType']}:{system}", 730)]


def _stopped(region: str, item: Any, seen: dict[str, Any]) -> Terms:
    mine = [one for one in seen.values() if one.get("InstanceId") == item["InstanceId"] and "PublicIp" in one]
    return [(f"eip:{region}:in_use", 730 * len(mine))]


def _snapshot(region: str, item: Any, _: dict[str, Any]) -> Terms:
    return [(f"snapshot:{region}:{item['StorageTier']}", item["VolumeSize"])]


LB_KINDS = {"application": "alb", "network": "nlb", "classic": "clb"}


def _balancer(region: str, item: Any, _: dict[str, Any]) -> Terms:
    return [(f"elb:{region}:{LB_KINDS[item['Type']]}", 730)]


def _idle_database(region: str, item: Any, seen: dict[str, Any]) -> Terms:
    members = [one["DBInstanceIdentifier"] for one in item.get("DBClusterMembers", ())]
    paid = [one for one in seen.values() if one.get("DBInstanceIdentifier") in members and "DBInstanceArn" in one]
    return [
        (f"rds:{region}:{one['Engine']}:{one['DBInstanceClass']}:{'multi' if one['MultiAZ'] else 'single'}", 730)
        for one in paid or [item]
    ]


def _stopped_database(region: str, item: Any, _: dict[str, Any]) -> Terms:
    """What a cluster holds is measured: 80 GiB each."""
    if "DBClusterArn" in item:
        return [(f"rds.storage:{region}:aurora-standard", 80)]
    copies = "multi" if item["MultiAZ"] else "single"
    return [(f"rds.storage:{region}:{item['StorageType']}:{copies}", item["AllocatedStorage"])]


def _backup(region: str, item: Any, _: dict[str, Any]) -> Terms:
    return [(f"rds.backup:{region}:standard", item["AllocatedStorage"])]


def _function(region: str, item: Any, _: dict[str, Any]) -> Terms:
    """Nothing, but for what is provisioned: that stands in no price list."""
    return [("unknown", 1)] if item["FunctionName"].endswith("-warm") else []


def _table(region: str, item: Any, _: dict[str, Any]) -> Terms:
    units = item["ProvisionedThroughput"]
    reads, writes = units["ReadCapacityUnits"], units["WriteCapacityUnits"]
    return [(f"dynamodb:{region}:rcu", reads * 730), (f"dynamodb:{region}:wcu", writes * 730)]


def _queue(region: str, item: Any, _: dict[str, Any]) -> Terms:
    """Who asks a queue in vain asks every five seconds."""
    return [(f"sqs:{region}:standard", 720 * 730 * item["QueueArn"].endswith("-polled"))]


def _kubernetes(region: str, _: Any, __: dict[str, Any]) -> Terms:
    return [(f"eks:{region}:cluster-extended", 730), (f"eks:{region}:cluster", -730)]


def _as_successor(region: str, item: Any, _: dict[str, Any]) -> Terms:
    family, size = item["InstanceType"].split(".")
    successor = {"m3": "m5", "m4": "m5", "c4": "c5"}[family]
    return [(f"ec2:{region}:{family}.{size}:linux", 730), (f"ec2:{region}:{successor}.{size}:linux", -730)]


TERMS: dict[str, Callable[[str, Any, dict[str, Any]], Terms]] = {
    "disk.unattached": _disk,
    "disk.on_stopped_vm": _disk,
    "disk.idle": _disk,
    "disk.previous_type": lambda region, item, _: _as_gp3(region, item),
    "nat.idle": lambda region, _, __: [(f"nat:{region}:hour", 730)],
    "nic.orphan": lambda region, item, _: [(f"eip:{region}:in_use", 730 * ("Association" in item))],
    "endpoint.idle": lambda region, item, _: [(f"vpce:{region}:interface", 730 * len(item["SubnetIds"]))],
    "lb.no_targets": _balancer,
    "lb.idle": _balancer,
    "image.unused": _image,
    "snapshot.old": _snapshot,
    "snapshot.orphan": _snapshot,
    "ip.unassociated": lambda region, _, __: [(f"eip:{region}:idle", 730)],
    "vm.idle": _instance,
    "vm.previous_generation": _as_successor,
    "table.unused": _table,
    "function.unused": _function,
    "queue.idle": _queue,
    "key.unused": lambda region, _, __: [(f"kms:{region}:key", 1)],
    "cluster.extended_support": _kubernetes,
    "db.idle": _idle_database,
    "db.stopped": _stopped_database,
    "db_snapshot.orphan": _backup,
    "db_snapshot.old": _backup,
    "vm.stopped": _stopped,
}
"""By rule: prices and quantities of what the saving is."""


def _terms(row: Expected, item: Any, seen: dict[str, Any]) -> Terms:
    return TERMS[row.rule](row.resource_id.split(":")[3], item, seen)


@pytest.mark.parametrize(
    "row",
    [row for row in EXPECTED if row.outcome == "waste" and row.rule not in UNPRICED],
    ids=lambda row: f"{row.rule}-{row.resource_id[-24:]}",
)
def test_each_saving_is_size_times_price(row: Expected, seen: dict[str, Any], prices: dict[str, Decimal]) -> None:
    alone = _money(_terms(row, seen[row.resource_id], seen), prices)
    assert row.saving == (alone if alone is None or row not in OVERSHADOWED else Decimal("0.00"))
    assert row.currency == (None if row.saving is None else "USD")


def test_each_rule_is_planted_in_both_accounts_but_for_the_denied_service() -> None:
    by_rule = {rule: {row.account for row in EXPECTED if row.rule == rule} for rule in RULES}
    assert {row.rule for row in EXPECTED} == RULES
    alone = ("bucket.", "root.", "trail.")
    assert all(accounts == {RETAIL, DATA} for rule, accounts in by_rule.items() if not rule.startswith(alone))
    assert by_rule["trail.no_multi_region"] == {DATA}
    assert (by_rule["root.access_key"], by_rule["root.no_mfa"]) == ({RETAIL}, {DATA})
    assert by_rule["bucket.public"] == by_rule["bucket.no_lifecycle"] == {RETAIL}
    assert by_rule["bucket.incomplete_uploads"] == by_rule["bucket.unencrypted"] == {RETAIL}


def test_no_finding_is_written_twice() -> None:
    assert len({(row.resource_id, row.rule) for row in EXPECTED}) == len(EXPECTED)


def test_near_misses_are_there_and_not_expected(seen: dict[str, Any]) -> None:
    near = [arn for arn in seen if re.search(r"-0de0[12][eac]19", arn)]
    assert len(near) >= 20
    assert not {row.resource_id for row in EXPECTED} & set(near)


def test_ids_look_like_the_clouds_own(seen: dict[str, Any]) -> None:
    ids = [arn.rpartition("/")[2] for arn in seen if ":ec2:" in arn]
    assert [
        one for one in ids if not re.fullmatch(r"(i|vol|snap|ami|nat|sg|eipalloc|eni|vpce)-[0-9a-f]{17}", one)
    ] == []


def _counts(world: World) -> dict[str, int]:
    return {f"{account}/{region}": len(place.instances) for (account, region), place in world.places.items()}


def test_the_same_now_gives_the_same_answers(seen: dict[str, Any], cloud: DemoCloud) -> None:
    with DemoCloud.start(now=NOW) as again:
        for operation in ("describe_instances", "describe_volumes", "describe_snapshots", "describe_addresses"):
            answers = [getattr(client(one, "ec2"), operation)() for one in (cloud, again)]
            for answer in answers:
                answer.pop("ResponseMetadata")
            assert answers[0] == answers[1]


def test_scale_multiplies_the_healthy_rest_and_nothing_else() -> None:
    one, three = (build_world(NOW, scale=scale) for scale in (1, 3))
    planted = {
        item.id for place in one.places.values() for items in place.lists() for item in items if "-0de0" in item.id
    }
    again = {
        item.id for place in three.places.values() for items in place.lists() for item in items if "-0de0" in item.id
    }
    assert planted == again
    assert sum(_counts(three).values()) > 2 * sum(_counts(one).values())


@pytest.mark.slow
def test_ten_thousand_resources_are_all_listed() -> None:
    world = build_world(NOW, scale=25)
    assert sum(1 for _ in world.owned()) >= 10_000
    with DemoCloud.start(now=NOW, scale=25) as cloud:
        assert cloud.resources >= 10_000
        pages = client(cloud, "ec2").get_paginator("describe_instances").paginate()
        listed = sorted(pages.search("Reservations[].Instances[].InstanceId"))
    assert listed == sorted(instance.id for instance in world.place(RETAIL, IRELAND).instances)
