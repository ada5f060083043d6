"""Log groups of CloudWatch: size, retention, and those that keep everything for ever."""

from __future__ import annotations

from datetime import datetime

from scanners.aws.call import Call
from scanners.aws.scanner import AwsScanner
from scanners.core.outcome import Outcome, ok, wasted
from scanners.core.prices import Money
from scanners.core.resource import Resource, fact, metric, priced
from scanners.core.rules import waste
from scanners.core.series import Series

TAGS = Call("logs", "list_tags_for_resource", resourceArn="{own_arn}")
GIB = 1024**3


class LogGroup(Resource):
    """One group, as ``logs:DescribeLogGroups`` tells it."""

    id: str = fact("logGroupName")
    created_at: datetime = fact("creationTime")
    tags: dict[str, str] = fact("tags", via=TAGS, doc="Tags, as key to value")
    retention_days: int | None = fact("retentionInDays", unit="d", doc="How long events are kept; null: for ever")
    stored_bytes: int = fact("storedBytes", unit="Bytes")
    storage_class: str | None = fact("logGroupClass")
    filters: int | None = fact("metricFilterCount", doc="Metric filters that read it")
    kms_key_id: str | None = fact("kmsKeyId", to="kms")
    data_protection: str | None = fact("dataProtectionStatus")
    delete_protection: bool | None = fact("deletionProtectionEnabled")
    incoming: Series | None = metric("AWS/Logs", "IncomingBytes", unit="Bytes", doc="Bytes that are written")
    monthly_cost: Money | None = priced("logs:{region}:storage", per="stored_gib", doc="Monthly list cost of storage")

    @property
    def own_arn(self) -> str:
        """As its tags are asked for."""
        place = self.place
        return f"arn:{place.partition}:logs:{place.region}:{place.account}:log-group:{self.id}"

    @property
    def stored_gib(self) -> float:
        """Size as it is billed."""
        return self.stored_bytes / GIB


def no_retention(group: LogGroup) -> Outcome:
    """Whatever is written is kept, and paid, for ever. What that wastes is not known: at most what the group costs."""
    if group.retention_days is not None or not group.stored_bytes:
        return ok()
    seen = {"stored_bytes": group.stored_bytes, "at_most": group.monthly_cost}
    reason = f"{group.stored_bytes / GIB:.1f} GiB kept for ever"
    return wasted(reason, severity="low", saves=None, evidence=seen)


class LogGroupScanner(AwsScanner[LogGroup]):
    """Log groups of Amazon CloudWatch."""

    service, family = "log_group", "logs"
    resource, resource_type = LogGroup, "AWS::Logs::LogGroup"
    groups = ("audit",)
    listing = Call("logs", "describe_log_groups", "logGroups", page_size=50)
    arn = "arn:{partition}:logs:{region}:{account}:log-group:{id}"
    dimension = "LogGroupName"
    tagged = False
    rules = (waste("log.no_retention", no_retention),)
