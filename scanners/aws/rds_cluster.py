"""Database clusters (Aurora and Multi-AZ): members, storage, protection, and those that nobody asks."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from scanners.aws.call import Call
from scanners.aws.scanner import AwsScanner
from scanners.core.databases import long_stopped
from scanners.core.outcome import Outcome, excluded, exposed, insufficient_data, ok, unmeasured, wasted
from scanners.core.prices import Money
from scanners.core.resource import Resource, fact, metric, priced, related, resilience
from scanners.core.rules import security, waste
from scanners.core.series import Series

if TYPE_CHECKING:
    from scanners.aws.rds import Database

GIB = 1024**3


class DbCluster(Resource):
    """One cluster, as ``rds:DescribeDBClusters`` tells it."""

    id: str = fact("DBClusterIdentifier")
    created_at: datetime = fact("ClusterCreateTime")
    tags: dict[str, str] = fact("TagList[].[Key, Value] || `[]`", doc="Tags, as key to value")
    state: str = fact("Status")
    engine: str = fact("Engine")
    engine_version: str | None = fact("EngineVersion")
    engine_mode: str | None = fact("EngineMode", doc="provisioned or serverless")
    member_ids: list[str] = fact("DBClusterMembers[].DBInstanceIdentifier || `[]`", to="rds")
    multi_az: bool | None = fact("MultiAZ", doc="Whether its members stand in several zones")
    zones: list[str] = fact("AvailabilityZones[] || `[]`", doc="Zones that its storage may use")
    subnet_group: str | None = fact("DBSubnetGroup")
    security_groups: list[str] = fact("VpcSecurityGroups[].VpcSecurityGroupId || `[]`", to="security_group")
    encrypted: bool = fact("StorageEncrypted")
    kms_key_id: str | None = fact("KmsKeyId", to="kms")
    storage_type: str | None = fact("StorageType")
    backup_days: int = fact("BackupRetentionPeriod", unit="d", doc="How long automated backups are kept")
    delete_protection: bool | None = fact("DeletionProtection")
    iam_login: bool | None = fact("IAMDatabaseAuthenticationEnabled")
    port: int | None = fact("Port")
    members: list[Database] = related("member_ids", keep=("monthly_cost",))
    connections: Series | None = metric("AWS/RDS", "DatabaseConnections", unit="Count", kind="gauge", days=14)
    stored: Series | None = metric("AWS/RDS", "VolumeBytesUsed", unit="Bytes", kind="level", doc="Bytes stored")
    storage_cost: Money | None = priced(
        "rds.storage:{region}:{kept_as}", per="stored_gib", doc="Monthly list cost of its storage"
    )

    @property
    def kept_as(self) -> str | None:
        """How the price list calls its storage."""
        return "aurora-standard" if self.storage_type == "aurora" else self.storage_type

    @property
    def stored_gib(self) -> float | None:
        """Size as it is billed; None where it is not measured."""
        return self.stored.last / GIB if self.stored else None

    @resilience
    def several_members(self) -> bool:
        """Another member takes over when one fails."""
        return len(self.member_ids) > 1

    @resilience
    def backed_up(self) -> bool:
        """It is backed up every day."""
        return self.backup_days > 0

    @resilience
    def protected(self) -> bool:
        """Nobody can delete it by mistake."""
        return bool(self.delete_protection)


def idle(cluster: DbCluster, *, grace: timedelta = timedelta(days=14)) -> Outcome:
    """Nobody connects to any of its members: in two weeks not one connection."""
    if cluster.state != "available" or not cluster.member_ids:
        return ok()
    if cluster.age <= grace:
        return excluded(f"created less than {grace.days} days ago")
    lacking = unmeasured(connections=cluster.connections)
    if lacking or cluster.connections is None:
        return insufficient_data(*lacking)
    if cluster.connections.max:
        return ok()
    seen = {"connections": cluster.connections, "members": cluster.member_ids, "engine": cluster.engine}
    reason = f"not one connection in {cluster.connections.samples} hours"
    return wasted(reason, severity="high", saves=_cost(cluster), evidence=seen)


def stopped(cluster: DbCluster, *, longest: timedelta = timedelta(days=7)) -> Outcome:
    """Stopped for more than a week of the last two, by the hours in which it counted no connections.

    The cloud tells no date, and starts a stopped cluster again after seven days: who stops it again pays for its
    storage on and on.
    """
    if cluster.state != "stopped":
        return ok()
    seen = {"members": cluster.member_ids, "stored_gib": cluster.stored_gib, "storage_type": cluster.storage_type}
    return long_stopped(cluster, longest, cluster.storage_cost, seen)


def _cost(cluster: DbCluster) -> Money | None:
    """What its members cost; None where one price is unknown."""
    costs = [member.monthly_cost for member in cluster.members]
    known = [cost for cost in costs if cost is not None]
    if not known or len(known) < len(cluster.member_ids):
        return None
    return Money(sum((cost.amount for cost in known), Decimal(0)), known[0].currency)


def unencrypted(cluster: DbCluster) -> Outcome:
    """Its storage is not encrypted."""
    if cluster.encrypted:
        return ok()
    seen = {"members": cluster.member_ids, "engine": cluster.engine}
    return exposed("its storage is not encrypted", severity="medium", evidence=seen)


class RdsClusterScanner(AwsScanner[DbCluster]):
    """Database clusters of Amazon RDS: Aurora and Multi-AZ."""

    service, family = "rds_cluster", "rds"
    resource, resource_type = DbCluster, "AWS::RDS::DBCluster"
    groups = ("database",)
    listing = Call("rds", "describe_db_clusters", "DBClusters", page_size=100, operation="DescribeDBClusters")
    arn = "arn:{partition}:rds:{region}:{account}:cluster:{id}"
    dimension = "DBClusterIdentifier"
    tagged = False
    rules = (waste("db.idle", idle), waste("db.stopped", stopped), security("db.unencrypted", unencrypted))
