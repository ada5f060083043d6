"""Roles of IAM: who made them, what they may, when they were last taken."""

from __future__ import annotations

from datetime import datetime

from scanners.aws.call import Call
from scanners.aws.iam import IamScanner
from scanners.core.resource import Resource, fact

ROLE = Call("iam", "get_role", RoleName="{name}")
POLICIES = Call("iam", "list_attached_role_policies", RoleName="{name}")


class Role(Resource):
    """One role: the listing tells name and date, calls for each tell tags, policies and last use."""

    id: str = fact("Arn")
    created_at: datetime = fact("CreateDate")
    tags: dict[str, str] = fact("Role.Tags[].[Key, Value] || `[]`", via=ROLE, doc="Tags, as key to value")
    name: str = fact("RoleName")
    role_id: str = fact("RoleId")
    path: str = fact("Path")
    text: str | None = fact("Description", doc="Its description")
    session_seconds: int | None = fact("MaxSessionDuration", unit="s", doc="Longest session")
    last_used: datetime | None = fact("Role.RoleLastUsed.LastUsedDate", via=ROLE, doc="Null: not in 400 days")
    last_region: str | None = fact("Role.RoleLastUsed.Region", via=ROLE, doc="Where it was last used")
    boundary: str | None = fact("Role.PermissionsBoundary.PermissionsBoundaryArn", via=ROLE)
    policies: list[str] = fact("AttachedPolicies[].PolicyName || `[]`", via=POLICIES)


class IamRoleScanner(IamScanner[Role]):
    """Roles of AWS IAM."""

    service = "iam_role"
    resource, resource_type = Role, "AWS::IAM::Role"
    listing = Call("iam", "list_roles", "Roles", page_size=1000)
    arn = "{id}"
