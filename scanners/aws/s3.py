"""Amazon S3 buckets: how they are kept, who can read them, how large they are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from scanners.aws.call import Call
from scanners.aws.scanner import AwsScanner
from scanners.core.outcome import Outcome, exposed, ok, wasted
from scanners.core.prices import Money
from scanners.core.resource import Resource, fact, metric, priced, resilience
from scanners.core.rules import security, waste
from scanners.core.scanner import Ask
from scanners.core.series import Series

BLOCK = Call("s3", "get_public_access_block", Bucket="{id}", absent={"NoSuchPublicAccessBlockConfiguration": {}})
NO_RULES: Mapping[str, Any] = {"Rules": []}
LIFECYCLE = Call(
    "s3", "get_bucket_lifecycle_configuration", Bucket="{id}", absent={"NoSuchLifecycleConfiguration": NO_RULES}
)
ENCRYPTION = Call(
    "s3",
    "get_bucket_encryption",
    Bucket="{id}",
    absent={"ServerSideEncryptionConfigurationNotFoundError": {"ServerSideEncryptionConfiguration": NO_RULES}},
)
NO_POLICY = {"PolicyStatus": {"IsPublic": False}}
POLICY = Call("s3", "get_bucket_policy_status", Bucket="{id}", absent={"NoSuchBucketPolicy": NO_POLICY})
ACL = Call("s3", "get_bucket_acl", Bucket="{id}")
VERSIONING = Call("s3", "get_bucket_versioning", Bucket="{id}")
TAGGING = Call("s3", "get_bucket_tagging", Bucket="{id}", absent={"NoSuchTagSet": {"TagSet": []}})
LOCATION = Call("s3", "get_bucket_location", Bucket="{id}")
EVERYBODY = frozenset(f"http://acs.amazonaws.com/groups/global/{name}" for name in ("AllUsers", "AuthenticatedUsers"))
GIB = 1024**3


WHOLE_BUCKET = "Rules[?Status=='Enabled' && !(Prefix || Filter.Prefix || Filter.Tag || Filter.And)]"


class Bucket(Resource):
    """One bucket: the listing tells name and date, calls for each bucket tell the rest."""

    id: str = fact("Name")
    created_at: datetime = fact("CreationDate")
    bucket_region: str | None = fact("BucketRegion")
    tags: dict[str, str] = fact("TagSet[].[Key, Value]", via=TAGGING, doc="Tags, as key to value")
    lifecycle: list[str] = fact("Rules[].Status", via=LIFECYCLE, doc="Status of each lifecycle rule")
    abort_days: list[int] = fact(
        f"{WHOLE_BUCKET}.AbortIncompleteMultipartUpload.DaysAfterInitiation || `[]`",
        via=LIFECYCLE,
        unit="d",
        doc="After how long enabled rules for the whole bucket abort uploads that were never finished",
    )
    encryption: list[str] = fact(
        "ServerSideEncryptionConfiguration.Rules[].ApplyServerSideEncryptionByDefault.SSEAlgorithm",
        via=ENCRYPTION,
        doc="Default encryption",
    )
    versioning: str | None = fact("Status", via=VERSIONING)
    policy_public: bool = fact("PolicyStatus.IsPublic", via=POLICY, doc="Whether its policy opens it to all")
    grantees: list[str] = fact("Grants[].Grantee.URI", via=ACL, doc="Groups that its ACL lets in")
    ignores_public_acls: bool | None = fact("PublicAccessBlockConfiguration.IgnorePublicAcls", via=BLOCK)
    restricts_public_policy: bool | None = fact("PublicAccessBlockConfiguration.RestrictPublicBuckets", via=BLOCK)
    blocks_public_acls: bool | None = fact("PublicAccessBlockConfiguration.BlockPublicAcls", via=BLOCK)
    blocks_public_policy: bool | None = fact("PublicAccessBlockConfiguration.BlockPublicPolicy", via=BLOCK)
    size: Series | None = metric(
        "AWS/S3",
        "BucketSizeBytes",
        unit="Bytes",
        kind="level",
        period=86400,
        days=3,
        dimensions={"StorageType": "StandardStorage"},
        doc="Bytes stored in the standard class",
    )

    monthly_cost: Money | None = priced(
        "s3:{region}:standard", per="standard_gib", doc="Monthly list cost of the standard class, by its first tier"
    )

    @property
    def standard_gib(self) -> float | None:
        """Size in the standard class; None where it is not measured."""
        return self.size.last / GIB if self.size else None

    @resilience
    def versioned(self) -> bool:
        """What is overwritten or deleted can be had back."""
        return self.versioning == "Enabled"


def no_lifecycle(bucket: Bucket, *, more_than_gib: float = 1.0) -> Outcome:
    """Nothing ever leaves this bucket: no lifecycle rule is enabled. What that costs is not known."""
    if "Enabled" in bucket.lifecycle:
        return ok()
    size = bucket.size.last / GIB if bucket.has("size") and bucket.size else None
    if size is not None and size <= more_than_gib:
        return ok()
    told = "of unknown size" if size is None else f"of {size:.1f} GiB"
    seen = {"size_gib": None if size is None else round(size, 3), "lifecycle": bucket.lifecycle}
    return wasted(f"a bucket {told} has no enabled lifecycle rule", severity="low", saves=None, evidence=seen)


def incomplete_uploads(bucket: Bucket, *, within_days: int = 30) -> Outcome:
    """Parts of uploads that were never finished stay and are paid: no rule aborts them in time.

    What they cost is not known: no metric of AWS tells it for every bucket.
    """
    if any(days <= within_days for days in bucket.abort_days):
        return ok()
    seen = {"abort_days": bucket.abort_days, "lifecycle": bucket.lifecycle}
    reason = f"no rule for the whole bucket aborts unfinished uploads within {within_days} days"
    return wasted(reason, severity="low", saves=None, evidence=seen)


def public(bucket: Bucket) -> Outcome:
    """Anybody can read it: policy, ACL and the bucket's block settings taken together.

    The block of the whole account, which would close it nevertheless, is not looked at.
    """
    acls = sorted(EVERYBODY & set(bucket.grantees)) if not bucket.ignores_public_acls else []
    by_policy = bucket.policy_public and not bucket.restricts_public_policy
    if not acls and not by_policy:
        return ok()
    by = " and ".join(["its policy"] * by_policy + ["its ACL"] * bool(acls))
    seen = {
        "policy_public": bucket.policy_public,
        "grantees": acls,
        "account_block": "not looked at",
    }
    return exposed(f"open to everybody by {by}", severity="critical", evidence=seen)


def unencrypted(bucket: Bucket) -> Outcome:
    """No default encryption: an object that is written without asking for it lies there unencrypted.

    Since January 2023 AWS sets one for every bucket; a store that only speaks its language may not.
    """
    if bucket.encryption:
        return ok()
    return exposed("no default encryption", severity="medium", evidence={"encryption": bucket.encryption})


class S3Scanner(AwsScanner[Bucket]):
    """Amazon S3 buckets."""

    service, family, is_global = "s3", "s3", True
    resource, resource_type = Bucket, "AWS::S3::Bucket"
    groups = ("storage",)
    listing = Call("s3", "list_buckets", "Buckets", page_size=10_000)
    calls = (LOCATION,)
    arn = "arn:{partition}:s3:::{id}"
    dimension = "BucketName"
    tagged = False
    rules = (
        waste("bucket.no_lifecycle", no_lifecycle),
        waste("bucket.incomplete_uploads", incomplete_uploads),
        security("bucket.public", public),
        security("bucket.unencrypted", unencrypted),
    )

    async def locate(self, ask: Ask, item: Bucket) -> str | None:
        """The listing tells the region; an older API does not, and then calls us-east-1 null and eu-west-1 EU."""
        if item.bucket_region:
            return item.bucket_region
        answer = await ask(LOCATION, item)
        if answer is None:
            return None
        place = answer.get("LocationConstraint") or "us-east-1"
        return "eu-west-1" if place == "EU" else str(place)
