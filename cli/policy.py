"""``sentinel policy aws|azure|gcp``: the least privilege, from the operations that the catalogue declares."""

from __future__ import annotations

import json
from typing import Final

from cli import names
from cli.exits import ExitCode
from connections.policy import aws_policy, azure_role, gcp_role
from schemas.catalogue import check_provider

DOCUMENTS: Final = {"aws": aws_policy, "azure": azure_role, "gcp": gcp_role}


def print_policy(provider: str, services: str | None) -> int:
    """Print the policy document (or role) for a scan of these services; None means all."""
    chosen = names.services(provider, names.split(services))
    print(json.dumps(DOCUMENTS[provider](declared_operations(provider, chosen)), indent=2))
    return ExitCode.CLEAN


def declared_operations(provider: str, services: tuple[str, ...]) -> frozenset[str]:
    """What a scan of these services may call, and what every scan calls first."""
    entry = check_provider(provider)
    return frozenset(entry.operations).union(*(entry.service(name).operations for name in services))
