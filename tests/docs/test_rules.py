"""The file of docs/rules.md is one that is taken, and each key of an entry stands on the page."""

from __future__ import annotations

import re
from pathlib import Path

from scanners.core.rulebook import Entry, load_rulebook

PAGE = (Path(__file__).parents[2] / "docs/rules.md").read_text()


def test_the_file_of_the_page_is_taken(tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "rules.yaml").write_text(example)
    book = load_rulebook(tmp_path / "rules.yaml")
    assert [entry.rule for entry in book.entries] == ["disk.unattached", "vm.idle", "*"]


def test_each_key_stands_on_the_page() -> None:
    assert [name for name in Entry.model_fields if f"`{name}`" not in PAGE] == []
