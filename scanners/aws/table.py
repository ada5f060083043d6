"""Tables of DynamoDB: capacity, size, protection, and those that are paid for and not used."""

from __future__ import annotations

from datetime import datetime, timedelta

from scanners.aws.call import Call
from scanners.aws.scanner import AwsScanner
from scanners.core.outcome import Outcome, excluded, ok, wasted
from scanners.core.prices import HOURS_PER_MONTH, Money
from scanners.core.resource import Resource, fact, metric, priced, resilience
from scanners.core.rules import waste
from scanners.core.series import Series

TABLE = Call("dynamodb", "describe_table", TableName="{id}")
TAGS = Call("dynamodb", "list_tags_of_resource", ResourceArn="{own_arn}")
BACKUPS = Call("dynamodb", "describe_continuous_backups", TableName="{id}")


class Table(Resource):
    """One table: the listing tells its name, calls for each the rest."""

    id: str = fact("@", doc="Its name")
    created_at: datetime = fact("Table.CreationDateTime", via=TABLE)
    tags: dict[str, str] = fact("Tags[].[Key, Value] || `[]`", via=TAGS, doc="Tags, as key to value")
    state: str = fact("Table.TableStatus", via=TABLE)
    billing: str | None = fact("Table.BillingModeSummary.BillingMode", via=TABLE, doc="Null: provisioned")
    read_units: int = fact("Table.ProvisionedThroughput.ReadCapacityUnits", via=TABLE, doc="Provisioned reads")
    write_units: int = fact("Table.ProvisionedThroughput.WriteCapacityUnits", via=TABLE, doc="Provisioned writes")
    size_bytes: int = fact("Table.TableSizeBytes", unit="Bytes", via=TABLE)
    items: int = fact("Table.ItemCount", via=TABLE)
    table_class: str | None = fact("Table.TableClassSummary.TableClass", via=TABLE)
    kms_key_id: str | None = fact("Table.SSEDescription.KMSMasterKeyArn", via=TABLE, to="kms")
    stream: bool | None = fact("Table.StreamSpecification.StreamEnabled", via=TABLE)
    delete_protection: bool | None = fact("Table.DeletionProtectionEnabled", via=TABLE)
    point_in_time: str | None = fact(
        "ContinuousBackupsDescription.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus", via=BACKUPS
    )
    reads: Series | None = metric("AWS/DynamoDB", "ConsumedReadCapacityUnits", unit="Count", days=30)
    writes: Series | None = metric("AWS/DynamoDB", "ConsumedWriteCapacityUnits", unit="Count", days=30)
    monthly_cost: Money | None = priced(
        "dynamodb:{region}:rcu",
        per="read_hours",
        also={"dynamodb:{region}:wcu": "write_hours"},
        doc="Monthly list cost of its provisioned capacity",
    )

    @property
    def own_arn(self) -> str:
        """As its tags are asked for."""
        place = self.place
        return f"arn:{place.partition}:dynamodb:{place.region}:{place.account}:table/{self.id}"

    @property
    def read_hours(self) -> int:
        """Units of reads times the hours of a month."""
        return self.read_units * HOURS_PER_MONTH

    @property
    def write_hours(self) -> int:
        """Units of writes times the hours of a month."""
        return self.write_units * HOURS_PER_MONTH

    @resilience
    def restorable(self) -> bool:
        """It can be taken back to any second of the last weeks."""
        return self.point_in_time == "ENABLED"

    @resilience
    def protected(self) -> bool:
        """Nobody can delete it by mistake."""
        return bool(self.delete_protection)


def unused(table: Table, *, grace: timedelta = timedelta(days=30)) -> Outcome:
    """Capacity is provisioned, and in thirty days nothing was read or written.

    DynamoDB counts only what is consumed: no count is no use.
    """
    if table.billing == "PAY_PER_REQUEST" or not table.read_units + table.write_units:
        return ok()
    used = [one for one in (table.reads, table.writes) if one is not None and one.sum]
    if used:
        return ok()
    if table.age <= grace:
        return excluded(f"created less than {grace.days} days ago")
    seen = {"read_units": table.read_units, "write_units": table.write_units, "size_bytes": table.size_bytes}
    reason = f"provisioned, and not used in {grace.days} days"
    return wasted(reason, severity="medium", saves=table.monthly_cost, evidence=seen)


class TableScanner(AwsScanner[Table]):
    """Tables of Amazon DynamoDB."""

    service, family = "table", "dynamodb"
    resource, resource_type = Table, "AWS::DynamoDB::Table"
    groups = ("database",)
    listing = Call("dynamodb", "list_tables", "TableNames", page_size=100)
    arn = "arn:{partition}:dynamodb:{region}:{account}:table/{id}"
    dimension = "TableName"
    tagged = False
    rules = (waste("table.unused", unused),)
