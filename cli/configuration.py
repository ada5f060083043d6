"""The settings, and what a wrong one looks like to a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cli.exits import CommandError, ExitCode

if TYPE_CHECKING:
    from schemas.settings import Settings


def load_settings(**chosen: Any) -> Settings:  # noqa: ANN401 - the fields of Settings
    """The settings from the environment, with what the command line chose on top."""
    from pydantic import ValidationError

    from schemas.settings import Settings

    try:
        return Settings(**{name: value for name, value in chosen.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = "SENTINEL_" + "_".join(str(part) for part in first["loc"]).upper()
        raise CommandError(
            ExitCode.BAD_INPUT, f'{name}="{first["input"]}" is not allowed: {first["msg"]} (docs/settings.md)'
        ) from None


def make_home(settings: Settings) -> None:
    """The folder of store and bus. Raises ``CommandError`` (exit 2) where it cannot be."""
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandError(
            ExitCode.BAD_INPUT, f"no folder can be made at {settings.home}: {error.strerror}; choose SENTINEL_HOME"
        ) from None
