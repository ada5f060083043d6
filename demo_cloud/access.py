"""Who may do what: access keys, the trust of a role, regions that are not enabled, actions that a scenario denies."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any, Final

from moto.core.utils import utcnow
from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from demo_cloud.answer import Refusal
from demo_cloud.call import Call
from demo_cloud.names import MEMBERS, PLATFORM, REGIONS
from schemas.demo import DEMO_ACCESS_KEY, DEMO_AMBIENT_KEYS

INVALID_TOKEN: Final = (403, "InvalidClientTokenId", "The security token included in the request is invalid.")
EXPIRED_TOKEN: Final = (403, "ExpiredToken", "The security token included in the request is expired")
EXPIRED: Final = {
    "ec2": (400, "RequestExpired", "Request has expired."),
    "s3": (400, "ExpiredToken", "The provided token has expired."),
}
"""By service: what the key of a session that is over gets."""
BAD_CREDENTIALS: Final = {
    "ec2": (401, "AuthFailure", "AWS was not able to validate the provided access credentials"),
    "s3": (403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."),
    "cloudwatch": (403, "UnrecognizedClientException", "The security token included in the request is invalid."),
}
"""By service: what an unknown access key gets, and what every key gets in a region that is not enabled.

Those that are not here say that the token is invalid.
"""
PREFIXES: Final = {"elb": "elasticloadbalancing", "elbv2": "elasticloadbalancing"}
"""What IAM actions of a service start with, where it is not the service's name."""
ACTIONS: Final = {
    ("s3", "ListBuckets"): "s3:ListAllMyBuckets",
    ("s3", "HeadBucket"): "s3:ListBucket",
    ("s3", "GetBucketLifecycleConfiguration"): "s3:GetLifecycleConfiguration",
    ("s3", "GetBucketEncryption"): "s3:GetEncryptionConfiguration",
    ("s3", "GetPublicAccessBlock"): "s3:GetBucketPublicAccessBlock",
}
"""IAM actions that are not named like their operation."""


@dataclass(frozen=True)
class Principal:
    """Who signed a call."""

    account: str
    arn: str


def principal_of(call: Call) -> Principal:
    """Who holds the access key of the call. Raises ``Refusal`` for one that nobody holds, or whose session is over."""
    key = call.access_key
    if key == DEMO_ACCESS_KEY:
        return Principal(PLATFORM, f"arn:aws:iam::{PLATFORM}:user/cloud-sentinel")
    for account, (ambient, _) in DEMO_AMBIENT_KEYS.items():
        if key == ambient:
            return Principal(account, f"arn:aws:iam::{account}:user/cloud-operator")
    for account in MEMBERS:
        role = sts_backends[account]["aws"].get_assumed_role_from_access_key(key)
        if role is not None:
            if role.expiration < utcnow():
                raise Refusal(*EXPIRED.get(call.service, EXPIRED_TOKEN))
            return Principal(account, role.arn)
    raise Refusal(*BAD_CREDENTIALS.get(call.service, INVALID_TOKEN))


def end_sessions() -> None:
    """Every session of an assumed role is over."""
    for account in MEMBERS:
        for role in sts_backends[account]["aws"].assumed_roles:
            role.expiration = utcnow() - timedelta(seconds=1)


def check_region(call: Call) -> None:
    """Raises ``Refusal`` for a region that is not enabled: AWS knows no credentials there."""
    if call.region not in REGIONS:
        raise Refusal(*BAD_CREDENTIALS.get(call.service, INVALID_TOKEN))


def iam_action(call: Call) -> str:
    """The IAM action that the call needs."""
    own = f"{PREFIXES.get(call.service, call.service)}:{call.operation}"
    return ACTIONS.get((call.service, call.operation), own)


def check_permission(
    call: Call,
    principal: Principal,
    denied: Mapping[str, Sequence[str]],
    allowed: Mapping[str, Sequence[str]],
    forbidden: Mapping[str, Sequence[str]],
) -> None:
    """Raises ``Refusal`` for an action that is denied, or not among those allowed. GetCallerIdentity needs none.

    ``forbidden`` is what the organization's policy denies, whatever the account allows.
    """
    action = iam_action(call)
    if call.operation == "GetCallerIdentity" or principal.account == PLATFORM:
        return
    if _names(action, forbidden.get(principal.account, ())):
        raise denial(call, principal, action, "with an explicit deny in a service control policy")
    granted = _names(action, allowed.get(principal.account, ("*",)))
    if not granted or _names(action, denied.get(principal.account, ())):
        raise denial(call, principal, action)


def _names(action: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(action, pattern) for pattern in patterns)


def denial(call: Call, principal: Principal, action: str, reason: str = "") -> Refusal:
    """The denial in AWS's words: EC2 has its own code and sentence."""
    because = reason or f"because no identity-based policy allows the {action} action"
    text = f"User: {principal.arn} is not authorized to perform: {action} {because}"
    if call.service == "ec2":
        return Refusal(403, "UnauthorizedOperation", f"You are not authorized to perform this operation. {text}")
    plain = call.service == "cloudwatch" or not call.protocol.endswith("json")
    return Refusal(403, "AccessDenied" if plain else "AccessDeniedException", text)


def check_trust(call: Call, principal: Principal) -> None:
    """The role exists, trusts the caller, and its external id was given. Raises ``Refusal``; moto asks none of it."""
    arn = str(call.params.get("RoleArn") or "")
    given = {"sts:ExternalId": call.params.get("ExternalId")}
    if any(_trusts(statement, principal, given) for statement in _trust_statements(arn)):
        return
    text = f"User: {principal.arn} is not authorized to perform: sts:AssumeRole on resource: {arn}"
    raise Refusal(403, "AccessDenied", text)


def _trust_statements(arn: str) -> list[dict[str, Any]]:
    account = arn.split(":")[4] if arn.count(":") >= 5 else ""  # noqa: PLR2004 - an ARN
    if account not in MEMBERS:
        return []
    try:
        role = iam_backends[account]["aws"].get_role_by_arn(arn)
    except NotFoundException:
        return []
    return list(json.loads(role.assume_role_policy_document)["Statement"])


def _trusts(statement: Mapping[str, Any], principal: Principal, given: Mapping[str, str | None]) -> bool:
    trusted = statement["Principal"]["AWS"]
    roots = {principal.account, f"arn:aws:iam::{principal.account}:root"}
    asked = statement.get("Condition", {}).get("StringEquals", {})
    return trusted in {principal.arn, *roots} and all(given.get(name) == value for name, value in asked.items())
