"""Paths into answers: JMESPath, the language that the SDK itself uses, and one function of our own."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import jmespath  # type: ignore[import-untyped]  # ships without types; this module is the border
from jmespath import functions


class _Functions(functions.Functions):  # type: ignore[misc]
    @functions.signature({"types": ["string", "null"]})  # type: ignore[untyped-decorator]
    def _func_last_part(self, name: str | None) -> str | None:
        """``last_part(type)``: what stands after the last slash of a resource name; null of null."""
        return None if name is None else name.rpartition("/")[2]


_OPTIONS = jmespath.Options(custom_functions=_Functions())


@cache
def path_finder(path: str) -> Callable[[object], Any]:
    """A function that finds the value at a path, or None."""
    expression = jmespath.compile(path)

    def find(answer: object) -> Any:  # noqa: ANN401 - what the cloud says has no type yet
        return expression.search(answer, options=_OPTIONS)

    return find
