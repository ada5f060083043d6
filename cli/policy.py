"""``sentinel policy aws|azure|gcp``: the least privilege, from the operations that the catalogue declares."""

from __future__ import annotations

import json
from typing import Final

from cli import names
from cli.exits import ExitCode
from schemas.policy import aws_policy, azure_role, declared_operations, gcp_role

DOCUMENTS: Final = {"aws": aws_policy, "azure": azure_role, "gcp": gcp_role}


def print_policy(provider: str, services: str | None) -> int:
    """Print the policy document (or role) for a scan of these services; None means all."""
    chosen = names.services(provider, names.split(services))
    print(json.dumps(DOCUMENTS[provider](declared_operations(provider, chosen)), indent=2))
    return ExitCode.CLEAN
