"""Lines of a given width. Ids are never cut: what does not fit stands on a line of its own."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Sequence
from typing import Final

WIDEST: Final = 120


def screen_width() -> int:
    """Columns of the terminal; 80 where there is none."""
    return min(WIDEST, max(40, shutil.get_terminal_size((80, 24)).columns))


def wrapped(text: str, width: int, *, indent: str = "", limit: int | None = None) -> list[str]:
    """The text on lines of this width, at most ``limit`` of them; words (ids among them) are never broken."""
    return textwrap.wrap(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=indent or "  ",
        break_long_words=False,
        break_on_hyphens=False,
        max_lines=limit,
        placeholder=" ...",
    )


def with_id(text: str, identifier: str, width: int, *, indent: str = "  ") -> list[str]:
    """Text and id on one line where they fit, else the id, whole, on the next."""
    one = f"{indent}{text}  {identifier}"
    if len(one) <= width:
        return [one]
    return [*wrapped(text, width, indent=indent, limit=1), f"{indent}  {identifier}"]


def shortened(names: Sequence[str], width: int) -> str:
    """As many names as fit, then how many more there are."""
    kept: list[str] = []
    for position, name in enumerate(names):
        rest = len(names) - position
        if len(", ".join([*kept, name])) + len(f" and {rest} more") > width and kept:
            return f"{', '.join(kept)} and {rest} more"
        kept.append(name)
    return ", ".join(kept)


def table(rows: Sequence[Sequence[str]], *, gap: str = "  ") -> list[str]:
    """Columns as wide as their widest cell."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))] if rows else []
    return [gap.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def printable(text: str) -> str:
    """What came from elsewhere must not move the cursor."""
    return "".join(character if character.isprintable() else "?" for character in text)
