"""S3's GetBucketPolicyStatus, worked out from the bucket's policy: the emulator always answers nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from moto.s3.models import s3_backends

from demo_cloud.answer import Refusal

NARROWING: Final = frozenset(
    {"aws:sourceip", "aws:sourcevpc", "aws:sourcevpce", "aws:principalorgid", "aws:sourcearn", "aws:sourceaccount"}
)
"""Condition keys that, with a fixed value, make a statement for everybody not public."""


def answer_policy_status(account: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """The result of GetBucketPolicyStatus. Raises ``Refusal`` where there is no bucket or no policy."""
    bucket = s3_backends[account]["aws"].buckets.get(params["Bucket"])
    if bucket is None:
        raise Refusal(404, "NoSuchBucket", "The specified bucket does not exist")
    if bucket.policy is None:
        raise Refusal(404, "NoSuchBucketPolicy", "The bucket policy does not exist")
    return {"PolicyStatus": {"IsPublic": is_public(json.loads(bucket.policy))}}


def is_public(policy: Mapping[str, Any]) -> bool:
    """Whether a statement allows everybody without narrowing whom."""
    return any(
        statement["Effect"] == "Allow"
        and statement["Principal"] in ("*", {"AWS": "*"}, {"AWS": ["*"]})
        and not _narrowed(statement.get("Condition", {}))
        for statement in policy["Statement"]
    )


def _narrowed(condition: Mapping[str, Mapping[str, Any]]) -> bool:
    return any(key.lower() in NARROWING for keys in condition.values() for key in keys)
