"""Snapshots of databases: size, age, who may restore them, and those that were forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from scanners.aws.call import Call
from scanners.aws.scanner import AwsScanner
from scanners.core.outcome import Outcome, excluded, exposed, ok, wasted
from scanners.core.prices import Money
from scanners.core.resource import Resource, fact, priced, related
from scanners.core.rules import security, waste
from scanners.core.scanner import Ask

if TYPE_CHECKING:
    from scanners.aws.rds import Database

SHARING = Call(
    "rds", "describe_db_snapshot_attributes", DBSnapshotIdentifier="{id}", operation="DescribeDBSnapshotAttributes"
)
UPPER = "an upper bound: snapshots are incremental, and as much as the databases' own size is free"


class DbSnapshot(Resource):
    """One snapshot, as ``rds:DescribeDBSnapshots`` tells it."""

    id: str = fact("DBSnapshotIdentifier")
    created_at: datetime = fact("SnapshotCreateTime")
    tags: dict[str, str] = fact("TagList[].[Key, Value] || `[]`", doc="Tags, as key to value")
    state: str = fact("Status")
    kind: str = fact("SnapshotType", doc="manual, automated or awsbackup")
    database_id: str = fact("DBInstanceIdentifier", to="rds", doc="Database that it was made from")
    database_created_at: datetime | None = fact("InstanceCreateTime")
    engine: str | None = fact("Engine")
    engine_version: str | None = fact("EngineVersion")
    storage_gib: int = fact("AllocatedStorage", unit="GiB", doc="Size of the database's storage")
    storage_type: str | None = fact("StorageType")
    encrypted: bool = fact("Encrypted")
    kms_key_id: str | None = fact("KmsKeyId", to="kms")
    vpc_id: str | None = fact("VpcId", to="vpc")
    shared_with: list[str] = fact(
        "DBSnapshotAttributesResult.DBSnapshotAttributes[].AttributeValues[] || `[]`",
        via=SHARING,
        doc="Accounts that may restore it; all: everybody",
    )
    databases: list[Database] = related("database_id", keep=())
    monthly_cost: Money | None = priced(
        "rds.backup:{region}:standard",
        per="storage_gib",
        doc="Monthly list cost of the whole storage size: an upper bound, snapshots are incremental",
    )


def orphan(snapshot: DbSnapshot, *, longest: timedelta = timedelta(days=30)) -> Outcome:
    """Made by hand, and the database that it was made from is gone."""
    if snapshot.databases or snapshot.age <= longest:
        return ok()
    if snapshot.kind != "manual":
        return excluded(f"kept by the cloud: {snapshot.kind}")
    seen = {
        "database_id": snapshot.database_id,
        "age_days": snapshot.age.days,
        "storage_gib": snapshot.storage_gib,
        "saving_is": UPPER,
    }
    reason = f"its database is gone, {snapshot.age.days} days old"
    return wasted(reason, severity="medium", saves=snapshot.monthly_cost, evidence=seen)


def old(snapshot: DbSnapshot, *, longest: timedelta = timedelta(days=90)) -> Outcome:
    """Made by hand a long time ago, and nothing will ever delete it."""
    if snapshot.age <= longest:
        return ok()
    if snapshot.kind != "manual":
        return excluded(f"kept by the cloud: {snapshot.kind}")
    seen = {"age_days": snapshot.age.days, "storage_gib": snapshot.storage_gib, "saving_is": UPPER}
    reason = f"{snapshot.age.days} days old, made by hand"
    return wasted(reason, severity="low", saves=snapshot.monthly_cost, evidence=seen)


def public(snapshot: DbSnapshot) -> Outcome:
    """Everybody who has an AWS account can restore it, with all that is in it."""
    if "all" not in snapshot.shared_with:
        return ok()
    seen = {"shared_with": snapshot.shared_with, "database_id": snapshot.database_id}
    return exposed("open to everybody", severity="critical", evidence=seen)


def unencrypted(snapshot: DbSnapshot) -> Outcome:
    """It is not encrypted; snapshots that the cloud makes follow their database."""
    if snapshot.encrypted:
        return ok()
    if snapshot.kind != "manual":
        return excluded(f"kept by the cloud: {snapshot.kind}")
    seen = {"storage_gib": snapshot.storage_gib, "database_id": snapshot.database_id}
    return exposed("it is not encrypted", severity="low", evidence=seen)


class RdsSnapshotScanner(AwsScanner[DbSnapshot]):
    """Snapshots of database instances that the account owns."""

    service, family = "rds_snapshot", "rds"
    resource, resource_type = DbSnapshot, "AWS::RDS::DBSnapshot"
    groups = ("database",)
    listing = Call("rds", "describe_db_snapshots", "DBSnapshots", page_size=100, operation="DescribeDBSnapshots")
    arn = "arn:{partition}:rds:{region}:{account}:snapshot:{id}"
    tagged = False
    rules = (
        waste("db_snapshot.orphan", orphan),
        waste("db_snapshot.old", old),
        security("db_snapshot.public", public),
        security("db_snapshot.unencrypted", unencrypted),
    )

    async def enrich(self, ask: Ask, item: DbSnapshot) -> None:
        """Only snapshots made by hand can be shared."""
        if item.kind == "manual":
            await super().enrich(ask, item)
        else:
            item.__dict__["shared_with"] = []
