"""Repositories of images (Amazon ECR): scanning, encryption, and those from which nothing ever goes."""

from __future__ import annotations

from datetime import datetime

from scanners.aws.call import Call
from scanners.aws.scanner import AwsScanner
from scanners.core.outcome import Outcome, ok, wasted
from scanners.core.resource import Resource, fact
from scanners.core.rules import waste

TAGS = Call("ecr", "list_tags_for_resource", resourceArn="{repository_arn}")
LIFECYCLE = Call("ecr", "get_lifecycle_policy", repositoryName="{id}", absent={"LifecyclePolicyNotFoundException": {}})


class Repository(Resource):
    """One repository, as ``ecr:DescribeRepositories`` tells it."""

    id: str = fact("repositoryName")
    created_at: datetime = fact("createdAt")
    tags: dict[str, str] = fact("tags[].[Key, Value] || `[]`", via=TAGS, doc="Tags, as key to value")
    repository_arn: str = fact("repositoryArn")
    uri: str | None = fact("repositoryUri")
    registry: str | None = fact("registryId")
    mutability: str | None = fact("imageTagMutability", doc="Whether a tag can be moved to another image")
    scans: bool | None = fact("imageScanningConfiguration.scanOnPush", doc="Whether images are scanned when pushed")
    encryption: str | None = fact("encryptionConfiguration.encryptionType")
    kms_key_id: str | None = fact("encryptionConfiguration.kmsKey", to="kms")
    lifecycle: str | None = fact("lifecyclePolicyText", via=LIFECYCLE, doc="Its lifecycle policy; null: none")


def no_lifecycle(repository: Repository) -> Outcome:
    """Images come and never go: there is no lifecycle policy. What that costs is not known."""
    if repository.lifecycle:
        return ok()
    seen = {"lifecycle": repository.lifecycle, "created_at": repository.created_at}
    return wasted("a repository without a lifecycle policy", severity="low", saves=None, evidence=seen)


class RegistryScanner(AwsScanner[Repository]):
    """Repositories of Amazon ECR."""

    service, family = "registry", "ecr"
    resource, resource_type = Repository, "AWS::ECR::Repository"
    groups = ("compute",)
    listing = Call("ecr", "describe_repositories", "repositories", page_size=1000)
    arn = "arn:{partition}:ecr:{region}:{account}:repository/{id}"
    tagged = False
    rules = (waste("registry.no_lifecycle", no_lifecycle),)
