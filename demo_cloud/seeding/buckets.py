"""S3 buckets."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from moto.s3.models import PublicAccessBlock, get_canned_acl, s3_backends

from demo_cloud.world import Bucket


def seed_bucket(account: str, plan: Bucket, now: datetime) -> None:
    """A bucket with all its settings."""
    backend = s3_backends[account]["aws"]
    bucket = backend.create_bucket(plan.name, plan.region)
    bucket.creation_date = (now - plan.age).replace(microsecond=0)
    if plan.encrypted:
        bucket.encryption = {"Rule": {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}}
    if plan.lifecycle != "none":
        bucket.set_lifecycle([_lifecycle_rule(plan)])
    if plan.blocked is not None:
        bucket.public_access_block = PublicAccessBlock(*plan.blocked)
    if plan.policy is not None:
        bucket.policy = json.dumps(plan.policy).encode()
    bucket.acl = get_canned_acl(plan.acl)
    if plan.tags:
        backend.tagger.tag_resource(bucket.arn, [{"Key": key, "Value": value} for key, value in plan.tags.items()])


def _lifecycle_rule(plan: Bucket) -> dict[str, Any]:
    return {
        "ID": "keep-a-year",
        "Filter": {"Prefix": ""},
        "Status": plan.lifecycle.capitalize(),
        "Expiration": {"Days": "365"},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": str(plan.abort_days)},
    }
