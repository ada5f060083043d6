"""Pieces of SQL for mappings: how a text becomes a number, a time, a map of tags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from schemas.focus import DECIMAL

NOTHING: Final = "('', 'NULL', 'null')"
"""Texts that stand for nothing in published bills."""


def name(column: str) -> str:
    """A column's name in SQL."""
    return '"' + column.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text in SQL."""
    return "'" + text.replace("'", "''") + "'"


def text(column: str) -> str:
    """The text of a column, or null for nothing."""
    return f"nullif(nullif(nullif(trim(CAST({name(column)} AS VARCHAR)), ''), 'NULL'), 'null')"


def decimal(column: str) -> str:
    """Exact, of a text or of a double by its shortest text (0.1 is 0.1); null for what is no number."""
    return to_decimal(text(column))


def to_decimal(told: str) -> str:
    """A number of an SQL text."""
    return f"TRY_CAST({told} AS {DECIMAL})"


def time(column: str) -> str:
    """UTC: with ``T`` or a blank, with an offset, ``Z`` or none; null for what is no time."""
    return to_time(text(column))


def to_time(told: str) -> str:
    """A moment of an SQL text. A text without an offset is UTC."""
    return f"coalesce(TRY_CAST({told} AS TIMESTAMP), TRY_CAST({told} AS TIMESTAMPTZ) AT TIME ZONE 'UTC')"


def sorted_json(map_sql: str) -> str:
    """A MAP as JSON with sorted keys; null for none and for an empty one."""
    entries = f"list_sort(map_entries({map_sql}))"
    return f"CASE WHEN cardinality({map_sql}) > 0 THEN CAST(to_json(map_from_entries({entries})) AS VARCHAR) END"


def case(subject: str, table: Mapping[str, str], otherwise: str = "NULL") -> str:
    """One text for another."""
    whens = " ".join(f"WHEN {literal(key)} THEN {literal(value)}" for key, value in table.items())
    return f"CASE {subject} {whens} ELSE {otherwise} END"


def among(subject: str, values: Iterable[str]) -> str:
    """Whether a text is one of these."""
    return f"{subject} IN ({', '.join(literal(value) for value in values)})"


def first(*expressions: str) -> str:
    """The first that is not null."""
    return f"coalesce({', '.join(expressions)})" if len(expressions) > 1 else expressions[0]


def next_month(moment: str) -> str:
    """The first of the month after."""
    return f"({moment} + INTERVAL 1 MONTH)"
