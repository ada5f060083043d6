"""Access keys of users: how old, how used, and those that should be changed or taken away."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from scanners.aws.call import Call
from scanners.aws.iam import IamScanner
from scanners.core.outcome import Outcome, exposed, ok
from scanners.core.resource import Resource, fact
from scanners.core.rules import security

NOBODY: Mapping[str, Any] = {"AccessKeyMetadata": []}
TAGS = Call("iam", "list_user_tags", UserName="{user_name}", absent={"NoSuchEntity": {}})
USED = Call("iam", "get_access_key_last_used", AccessKeyId="{id}")


class AccessKey(Resource):
    """One key, as ``iam:ListAccessKeys`` tells it for each user; never its secret, which AWS tells nobody."""

    id: str = fact("AccessKeyId")
    created_at: datetime = fact("CreateDate")
    tags: dict[str, str] = fact("Tags[].[Key, Value] || `[]`", via=TAGS, doc="Tags of its user, as key to value")
    user_name: str = fact("UserName")
    state: str = fact("Status", doc="Active or Inactive")
    last_used: datetime | None = fact("AccessKeyLastUsed.LastUsedDate", via=USED, doc="Null: never")
    last_service: str | None = fact("AccessKeyLastUsed.ServiceName", via=USED, doc="What it was last used for")
    last_region: str | None = fact("AccessKeyLastUsed.Region", via=USED, doc="Where it was last used")


def old(key: AccessKey, *, longest: timedelta = timedelta(days=90)) -> Outcome:
    """In use for longer than three months without being changed."""
    if key.state != "Active" or key.age <= longest:
        return ok()
    seen = {"user_name": key.user_name, "age_days": key.age.days}
    return exposed(f"an active key {key.age.days} days old", severity="medium", evidence=seen)


def unused(key: AccessKey, *, longest: timedelta = timedelta(days=45)) -> Outcome:
    """Active, and nobody has used it for a month and a half."""
    if key.state != "Active":
        return ok()
    idle = key.asof - (key.last_used or key.created_at)
    if idle <= longest:
        return ok()
    seen = {"user_name": key.user_name, "last_used": key.last_used, "age_days": key.age.days}
    return exposed(f"an active key not used for {idle.days} days", severity="medium", evidence=seen)


class IamAccessKeyScanner(IamScanner[AccessKey]):
    """Access keys of the users of AWS IAM."""

    service = "iam_access_key"
    resource, resource_type = AccessKey, "AWS::IAM::AccessKey"
    parents = Call("iam", "list_users", "Users", page_size=1000)
    listing = Call(
        "iam", "list_access_keys", "AccessKeyMetadata", UserName="{UserName}", absent={"NoSuchEntity": NOBODY}
    )
    arn = "arn:{partition}:iam::{account}:access-key/{id}"
    rules = (security("access_key.old", old), security("access_key.unused", unused))
