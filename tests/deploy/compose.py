"""compose.yaml as a test reads it: what each service would be started with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

DEPLOY = Path(__file__).parents[2] / "deploy"
_VARIABLE = re.compile(r"\$\{(\w+)(?:(:-|:\?)([^}]*))?\}")


class LackError(Exception):
    """A variable that must be set is not."""


def interpolated(text: str, given: Mapping[str, str]) -> str:
    """As compose replaces ``${NAME}``, ``${NAME:-default}`` and ``${NAME:?why}``."""

    def value(found: re.Match[str]) -> str:
        name, kind, rest = found.groups()
        if told := given.get(name, ""):
            return told
        if kind == ":?":
            raise LackError(f"{name}: {rest}")
        return rest or ""

    return _VARIABLE.sub(value, text)


def services(given: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """By name, with the variables filled in."""
    found: dict[str, dict[str, Any]] = yaml.safe_load(interpolated((DEPLOY / "compose.yaml").read_text(), given))[
        "services"
    ]
    return found


def image_environment() -> dict[str, str]:
    """What the image of all roles sets."""
    text = (DEPLOY / "Dockerfile").read_text().rpartition("FROM ")[2].replace("\\\n", " ")
    pairs = [pair for line in text.splitlines() if line.startswith("ENV ") for pair in line.split()[1:]]
    return dict(pair.split("=", 1) for pair in pairs)
