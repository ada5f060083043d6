"""Which accounts a selection means."""

from __future__ import annotations

import pytest

from schemas.selection import AccountSelection

ACCOUNTS = {
    "one": ("web", "/production/web", {"team": "shop", "env": "prod"}),
    "two": ("web", "/production", {"team": "data"}),
    "three": (None, "/production-old", {}),
    "four": (None, None, {"env": "test"}),
}


@pytest.mark.parametrize(
    ("selection", "meant"),
    [
        (AccountSelection(accounts=("two", "four")), ["two", "four"]),
        (AccountSelection(group="web"), ["one", "two"]),
        (AccountSelection(organizational_unit="/production"), ["one", "two"]),
        (AccountSelection(organizational_unit="/production/"), ["one", "two"]),
        (AccountSelection(organizational_unit="/production/web"), ["one"]),
        (AccountSelection(organizational_unit="/"), ["one", "two", "three"]),
        (AccountSelection(tag="team=shop"), ["one"]),
        (AccountSelection(tag="env"), ["one", "four"]),
        (AccountSelection(tag="env="), []),
        (AccountSelection(all=True), ["one", "two", "three", "four"]),
        (AccountSelection(), []),
    ],
)
def test_a_selection_means_these_accounts(selection: AccountSelection, meant: list[str]) -> None:
    found = [name for name, (group, unit, tags) in ACCOUNTS.items() if selection.meant(name, group, unit, tags)]
    assert found == meant
