"""Paths into answers: JMESPath, the language that the SDK itself uses."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import jmespath  # type: ignore[import-untyped]  # ships without types; this module is the border


@cache
def path_finder(path: str) -> Callable[[object], Any]:
    """A function that finds the value at a path, or None."""
    find: Callable[[object], Any] = jmespath.compile(path).search
    return find
