"""The record of what is done in an account: whether one trail writes it down for all regions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanners.aws.call import Call
from scanners.aws.scanner import AwsScanner
from scanners.core.outcome import Outcome, exposed, ok
from scanners.core.resource import Resource, fact, related
from scanners.core.rules import security
from scanners.core.scanner import NOWHERE, Ask

if TYPE_CHECKING:
    from scanners.aws.trail import Trail

STATUS = Call("cloudtrail", "get_trail_status", Name="{id}")


class Record(Resource):
    """All trails of an account together."""

    id: str = fact(None, doc="Number of the account")
    trail_arns: list[str] = fact("trailList[].TrailARN || `[]`", to="trail")
    recorded: bool = fact(None, doc="Whether a trail of all regions runs")
    trails: list[Trail] = related("trail_arns", keep=("multi_region",))


def no_multi_region(record: Record) -> Outcome:
    """No trail of all regions runs: what is done in an account, or in a region of it, is written down nowhere."""
    if record.recorded:
        return ok()
    reason = "no trail of all regions runs" if record.trail_arns else "there is no trail"
    return exposed(reason, severity="high", evidence={"trails": record.trail_arns})


class CloudtrailScanner(AwsScanner[Record]):
    """What AWS CloudTrail records of an account."""

    service, family, is_global = "cloudtrail", "cloudtrail", True
    resource, resource_type = Record, "AWS::CloudTrail::Account"
    groups = ("audit",)
    listing = Call("cloudtrail", "describe_trails", "@")
    calls = (STATUS,)
    arn = "arn:{partition}:cloudtrail::{account}:account"
    tagged, single = False, True
    rules = (security("trail.no_multi_region", no_multi_region),)

    async def locate(self, ask: Ask, item: Record) -> str | None:  # noqa: ARG002 - it needs no call
        """In no region."""
        return NOWHERE

    async def enrich(self, ask: Ask, item: Record) -> None:
        """Whether a trail runs stands in its status."""
        if not item.has("trails"):
            return
        answers = [await ask(STATUS, trail) for trail in item.trails if trail.multi_region]
        if any(answer and answer["IsLogging"] for answer in answers):
            item.__dict__["recorded"] = True
        elif None not in answers:
            item.__dict__["recorded"] = False
