"""docs/events.md and docs/coverage.md tell the whole catalogue, and are fresh."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas import catalogue_docs
from schemas.catalogue import event_types, load_catalogue
from schemas.catalogue_docs import coverage_page, events_page, main


def test_the_pages_are_fresh() -> None:
    assert main(["--check"]) == 0


def test_every_event_type_stands_in_the_page_once_with_its_meaning_value_and_unit() -> None:
    rows = [line.removesuffix(" |").split(" | ") for line in events_page().splitlines() if line.startswith("| `")]
    assert sorted(row[0] for row in rows) == sorted(f"| `{name}`" for name in event_types())
    for name, meaning, value, unit in rows:
        event = event_types()[name.strip("| `")].event
        assert meaning == event.description.replace("|", "&#124;")
        assert value.startswith(event.value_type)
        assert unit == (event.unit or "")


def test_every_service_operation_permission_and_rule_stands_in_the_page() -> None:
    page = coverage_page()
    for provider in load_catalogue().providers.values():
        for service in provider.services:
            told = {service.service, *service.operations, *service.permissions, *(rule.id for rule in service.rules)}
            assert [name for name in told if f"`{name}`" not in page] == []


def test_a_stale_page_is_told_and_written_anew(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(catalogue_docs, "ROOT", tmp_path)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "events.md").write_text("old")
    assert main(["--check"]) == 1
    assert capsys.readouterr().err.splitlines() == [
        "docs/events.md is stale; run: make generate",
        "docs/coverage.md is stale; run: make generate",
    ]
    assert main(["--write"]) == 0
    assert main(["--check"]) == 0
