"""The columns that a bill has, by the name that the documentation uses, however this export spells them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NoReturn

from finops.readers import expressions as sql
from schemas.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from finops.readers.protocol import Columns

NUMBER: Final = "a decimal number of at most 20 digits before the point"
TIME: Final = "a time, as 2026-11-01T00:00:00Z"


class Named:
    """Columns found by ``spelling`` (a function of a column's name). What is not there is SQL's ``NULL``."""

    def __init__(
        self, columns: Columns, spelling: Callable[[str], str], nothing: tuple[str, ...] = sql.NOTHING
    ) -> None:
        self._nothing = nothing
        self.types = {name: kind.upper() for name, kind in columns.items()}
        self._spelling = spelling
        self._found: dict[str, str] = {}
        for column in columns:
            self._found.setdefault(spelling(column), column)

    def has(self, name: str) -> bool:
        """Whether the bill has it."""
        return self._spelling(name) in self._found

    def need(self, form: str, *names: str) -> None:
        """Raises ``InvalidInputError`` for columns that are missing."""
        missing = [name for name in names if not self.has(name)]
        if missing:
            self._refuse(form, ", ".join(missing))

    def need_one(self, form: str, *names: str) -> None:
        """Raises ``InvalidInputError`` when none of these is there."""
        if not any(self.has(name) for name in names):
            self._refuse(form, " or ".join(names))

    def _refuse(self, form: str, missing: str) -> NoReturn:
        told = ", ".join(list(self.types)[:6])
        reason = f"{form} needs the column {missing}; the file has {told} … ({len(self.types)} columns)"
        raise InvalidInputError("columns", None, reason)

    def real(self, *names: str) -> tuple[str, ...]:
        """The file's own names of those that are there."""
        return tuple(self._found[self._spelling(name)] for name in names if self.has(name))

    def text(self, *names: str) -> str:
        """The text of the first of these that is not empty."""
        return self._first(sql.text, names)

    def decimal(self, *names: str) -> str:
        """The number of the first of these that is not empty."""
        return self._first(sql.decimal, names)

    def time(self, *names: str) -> str:
        """The time of the first of these that is not empty."""
        return self._first(sql.time, names)

    def unreadable(self, numbers: Iterable[str], times: Iterable[str]) -> tuple[tuple[str, str, str], ...]:
        """``LineMapping.unreadable`` for columns that hold numbers and times."""
        bad_numbers = ((name, sql.no_decimal(name, self.types[name], self._nothing)) for name in self.real(*numbers))
        texts = [name for name in self.real(*times) if self.types[name] == "VARCHAR"]
        bad_times = ((name, f"({self._text(name)} IS NOT NULL AND {self._time(name)} IS NULL)") for name in texts)
        return (*((name, bad, NUMBER) for name, bad in bad_numbers), *((name, bad, TIME) for name, bad in bad_times))

    def mapped(self, name: str) -> str:
        """A MAP(VARCHAR, VARCHAR) of a column that is one, or holds one as JSON text. A list of structs is none."""
        column = self.real(name)
        if not column:
            return "NULL"
        if self.types[column[0]].startswith("MAP"):
            return f"CAST({sql.name(column[0])} AS MAP(VARCHAR, VARCHAR))"
        return f"TRY_CAST(TRY_CAST({self._text(column[0])} AS JSON) AS MAP(VARCHAR, VARCHAR))"

    def _first(self, kind: Callable[[str, str, tuple[str, ...]], str], names: tuple[str, ...]) -> str:
        found = [kind(column, self.types[column], self._nothing) for column in self.real(*names)]
        return sql.first(*found) if found else "NULL"

    def _text(self, column: str) -> str:
        return sql.text(column, self.types[column], self._nothing)

    def _time(self, column: str) -> str:
        return sql.time(column, self.types[column], self._nothing)
