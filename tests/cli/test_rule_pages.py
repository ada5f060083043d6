"""docs/rules/: a page for each rule, that says what ``sentinel rules explain`` says, and is fresh."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.rules.book import Use, uses
from cli.rules.explanation import explanation
from cli.rules.pages import main, pages
from schemas.catalogue import load_catalogue

EVERY = uses(load_catalogue())
PAGES = pages()


def test_the_pages_are_fresh() -> None:
    assert main(["--check"]) == 0


def test_the_index_leads_to_each_rule_once() -> None:
    rules = {use.rule.id for use in EVERY}
    assert set(PAGES) == {"README.md", *(f"{rule}.md" for rule in rules)}
    assert [PAGES["README.md"].count(f"[{rule}]({rule}.md)") for rule in rules] == [1] * len(rules)


@pytest.mark.parametrize("use", EVERY, ids=lambda use: f"{use.rule.id}-{use.place}")
def test_a_page_says_all_that_the_explanation_says(use: Use) -> None:
    page = PAGES[f"{use.rule.id}.md"]
    assert page.startswith(f"# {use.rule.id}\n")
    for section in explanation(use).sections:
        assert f"# {section.title}\n" in page
        text = section.text.replace("``", "`").replace("|", "&#124;")
        assert all(line in page for line in (text, *section.listed, section.code))


def test_what_is_the_same_in_every_cloud_stands_once() -> None:
    page = PAGES["disk.unattached.md"]
    assert page.count("\n## Thresholds (defaults)\n\n- `grace = 7d`\n") == 1
    assert [page.count(f"\n## {place}\n") for place in ("AWS `ebs`", "Azure `disk`", "Google Cloud `disk`")] == [
        1,
        1,
        1,
    ]


def test_stale_and_left_over_pages_are_told_and_mended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--write"], tmp_path) == 0
    (tmp_path / "disk.unattached.md").write_text("old")
    (tmp_path / "disk.gone.md").write_text("of a rule that is no more")
    (tmp_path / "vm.idle.md").unlink()
    assert main(["--check"], tmp_path) == 1
    assert capsys.readouterr().err.splitlines() == [
        "docs/rules/disk.gone.md is stale; run: make generate",
        "docs/rules/disk.unattached.md is stale; run: make generate",
        "docs/rules/vm.idle.md is stale; run: make generate",
    ]
    assert main(["--write"], tmp_path) == 0
    assert main(["--check"], tmp_path) == 0
