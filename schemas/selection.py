"""Which accounts are meant: by their ids, a group, an organizational unit, a tag, or all."""

from __future__ import annotations

import msgspec


class AccountSelection(msgspec.Struct, frozen=True, omit_defaults=True):
    """One of these, and not two."""

    accounts: tuple[str, ...] | None = None
    """By the ids under which they are registered."""
    group: str | None = None
    unit_path: str | None = None
    """``root/production/web``; the accounts of the units below it are meant too."""
    tag: str | None = None
    """``key=value``, or a key alone: whatever its value."""
    all: bool = False
