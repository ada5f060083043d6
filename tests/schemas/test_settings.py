"""Settings come from the environment, once, and are checked."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from schemas.settings import Settings


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("SENTINEL_")]:
        monkeypatch.delenv(name)


def test_defaults_are_one_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings()
    assert settings.bus_url == f"sqlite:///{tmp_path}/.sentinel/bus.sqlite"
    assert settings.store_url == f"sqlite:///{tmp_path}/.sentinel/store.sqlite"
    assert (settings.host, settings.port, settings.event_retention_days) == ("127.0.0.1", 8080, 14)
    assert settings.demo_endpoint == ""


def test_the_environment_is_read_by_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENTINEL_BUS", "kafka://broker:9092")
    monkeypatch.setenv("SENTINEL_REGION_THREADS", "3")
    monkeypatch.setenv("SENTINEL_FIXED_NOW", "2026-11-21T04:00:00Z")
    monkeypatch.setenv("PORT", "1")
    settings = Settings()
    assert settings.bus_url == "kafka://broker:9092"
    assert settings.region_threads == 3
    assert settings.fixed_now == datetime(2026, 11, 21, 4, tzinfo=UTC)
    assert settings.port == 8080


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SENTINEL_PORT", "70000"),
        ("SENTINEL_PORT", "http"),
        ("SENTINEL_REGION_THREADS", "0"),
        ("SENTINEL_REQUESTS_PER_SECOND", "0"),
        ("SENTINEL_LOG_LEVEL", "loud"),
        ("SENTINEL_MAX_ATTEMPTS", "11"),
    ],
)
def test_a_setting_out_of_bounds_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError, match=name.removeprefix("SENTINEL_").lower()):
        Settings()


@pytest.mark.parametrize(
    "name", ["SENTINEL_RAW", "SENTINEL_RULES", "SENTINEL_HOME", "SENTINEL_RETENTION_DAYS", "SENTINEL_PORT"]
)
def test_an_empty_setting_is_one_that_is_not_set(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    unset = Settings()
    monkeypatch.setenv(name, "")
    assert Settings() == unset


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().port = 1  # type: ignore[misc]  # the frozen model is what is tested


def test_every_setting_is_described() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
