"""Databases (Amazon RDS): how they are kept, who reaches them, what they cost, and those that nobody asks."""

from __future__ import annotations

from datetime import datetime, timedelta

from scanners.aws.call import Call
from scanners.aws.scanner import AwsScanner
from scanners.core.databases import long_stopped
from scanners.core.outcome import Outcome, excluded, exposed, insufficient_data, ok, unmeasured, wasted
from scanners.core.prices import Money
from scanners.core.resource import Resource, fact, metric, priced, resilience
from scanners.core.rules import security, waste
from scanners.core.series import Series

NAMESPACES = {"docdb": "DocDB", "neptune": "Neptune"}
LARGE_GIB = 400
"""From this size on gp3 storage includes 12,000 instead of 3,000 IOPS."""


class Billed(Resource):
    """How CloudWatch and the price list call a database."""

    engine: str
    state: str
    multi_az: bool
    cluster_id: str | None
    storage_gib: int
    storage_type: str
    iops: int | None

    @property
    def space(self) -> str:
        """Its kind in CloudWatch."""
        return NAMESPACES.get(self.engine, "RDS")

    @property
    def copies(self) -> str:
        """How the price list calls its way of being kept."""
        if self.cluster_id and not self.engine.startswith("aurora"):
            return "cluster"
        if self.storage_type == "aurora-iopt1":
            return "single-io-optimized"
        return "multi" if self.multi_az and not self.cluster_id else "single"

    @property
    def running(self) -> int:
        """One, or none while it is stopped: then only storage is paid."""
        return 0 if self.state == "stopped" else 1

    @property
    def own_storage_gib(self) -> int:
        """Size of the storage of its own; that of a cluster belongs to the cluster."""
        return 0 if self.cluster_id else self.storage_gib

    @property
    def paid_iops(self) -> int | None:
        """IOPS that are paid for beside the size: above what gp3 includes; all of io1 and io2."""
        if self.cluster_id or self.storage_type in {"gp2", "standard"}:
            return 0
        if self.storage_type != "gp3":
            return self.iops
        large = self.storage_gib >= LARGE_GIB and not self.engine.startswith("sqlserver")
        return max(0, (self.iops or 0) - (12_000 if large else 3_000))


class Database(Billed):
    """One database instance, as ``rds:DescribeDBInstances`` tells it."""

    id: str = fact("DBInstanceIdentifier")
    created_at: datetime = fact("InstanceCreateTime")
    tags: dict[str, str] = fact("TagList[].[Key, Value] || `[]`", doc="Tags, as key to value")
    state: str = fact("DBInstanceStatus")
    engine: str = fact("Engine")
    engine_version: str | None = fact("EngineVersion")
    instance_class: str = fact("DBInstanceClass")
    license: str | None = fact("LicenseModel")
    storage_gib: int = fact("AllocatedStorage", unit="GiB")
    storage_type: str = fact("StorageType")
    iops: int | None = fact("Iops", unit="Count/Second", doc="Provisioned IOPS")
    encrypted: bool = fact("StorageEncrypted")
    kms_key_id: str | None = fact("KmsKeyId", to="kms")
    public: bool = fact("PubliclyAccessible", doc="Whether its name leads to a public address")
    multi_az: bool = fact("MultiAZ", doc="Whether a standby waits in another zone")
    zone: str | None = fact("AvailabilityZone")
    vpc_id: str | None = fact("DBSubnetGroup.VpcId", to="vpc")
    subnet_ids: list[str] = fact("DBSubnetGroup.Subnets[].SubnetIdentifier || `[]`", to="subnet")
    security_groups: list[str] = fact("VpcSecurityGroups[].VpcSecurityGroupId || `[]`", to="security_group")
    cluster_id: str | None = fact("DBClusterIdentifier", to="rds_cluster")
    source_id: str | None = fact("ReadReplicaSourceDBInstanceIdentifier", to="rds", doc="Database that it copies")
    replica_ids: list[str] = fact("ReadReplicaDBInstanceIdentifiers[] || `[]`", to="rds")
    backup_days: int = fact("BackupRetentionPeriod", unit="d", doc="How long automated backups are kept")
    delete_protection: bool = fact("DeletionProtection")
    minor_updates: bool = fact("AutoMinorVersionUpgrade", doc="Whether small updates are made by themselves")
    iam_login: bool | None = fact("IAMDatabaseAuthenticationEnabled")
    connections: Series | None = metric("AWS/{space}", "DatabaseConnections", unit="Count", kind="gauge", days=14)
    cpu: Series | None = metric("AWS/{space}", "CPUUtilization", unit="Percent", kind="gauge")
    memory: Series | None = metric("AWS/{space}", "FreeableMemory", unit="Bytes", kind="level", doc="Free memory")
    free_storage: Series | None = metric("AWS/{space}", "FreeStorageSpace", unit="Bytes", kind="level")
    monthly_cost: Money | None = priced(
        "rds:{region}:{engine}:{instance_class}:{copies}", per="running", doc="Monthly list cost without its storage"
    )
    storage_cost: Money | None = priced(
        "rds.storage:{region}:{storage_type}:{copies}",
        per="own_storage_gib",
        also={"rds.iops:{region}:{storage_type}:{copies}": "paid_iops"},
        doc="Monthly list cost of its storage",
    )

    @resilience
    def multi_zone(self) -> bool:
        """A standby waits in another zone."""
        return self.multi_az

    @resilience
    def backed_up(self) -> bool:
        """It is backed up every day."""
        return self.backup_days > 0

    @resilience
    def protected(self) -> bool:
        """Nobody can delete it by mistake."""
        return self.delete_protection


def idle(db: Database, *, grace: timedelta = timedelta(days=14)) -> Outcome:
    """Nobody connects to it: in two weeks not one connection."""
    if db.state != "available":
        return ok()
    if db.cluster_id or db.source_id:
        return excluded("judged with its cluster" if db.cluster_id else f"a read replica of {db.source_id}")
    if db.age <= grace:
        return excluded(f"created less than {grace.days} days ago")
    lacking = unmeasured(connections=db.connections)
    if lacking or db.connections is None:
        return insufficient_data(*lacking)
    if db.connections.max:
        return ok()
    seen = {"connections": db.connections, "instance_class": db.instance_class, "engine": db.engine}
    reason = f"not one connection in {db.connections.samples} hours"
    return wasted(reason, severity="high", saves=db.monthly_cost, evidence=seen)


def stopped(db: Database, *, longest: timedelta = timedelta(days=7)) -> Outcome:
    """Stopped for more than a week of the last two, by the hours in which it counted no connections.

    The cloud tells no date, and starts a stopped database again after seven days: who stops it again pays for its
    storage on and on.
    """
    if db.state != "stopped":
        return ok()
    if db.cluster_id:
        return excluded("its storage belongs to its cluster")
    seen = {"storage_gib": db.storage_gib, "storage_type": db.storage_type}
    return long_stopped(db, longest, db.storage_cost, seen)


def public(db: Database) -> Outcome:
    """Its name leads to a public address; whom its security groups let in is judged with them."""
    if not db.public:
        return ok()
    seen = {"security_groups": db.security_groups, "engine": db.engine}
    return exposed("reachable from the internet", severity="high", evidence=seen)


def unencrypted(db: Database) -> Outcome:
    """Its storage is not encrypted."""
    if db.encrypted:
        return ok()
    if db.cluster_id:
        return excluded("judged with its cluster")
    seen = {"storage_gib": db.storage_gib, "engine": db.engine}
    return exposed("its storage is not encrypted", severity="medium", evidence=seen)


class RdsScanner(AwsScanner[Database]):
    """Database instances of Amazon RDS."""

    service, family = "rds", "rds"
    resource, resource_type = Database, "AWS::RDS::DBInstance"
    groups = ("database",)
    listing = Call("rds", "describe_db_instances", "DBInstances", page_size=100, operation="DescribeDBInstances")
    arn = "arn:{partition}:rds:{region}:{account}:db:{id}"
    dimension = "DBInstanceIdentifier"
    tagged = False
    rules = (
        waste("db.idle", idle),
        waste("db.stopped", stopped),
        security("db.public", public),
        security("db.unencrypted", unencrypted),
    )
