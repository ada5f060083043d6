"""Launch templates: their names, ages and versions; what is in them stays unread, because it holds user data."""

from __future__ import annotations

from datetime import datetime

from scanners.aws.call import Call
from scanners.aws.scanner import AwsScanner
from scanners.core.resource import Resource, fact


class LaunchTemplate(Resource):
    """One launch template, as ``ec2:DescribeLaunchTemplates`` tells it."""

    id: str = fact("LaunchTemplateId")
    created_at: datetime = fact("CreateTime")
    name: str = fact("LaunchTemplateName")
    created_by: str | None = fact("CreatedBy")
    default_version: int | None = fact("DefaultVersionNumber")
    latest_version: int | None = fact("LatestVersionNumber")
    managed_by: str | None = fact("Operator.Principal", doc="The service that manages it; null: none")


class LaunchTemplateScanner(AwsScanner[LaunchTemplate]):
    """Launch templates."""

    service, family = "launch_template", "ec2"
    resource, resource_type = LaunchTemplate, "AWS::EC2::LaunchTemplate"
    groups = ("compute",)
    listing = Call("ec2", "describe_launch_templates", "LaunchTemplates", page_size=200)
    arn = "arn:{partition}:ec2:{region}:{account}:launch-template/{id}"
