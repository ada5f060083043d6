"""The least privilege for a set of operations: AWS's policy, Google Cloud's custom role."""

from __future__ import annotations

import json
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from schemas.azure_operations import azure_operation
from schemas.catalogue import check_provider
from schemas.gcp_operations import gcp_permissions
from schemas.operations import check_declaration, iam_actions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


NEED_NO_PERMISSION: Final = frozenset({"sts:GetCallerIdentity"})
"""Whoever has credentials may ask who they are, whatever a policy says."""
MANAGED_POLICY_CHARACTERS: Final = 6144
"""The longest that IAM takes a managed policy, white space not counted; a role takes ten of them."""


COST_OPERATIONS: Final[Mapping[str, frozenset[str]]] = {
    "aws": frozenset({"ce:GetCostAndUsage", "sts:GetCallerIdentity"}),
    "azure": frozenset({"costmanagement:Query"}),
    "gcp": frozenset(),
}
"""What asking for costs calls, beside what a scan does. Bills in files need none of it."""


def declared_operations(provider: str, services: Iterable[str]) -> frozenset[str]:
    """What a scan of these services may call, and what every scan calls first."""
    entry = check_provider(provider)
    return frozenset(entry.operations).union(*(entry.service(name).operations for name in services))


def all_operations(provider: str) -> frozenset[str]:
    """What a scan of everything may call."""
    return declared_operations(provider, [entry.service for entry in check_provider(provider).services])


def aws_policy(operations: Iterable[str]) -> dict[str, Any]:
    """A policy document for ``service:Operation`` names: one statement a service, sorted.

    Raises ``ForbiddenOperationError`` for an operation that a scan may not use.
    """
    actions = sorted({action for name in operations for action in _actions(name)} - NEED_NO_PERMISSION)
    by_service = groupby(actions, key=_prefix)
    return _document([_statement(prefix, list(group)) for prefix, group in by_service])


def aws_policies(operations: Iterable[str], limit: int = MANAGED_POLICY_CHARACTERS) -> list[dict[str, Any]]:
    """The same policy in as many documents as IAM's limit asks for, each filled in order."""
    documents: list[dict[str, Any]] = [_document([])]
    for statement in aws_policy(operations)["Statement"]:
        filled = _document([*documents[-1]["Statement"], statement])
        if documents[-1]["Statement"] and len(json.dumps(filled, separators=(",", ":"))) > limit:
            filled = _document([statement])
            documents.append(filled)
        documents[-1] = filled
    return documents


def _document(statements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": statements}


def gcp_role(operations: Iterable[str]) -> dict[str, Any]:
    """A custom role for ``service:Operation`` names, as ``gcloud iam roles create --file`` takes it.

    Raises ``ForbiddenOperationError`` for an operation that a scan may not use.
    """
    needed = sorted({permission for name in operations for permission in gcp_permissions(*name.split(":"))})
    return {
        "title": "Cloud Sentinel read",
        "description": "What a scan by Cloud Sentinel calls, and nothing else: reads only.",
        "stage": "GA",
        "includedPermissions": needed,
    }


def azure_role(operations: Iterable[str]) -> dict[str, Any]:
    """A custom role for ``service:Operation`` names, as ``az role definition create --role-definition`` takes it.

    Its scope, a subscription, has to be filled in. Raises ``ForbiddenOperationError`` for what a scan may not use.
    """
    actions = {action for name in operations for action in azure_operation(name).actions}
    return {
        "Name": "Cloud Sentinel scan",
        "IsCustom": True,
        "Description": "Reads what Cloud Sentinel scans, and nothing else.",
        "Actions": sorted(actions),
        "NotActions": [],
        "DataActions": [],
        "NotDataActions": [],
        "AssignableScopes": ["/subscriptions/00000000-0000-0000-0000-000000000000"],
    }


def _actions(name: str) -> tuple[str, ...]:
    service, operation = name.split(":")
    check_declaration(service, operation)
    return iam_actions("aws", service, operation)


def _prefix(action: str) -> str:
    return action.split(":", maxsplit=1)[0]


def _statement(prefix: str, actions: list[str]) -> dict[str, Any]:
    name = "".join(part.capitalize() for part in prefix.split("-"))
    return {"Sid": f"CloudSentinel{name}", "Effect": "Allow", "Action": actions, "Resource": "*"}
