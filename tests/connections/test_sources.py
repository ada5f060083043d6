"""Where credentials can come from, told without a secret."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from connections import describe_sources
from schemas.scan import ScanSpec


def test_sources_name_variables_files_profile_and_role(
    spec: Callable[..., ScanSpec], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAAMBIENT000000000")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "planted-secret")
    (home / "config").touch()
    chosen = spec("assume_role", profile="base", role_arn="arn:aws:iam::222222222222:role/reader", external_id="known")
    assert describe_sources(chosen) == (
        "environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY); "
        f"{home / 'credentials'} (not there); {home / 'config'} (found); profile base; "
        "role arn:aws:iam::222222222222:role/reader (with external id)"
    )


def test_sources_of_the_demo_are_its_own(spec: Callable[..., ScanSpec], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAAMBIENT000000000")
    assert describe_sources(spec("demo", account="111111111111")) == (
        "the demo principal, the demo role in account 111111111111"
    )


def test_an_empty_variable_counts_as_not_set(spec: Callable[..., ScanSpec], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "")
    assert describe_sources(spec()).startswith("environment (none of the AWS credential variables is set)")
