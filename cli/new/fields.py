"""The facts that a new unit begins with: name, type and path of each, and what the test's answer says of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

MOMENT: Final = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
MOST: Final = 40
"""Facts that a new unit begins with; the rest is for a person to choose."""


@dataclass(frozen=True)
class NewFact:
    """One fact, and the example that its test reads."""

    name: str
    hint: str
    path: str
    example: Any
    doc: str = ""

    @property
    def line(self) -> str:
        """Its line in the class body."""
        doc = f', doc="{self.doc}"' if self.doc else ""
        return f'    {self.name}: {self.hint} = fact("{self.path}"{doc})'


def body(facts: Sequence[NewFact]) -> str:
    """The fields of the class."""
    return "\n".join(one.line for one in facts)


def imports(facts: Sequence[NewFact]) -> str:
    """What the types of the facts need."""
    return "from datetime import datetime\n" if any("datetime" in one.hint for one in facts) else ""


def expected(facts: Sequence[NewFact]) -> str:
    """What the test expects, one fact a line."""
    lines = "".join(f"    {one.name!r}: {literal(one.example)},\n" for one in facts)
    return f"{{\n{lines}}}"


def literal(value: object) -> str:
    """A value as code."""
    if isinstance(value, datetime):
        return f"datetime({value.year}, {value.month}, {value.day}, 3, 4, 5, tzinfo=UTC)"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name!r}: {literal(one)}" for name, one in value.items()) + "}"
    return repr(value)


def distinct(facts: Iterator[NewFact]) -> list[NewFact]:
    """The first of each name, as many as a small unit holds."""
    found: dict[str, NewFact] = {}
    for one in facts:
        found.setdefault(one.name, one)
    return list(found.values())[:MOST]
