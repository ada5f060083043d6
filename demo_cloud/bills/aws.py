"""The meters of the demo's AWS: every planted and healthy resource at its list price, and services beyond them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from demo_cloud.bills.charge import Meter, priced
from demo_cloud.names import DATA, FRANKFURT, IRELAND, RETAIL, VIRGINIA
from demo_cloud.planted.databases import Database
from demo_cloud.scenario import build_world
from demo_cloud.world import Bucket, Instance, Nat, Place, Snapshot, Volume

PREFIX: Final = {IRELAND: "EU-", VIRGINIA: "", FRANKFURT: "EUC1-"}
"""How usage types begin, by region."""
DAY_HOURS: Final = Decimal(24)
ENGINES: Final = {"mysql": "0002", "postgres": "0014", "mariadb": "0018", "aurora-mysql": "0016"}
BASE_IOPS: Final = {"gp3": 3000}
USED: Final = (
    # account, region, service, family, usage type, operation, unit, price key, a Monday's amount
    (RETAIL, IRELAND, "AmazonEC2", "Data Transfer", "DataTransfer-Out-Bytes", "RunInstances", "GB",
     "transfer:eu-west-1:internet-first10tb", 260),
    (RETAIL, IRELAND, "AmazonEC2", "NAT Gateway", "NatGateway-Bytes", "NatGateway", "GB", "nat:eu-west-1:gb", 310),
    (RETAIL, IRELAND, "AWSLambda", "Serverless", "Lambda-GB-Second", "Invoke", "Lambda-GB-Second",
     "lambda:eu-west-1:gb-second-x86", 540_000),
    (RETAIL, IRELAND, "AWSLambda", "Serverless", "Request", "Invoke", "Requests", "lambda:eu-west-1:request",
     9_000_000),
    (RETAIL, IRELAND, "AmazonCloudWatch", "Data Payload", "DataProcessing-Bytes", "PutLogEvents", "GB",
     "logs:eu-west-1:ingest", 46),
    (RETAIL, VIRGINIA, "AmazonEC2", "Data Transfer", "DataTransfer-Out-Bytes", "RunInstances", "GB",
     "transfer:us-east-1:internet-first10tb", 95),
    (RETAIL, VIRGINIA, "AmazonDynamoDB", "Amazon DynamoDB PayPerRequest Throughput", "WriteRequestUnits",
     "PayPerRequestThroughput", "WriteRequestUnits", "dynamodb:us-east-1:wru", 14_000_000),
    (RETAIL, FRANKFURT, "AmazonEC2", "Data Transfer", "DataTransfer-Out-Bytes", "RunInstances", "GB",
     "transfer:eu-central-1:internet-first10tb", 60),
    (DATA, VIRGINIA, "AmazonECS", "Compute", "Fargate-vCPU-Hours:perCPU", "FargateTask", "hours",
     "fargate:us-east-1:vcpu-x86", 420),
    (DATA, VIRGINIA, "AmazonECS", "Compute", "Fargate-GB-Hours", "FargateTask", "hours", "fargate:us-east-1:gb-x86",
     1_700),
    (DATA, VIRGINIA, "AmazonCloudWatch", "Data Payload", "DataProcessing-Bytes", "PutLogEvents", "GB",
     "logs:us-east-1:ingest", 30),
    (DATA, IRELAND, "AmazonEC2", "NAT Gateway", "NatGateway-Bytes", "NatGateway", "GB", "nat:eu-west-1:gb", 140),
    (DATA, FRANKFURT, "AmazonEC2", "Data Transfer", "DataTransfer-Out-Bytes", "RunInstances", "GB",
     "transfer:eu-central-1:internet-first10tb", 25),
)  # fmt: skip
"""What no scan lists: it is used, more on weekdays, and grows."""


def aws_meters(now: datetime) -> list[Meter]:
    """Every meter of both accounts; what the price list has no price for is left out."""
    world = build_world(now)
    meters = [meter for place in world.places.values() for meter in _of_place(place, now)]
    meters += [meter for account, held in world.buckets.items() for meter in _of_buckets(account, held, now)]
    return meters + [_used(*row) for row in USED]


def _of_place(place: Place, now: datetime) -> Iterator[Meter]:
    maker = Maker(place.account, place.region, now)
    for instance in place.instances:
        yield from maker.instance(instance)
    for volume in place.volumes:
        yield from maker.volume(volume)
    for snapshot in place.snapshots:
        yield from maker.snapshot(snapshot)
    for nat in place.nats:
        yield from maker.nat(nat)
    for address in place.addresses:
        state = "in_use" if address.instance_id or address.interface_id else "idle"
        kind = "InUseAddress" if state == "in_use" else "IdleAddress"
        arn = maker.arn("ec2", f"elastic-ip/{address.id}")
        yield from maker.hours(
            f"eip:{place.region}:{state}", "AmazonVPC", f"PublicIPv4:{kind}", "", arn, tags=address.tags
        )
    for database in place.of(Database):
        yield from maker.database(database)


def _of_buckets(account: str, held: Iterable[Bucket], now: datetime) -> Iterator[Meter]:
    for bucket in held:
        maker = Maker(account, bucket.region, now)
        yield from maker.kept(
            f"s3:{bucket.region}:standard", "AmazonS3", "TimedStorage-ByteHrs", "StandardStorage", bucket.name,
            amount=bucket.size_gib, family="Storage", begins=maker.since(bucket.age), tags=bucket.tags,
        )  # fmt: skip


def _used(account: str, region: str, service: str, family: str, usage: str, *rest: Any) -> Meter:  # noqa: ANN401 - a row
    operation, unit, key, amount = rest
    price = priced(key)
    assert price is not None, key
    return Meter(
        account, region, service, PREFIX[region] + usage, operation, unit, price, Decimal(amount), "used", family=family
    )


class Maker:
    """Makes the meters of one account and region."""

    def __init__(self, account: str, region: str, now: datetime) -> None:
        self._account, self._region, self._now = account, region, now

    def arn(self, service: str, resource: str) -> str:
        """As the bill names what has no short id."""
        return f"arn:aws:{service}:{self._region}:{self._account}:{resource}"

    def since(self, age: timedelta) -> date:
        """The day behind its creation: the first whole day."""
        return (self._now - age).date() + timedelta(days=1)

    def hours(self, key: str, service: str, usage: str, operation: str, resource: str, **more: Any) -> Iterator[Meter]:  # noqa: ANN401 - fields of a meter
        """What is billed by the hour, all day."""
        yield from self._meter(key, service, usage, operation, resource, unit="Hrs", amount=DAY_HOURS, **more)

    def kept(self, key: str, service: str, usage: str, operation: str, resource: str, **more: Any) -> Iterator[Meter]:  # noqa: ANN401 - fields of a meter
        """What is billed by what is kept for a month."""
        unit = {"unit": "GB-Mo", "basis": "month"}
        yield from self._meter(key, service, usage, operation, resource, **(unit | more))

    def _meter(self, key: str, service: str, usage: str, operation: str, resource: str, **more: Any) -> Iterator[Meter]:  # noqa: ANN401 - fields of a meter
        price = priced(key)
        if price is None:
            return
        amount = Decimal(str(more.pop("amount")))
        usage = PREFIX[self._region] + usage
        yield Meter(self._account, self._region, service, usage, operation, price=price, amount=amount,
                    resource=resource, **more)  # fmt: skip

    def instance(self, one: Instance) -> Iterator[Meter]:
        """An instance runs until it is stopped."""
        windows = one.platform.startswith("Windows")
        ends = None if one.stopped_for is None else (self._now - one.stopped_for).date()
        yield from self.hours(
            f"ec2:{self._region}:{one.kind}:{'windows' if windows else 'linux'}", "AmazonEC2", f"BoxUsage:{one.kind}",
            "RunInstances:0002" if windows else "RunInstances", one.id, family="Compute Instance", kind=one.kind,
            begins=self.since(one.age), ends=ends, tags=one.tags,
        )  # fmt: skip

    def volume(self, one: Volume) -> Iterator[Meter]:
        """A volume by its size, and by the operations that it is promised."""
        name, life = f"CreateVolume-{one.kind.capitalize()}", {"begins": self.since(one.age), "tags": one.tags}
        yield from self.kept(
            f"ebs:{self._region}:{one.kind}", "AmazonEC2", f"EBS:VolumeUsage.{one.kind}", name, one.id,
            amount=one.size_gib, family="Storage", kind=one.kind, **life,
        )  # fmt: skip
        extra = (one.iops or 0) - BASE_IOPS.get(one.kind, 0)
        if extra > 0:
            yield from self.kept(
                f"ebs.iops:{self._region}:{one.kind}", "AmazonEC2", f"EBS:VolumeP-IOPS.{one.kind}", name, one.id,
                amount=extra, unit="IOPS-Mo", family="System Operation", kind=one.kind, **life,
            )  # fmt: skip

    def snapshot(self, one: Snapshot) -> Iterator[Meter]:
        """A snapshot of its own."""
        if one.owner:
            return
        usage = "EBS:SnapshotArchiveStorage" if one.tier == "archive" else "EBS:SnapshotUsage"
        yield from self.kept(
            f"snapshot:{self._region}:{one.tier}", "AmazonEC2", usage, "CreateSnapshot",
            self.arn("ec2", f"snapshot/{one.id}"), amount=one.size_gib, family="Storage Snapshot",
            begins=self.since(one.age), tags=one.tags,
        )  # fmt: skip

    def nat(self, one: Nat) -> Iterator[Meter]:
        """A NAT gateway by the hour."""
        yield from self.hours(
            f"nat:{self._region}:hour", "AmazonEC2", "NatGateway-Hours", "NatGateway",
            self.arn("ec2", f"natgateway/{one.id}"), family="NAT Gateway", begins=self.since(one.age), tags=one.tags,
        )  # fmt: skip

    def database(self, one: Database) -> Iterator[Meter]:
        """A database by the hour while it runs, and its storage unless a cluster has it."""
        copies = "multi" if one.multi_az and not one.cluster else "single"
        arn, begins = self.arn("rds", f"db:{one.id}"), self.since(one.age)
        ends = None if one.stopped_for is None else (self._now - one.stopped_for).date()
        word = "Multi-AZUsage" if copies == "multi" else "InstanceUsage"
        operation = f"CreateDBInstance:{ENGINES.get(one.engine, '0021')}"
        yield from self.hours(
            f"rds:{self._region}:{one.engine}:{one.kind}:{copies}", "AmazonRDS", f"{word}:{one.kind}", operation, arn,
            family="Database Instance", kind=one.kind, begins=begins, ends=ends, tags=one.tags,
        )  # fmt: skip
        if not one.cluster:
            usage = f"RDS:{'Multi-AZ-' if copies == 'multi' else ''}{one.storage.upper()}-Storage"
            yield from self.kept(
                f"rds.storage:{self._region}:{one.storage}:{copies}", "AmazonRDS", usage, operation, arn,
                amount=one.size_gib, family="Database Storage", begins=begins, tags=one.tags,
            )  # fmt: skip
