"""Own policies of IAM: where they are attached, and those that allow everything."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from scanners.aws.call import Call
from scanners.aws.iam import IamScanner
from scanners.core.outcome import Outcome, exposed, ok
from scanners.core.resource import Resource, fact
from scanners.core.rules import security
from scanners.core.scanner import Ask

TAGS = Call("iam", "list_policy_tags", PolicyArn="{id}")
DOCUMENT = Call("iam", "get_policy_version", PolicyArn="{id}", VersionId="{version}")


class Policy(Resource):
    """One policy: the listing tells where it is attached, a call for each what it allows."""

    id: str = fact("Arn")
    created_at: datetime = fact("CreateDate")
    tags: dict[str, str] = fact("Tags[].[Key, Value] || `[]`", via=TAGS, doc="Tags, as key to value")
    name: str = fact("PolicyName")
    path: str = fact("Path")
    text: str | None = fact("Description", doc="Its description")
    version: str = fact("DefaultVersionId")
    updated_at: datetime | None = fact("UpdateDate")
    attachments: int = fact("AttachmentCount", doc="Users, groups and roles that have it")
    as_boundary: int | None = fact("PermissionsBoundaryUsageCount", doc="Users and roles that it bounds")
    attachable: bool | None = fact("IsAttachable")
    allows_all: bool = fact(None, doc="Whether it allows every action on everything")


def full_access(policy: Policy) -> Outcome:
    """Allows every action on everything, to whom it is attached."""
    if not policy.allows_all:
        return ok()
    seen = {"name": policy.name, "attachments": policy.attachments, "version": policy.version}
    if not policy.attachments:
        return exposed("allows everything, attached to nobody yet", severity="low", evidence=seen)
    reason = f"allows everything, attached to {policy.attachments} users, groups or roles"
    return exposed(reason, severity="high", evidence=seen)


def allows_everything(document: object) -> bool:
    """Whether a statement of a policy allows all actions on all resources without a condition."""
    told = document.get("Statement", []) if isinstance(document, Mapping) else []
    return any(_is_everything(one) for one in (told if isinstance(told, list) else [told]))


def _is_everything(statement: Mapping[str, Any]) -> bool:
    actions, resources = (_several(statement.get(name)) for name in ("Action", "Resource"))
    allowed = statement.get("Effect") == "Allow" and not statement.get("Condition")
    return allowed and bool({"*", "*:*"} & actions) and "*" in resources


def _several(value: object) -> set[object]:
    return set(value) if isinstance(value, list) else {value}


class IamPolicyScanner(IamScanner[Policy]):
    """Policies of AWS IAM that the account made itself."""

    service = "iam_policy"
    resource, resource_type = Policy, "AWS::IAM::ManagedPolicy"
    listing = Call("iam", "list_policies", "Policies", page_size=1000, Scope="Local")
    calls = (DOCUMENT,)
    arn = "{id}"
    rules = (security("policy.full_access", full_access),)

    async def enrich(self, ask: Ask, item: Policy) -> None:
        """What it allows stands in the document of its default version."""
        await super().enrich(ask, item)
        if (answer := await ask(DOCUMENT, item)) is not None:
            item.__dict__["allows_all"] = allows_everything(answer["PolicyVersion"].get("Document"))
