"""Which accounts are meant: by their ids, a group, an organizational unit, a tag, or all."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class AccountSelection(msgspec.Struct, frozen=True, omit_defaults=True):
    """One of these, and not two. Accounts that are not active are never meant, but told."""

    accounts: tuple[str, ...] | None = None
    """By the ids under which they are registered."""
    group: str | None = None
    organizational_unit: str | None = None
    """Its path, ``/production/web``; those below it are meant too."""
    tag: str | None = None
    """``name=value``, or a name alone: whatever its value."""
    all: bool = False

    def meant(self, account_id: str, group: str | None, unit: str | None, tags: Mapping[str, str]) -> bool:
        """Whether an account with these properties is among them."""
        if self.accounts is not None:
            return account_id in self.accounts
        if self.group is not None:
            return group == self.group
        if self.organizational_unit is not None:
            return _within(unit, self.organizational_unit)
        return self.all if self.tag is None else _tagged(tags, self.tag)


def _within(unit: str | None, wanted: str) -> bool:
    path = wanted.rstrip("/")
    return unit is not None and (unit.rstrip("/") == path or unit.startswith(f"{path}/"))


def _tagged(tags: Mapping[str, str], wanted: str) -> bool:
    name, separator, value = wanted.partition("=")
    return name in tags and (not separator or tags[name] == value)
