"""What a scan of the demo must find: the rows of all themes."""

from __future__ import annotations

from typing import Final

from demo_cloud.planted import THEMES
from demo_cloud.rows import Expected

__all__ = ["EXPECTED", "Expected"]

EXPECTED: Final[tuple[Expected, ...]] = tuple(row for theme in THEMES for row in theme.EXPECTED)
