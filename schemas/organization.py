"""Finding the accounts of an organization: what is asked for, what comes back, and the operations that it takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

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
ROLE_NAME: Final = "cloud-sentinel-read"
"""How the read role is called in every account, when nothing else is said."""


class DiscoverySpec(msgspec.Struct, frozen=True):
    """What a discovery is asked for: references only. The job's target is the account through which it asks."""

    root: str | None = None
    """A unit (AWS), a management group (Azure), ``organizations/N`` or ``folders/N`` (Google Cloud). None: all."""
    role_name: str = ROLE_NAME
    group: str | None = None
    """The group of the accounts that are made."""


class Member(msgspec.Struct, frozen=True):
    """One account as its organization tells it. ``closed`` says why it can no longer be reached; None: it can."""

    native_id: str
    name: str
    unit_path: str
    tags: Mapping[str, str] = {}
    closed: str | None = None


class Membership(msgspec.Struct, frozen=True):
    """All that was told. ``incomplete`` names what could not be seen, and what would open it."""

    members: tuple[Member, ...]
    incomplete: tuple[str, ...] = ()
