"""The custom role of an Azure subscription, and the commands that create and assign it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable
from typing import Final

from schemas.policy import azure_role

ROLE_NAME: Final = "Cloud Sentinel scan"
NO_CLIENT: Final = "CLIENT_ID"
"""Stands where the owner fills in the application's client id, when the account does not know it."""


def role(operations: Iterable[str], subscription: str) -> str:
    """The role as ``az role definition create --role-definition`` takes it."""
    return json.dumps({**azure_role(operations), "AssignableScopes": [_scope(subscription)]}, indent=2) + "\n"


def commands(operations: Iterable[str], subscription: str, client_id: str | None) -> str:
    """What to run in a shell that is signed in with ``az login``."""
    scope = shlex.quote(_scope(subscription))
    lines = [
        "cat > cloud-sentinel-role.json <<'JSON'",
        role(operations, subscription).rstrip(),
        "JSON",
        "az role definition create --role-definition @cloud-sentinel-role.json",
        *_application(client_id),
        f"az role assignment create --assignee {shlex.quote(client_id or NO_CLIENT)}"
        f" --role {shlex.quote(ROLE_NAME)} --scope {scope}",
    ]
    return "\n".join(lines) + "\n"


def _application(client_id: str | None) -> list[str]:
    if client_id is not None:
        return []
    return [
        f"# put the answer of the next command where {NO_CLIENT} stands below",
        "az ad sp create-for-rbac --name cloud-sentinel --query appId --output tsv",
    ]


def terraform(operations: Iterable[str], subscription: str, client_id: str | None) -> str:
    """The same role as Terraform, assigned to the service principal of the application."""
    document = azure_role(operations)
    actions = "\n".join(f'      "{action}",' for action in document["Actions"])
    return _TERRAFORM.format(
        name=document["Name"],
        description=document["Description"],
        scope=_scope(subscription),
        actions=actions,
        client_id=client_id or NO_CLIENT,
    )


def _scope(subscription: str) -> str:
    return f"/subscriptions/{subscription}"


_TERRAFORM: Final = """\
resource "azurerm_role_definition" "cloud_sentinel" {{
  name              = "{name}"
  description       = "{description}"
  scope             = "{scope}"
  assignable_scopes = ["{scope}"]

  permissions {{
    actions = [
{actions}
    ]
  }}
}}

data "azuread_service_principal" "cloud_sentinel" {{
  client_id = "{client_id}"
}}

resource "azurerm_role_assignment" "cloud_sentinel" {{
  scope              = "{scope}"
  role_definition_id = azurerm_role_definition.cloud_sentinel.role_definition_resource_id
  principal_id       = data.azuread_service_principal.cloud_sentinel.object_id
}}
"""
