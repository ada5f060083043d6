"""docs/accounts.md names every mode and every field that a connection can have."""

from __future__ import annotations

from pathlib import Path

import pytest

from control_plane.accounts.modes import MODES

PAGE = (Path(__file__).parents[2] / "docs/accounts.md").read_text()
TITLES = {"aws": "AWS", "azure": "Azure", "gcp": "Google Cloud"}


@pytest.mark.parametrize(("provider", "name"), [(p, name) for p, modes in MODES.items() for name in modes])
def test_each_mode_stands_in_the_table_with_its_fields(provider: str, name: str) -> None:
    title = "all" if name == "demo" else TITLES[provider]
    (row,) = [line for line in PAGE.splitlines() if line.startswith(f"| {title} | `{name}` |")]
    mode = MODES[provider][name]
    for field in (*mode.needs, *mode.secrets, *mode.may_have):
        assert f"`{field}`" in row
    assert (row.rstrip("| ").endswith("yes")) is mode.shared
