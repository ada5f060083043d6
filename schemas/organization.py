"""Finding the accounts of an organization: what is asked for, what comes back, and the operations that it takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

OPERATIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "aws": (
        "organizations:ListAccountsForParent",
        "organizations:ListOrganizationalUnitsForParent",
        "organizations:ListRoots",
        "organizations:ListTagsForResource",
    ),
    "azure": ("managementgroups:ListDescendants", "subscriptions:List"),
    "gcp": ("cloudasset:ListAssets",),
}
"""By provider: all that a discovery may call, beside what every scan calls first."""
