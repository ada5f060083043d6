"""The read role of an AWS account: as a CloudFormation template, and as Terraform."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

import msgspec
import yaml

from schemas.policy import aws_policies

ROLE_NAME: Final = "cloud-sentinel-read"
PARAMETERS: Final = {
    "RoleName": (r"[A-Za-z0-9_+=,.@-]{1,64}", "Name of the role that Cloud Sentinel assumes."),
    "Principal": (
        r"arn:aws[a-z-]*:(iam|sts)::[0-9]{12}:(root|(user|role|assumed-role)/.+)",
        "ARN of the identity that Cloud Sentinel scans with. Only it may assume the role.",
    ),
    "ExternalId": (
        r"[A-Za-z0-9_+=,.@:/-]{2,1224}",
        "The external id that Cloud Sentinel made. Without it nobody gets in.",
    ),
}
"""By name: the pattern that CloudFormation checks, and the description."""


class Trust(msgspec.Struct, frozen=True):
    """Who may assume the role, and how it is called."""

    principal: str
    external_id: str
    role_name: str = ROLE_NAME
    path: str = "/"


def cloudformation(operations: Iterable[str], trust: Trust | None = None) -> str:
    """The template; with a trust its parameters have defaults, so that it can be deployed as it is."""
    defaults = {"RoleName": ROLE_NAME}
    if trust is not None:
        defaults = {"RoleName": trust.role_name, "Principal": trust.principal, "ExternalId": trust.external_id}
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "The role by which Cloud Sentinel reads this account. It can change nothing.",
        "Parameters": {name: _parameter(name, defaults.get(name)) for name in PARAMETERS},
        "Resources": {"Role": _role(trust.path if trust else "/"), **_policies(operations)},
        "Outputs": {"RoleArn": {"Description": "What to register.", "Value": {"Fn::GetAtt": ["Role", "Arn"]}}},
    }
    text: str = yaml.safe_dump(template, sort_keys=False, width=120)
    return text


def _parameter(name: str, default: str | None) -> dict[str, str]:
    pattern, description = PARAMETERS[name]
    told = {"Type": "String", "Description": description, "AllowedPattern": pattern}
    return told if default is None else {**told, "Default": default}


def trust_document(principal: object, external_id: object) -> dict[str, Any]:
    """Who may assume the role: one principal, with the external id and not without."""
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": principal},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": external_id}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def _role(path: str) -> dict[str, Any]:
    properties = {
        "RoleName": {"Ref": "RoleName"},
        "Path": path,
        "Description": "Cloud Sentinel reads this account by it",
        "MaxSessionDuration": 3600,
        "AssumeRolePolicyDocument": trust_document({"Ref": "Principal"}, {"Ref": "ExternalId"}),
    }
    return {"Type": "AWS::IAM::Role", "Properties": properties}


def _policies(operations: Iterable[str]) -> dict[str, Any]:
    return {
        f"Policy{number}": {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {
                "ManagedPolicyName": {"Fn::Sub": f"${{RoleName}}-{number}"},
                "Description": "What a scan by Cloud Sentinel calls, and nothing else",
                "Roles": [{"Ref": "Role"}],
                "PolicyDocument": document,
            },
        }
        for number, document in enumerate(aws_policies(operations), 1)
    }


def terraform(operations: Iterable[str], trust: Trust) -> str:
    """The same role as Terraform: its resources, without the provider's block."""
    parts = [
        _ROLE.format(
            name=trust.role_name,
            path=trust.path,
            document=_indented(trust_document(trust.principal, trust.external_id)),
        )
    ]
    for number, document in enumerate(aws_policies(operations), 1):
        parts.append(_POLICY.format(name=trust.role_name, number=number, document=_indented(document)))
    return "\n".join([*parts, _OUTPUT])


def _indented(document: object) -> str:
    return json.dumps(document, indent=2).replace("\n", "\n    ")


_ROLE: Final = """\
resource "aws_iam_role" "cloud_sentinel" {{
  name                 = "{name}"
  path                 = "{path}"
  description          = "Cloud Sentinel reads this account by it"
  max_session_duration = 3600

  assume_role_policy = <<-JSON
    {document}
  JSON
}}
"""
_POLICY: Final = """\
resource "aws_iam_policy" "cloud_sentinel_{number}" {{
  name        = "{name}-{number}"
  description = "What a scan by Cloud Sentinel calls, and nothing else"

  policy = <<-JSON
    {document}
  JSON
}}

resource "aws_iam_role_policy_attachment" "cloud_sentinel_{number}" {{
  role       = aws_iam_role.cloud_sentinel.name
  policy_arn = aws_iam_policy.cloud_sentinel_{number}.arn
}}
"""
_OUTPUT: Final = """\
output "cloud_sentinel_role_arn" {
  description = "What to register."
  value       = aws_iam_role.cloud_sentinel.arn
}
"""
