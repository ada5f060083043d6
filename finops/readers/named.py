"""The columns that a bill has, by the name that the documentation uses, however this export spells them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from finops.readers import expressions as sql
from schemas.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from finops.readers.protocol import Columns


class Named:
    """Columns found by ``spelling`` (a function of a column's name). What is not there is SQL's ``NULL``."""

    def __init__(self, columns: Columns, spelling: Callable[[str], str]) -> None:
        self.types = {name: kind.upper() for name, kind in columns.items()}
        self._found: dict[str, str] = {}
        for column in columns:
            self._found.setdefault(spelling(column), column)

    def has(self, name: str) -> bool:
        """Whether the bill has it."""
        return name in self._found

    def need(self, form: str, *names: str) -> None:
        """Raises ``InvalidInputError`` for the first columns that are missing."""
        missing = [name for name in names if name not in self._found]
        if missing:
            told = ", ".join(list(self.types)[:6])
            reason = f"{form} needs the column {', '.join(missing)}; the file has {told} … ({len(self.types)} columns)"
            raise InvalidInputError("columns", None, reason)

    def real(self, *names: str) -> tuple[str, ...]:
        """The file's own names of those that are there."""
        return tuple(self._found[name] for name in names if name in self._found)

    def text(self, *names: str) -> str:
        """The text of the first of these that is not empty."""
        return self._first(sql.text, names)

    def decimal(self, *names: str) -> str:
        """The number of the first of these that is not empty."""
        return self._first(sql.decimal, names)

    def time(self, *names: str) -> str:
        """The time of the first of these that is not empty."""
        return self._first(sql.time, names)

    def mapped(self, name: str) -> str:
        """A MAP(VARCHAR, VARCHAR) of a column that is one, or holds one as JSON text. A list of structs is none."""
        column = self.real(name)
        if not column:
            return "NULL"
        if self.types[column[0]].startswith("MAP"):
            return f"CAST({sql.name(column[0])} AS MAP(VARCHAR, VARCHAR))"
        return f"TRY_CAST(TRY_CAST({sql.text(column[0])} AS JSON) AS MAP(VARCHAR, VARCHAR))"

    def _first(self, kind: Callable[[str], str], names: tuple[str, ...]) -> str:
        found = self.real(*names)
        return sql.first(*(kind(column) for column in found)) if found else "NULL"
