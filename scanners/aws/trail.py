"""Trails of CloudTrail: what they record, where they keep it, whether they run."""

from __future__ import annotations

from datetime import datetime

from scanners.aws.call import Call
from scanners.aws.scanner import AwsScanner
from scanners.core.resource import Resource, fact, resilience
from scanners.core.scanner import Ask

TAGS = Call("cloudtrail", "list_tags", ResourceIdList=["{id}"])
STATUS = Call("cloudtrail", "get_trail_status", Name="{id}")


class Trail(Resource):
    """One trail: the listing tells its settings, a call for each whether it runs (AWS does not tell since when)."""

    id: str = fact("TrailARN")
    tags: dict[str, str] = fact(
        "ResourceTagList[].TagsList[].[Key, Value] || `[]`", via=TAGS, doc="Tags, as key to value"
    )
    name: str = fact("Name")
    home_region: str = fact("HomeRegion")
    multi_region: bool = fact("IsMultiRegionTrail")
    global_events: bool | None = fact("IncludeGlobalServiceEvents", doc="Whether it records IAM and its like")
    organization: bool | None = fact("IsOrganizationTrail")
    bucket: str | None = fact("S3BucketName", to="s3")
    log_group: str | None = fact("CloudWatchLogsLogGroupArn")
    kms_key_id: str | None = fact("KmsKeyId", to="kms")
    validated: bool | None = fact("LogFileValidationEnabled", doc="Whether changed files would be noticed")
    logging: bool = fact("IsLogging", via=STATUS)
    started_at: datetime | None = fact("StartLoggingTime", via=STATUS)
    delivery_error: str | None = fact("LatestDeliveryError", via=STATUS)

    @resilience
    def tamper_evident(self) -> bool:
        """Changed files would be noticed."""
        return bool(self.validated)


class TrailScanner(AwsScanner[Trail]):
    """Trails of AWS CloudTrail."""

    service, family, is_global = "trail", "cloudtrail", True
    resource, resource_type = Trail, "AWS::CloudTrail::Trail"
    groups = ("audit",)
    listing = Call("cloudtrail", "describe_trails", "trailList")
    arn = "{id}"
    tagged = False

    async def locate(self, ask: Ask, item: Trail) -> str | None:  # noqa: ARG002 - the listing tells it
        """A trail of all regions has a home too."""
        return item.home_region
