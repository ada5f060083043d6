"""``sentinel policy aws|azure|gcp``: the least privilege, from the operations that the catalogue declares."""

from __future__ import annotations

import json
from typing import Final

from cli import names
from cli.exits import ExitCode
from schemas.policy import COST_OPERATIONS, aws_policy, azure_role, declared_operations, gcp_role

DOCUMENTS: Final = {"aws": aws_policy, "azure": azure_role, "gcp": gcp_role}


def print_policy(provider: str, services: str | None, *, costs: bool = False) -> int:
    """Print the policy (or role) for a scan of these services; None means all. ``costs``: for their API too."""
    chosen = names.services(provider, names.split(services))
    operations = declared_operations(provider, chosen) | (COST_OPERATIONS[provider] if costs else frozenset())
    print(json.dumps(DOCUMENTS[provider](operations), indent=2))
    return ExitCode.CLEAN
