"""Pieces of SQL for mappings: how a text becomes a number, a time, a map of tags."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Final

from schemas.focus import DECIMAL

NOTHING: Final = ("", "NULL", "null")
"""Texts that stand for nothing in published bills."""


def name(column: str) -> str:
    """A column's name in SQL."""
    return '"' + column.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text in SQL."""
    return "'" + text.replace("'", "''") + "'"


def text(column: str, kind: str = "VARCHAR", nothing: Iterable[str] = NOTHING) -> str:
    """The text of a column of this type, or null for what stands for nothing."""
    if kind == "VARCHAR":
        return f"CASE WHEN {name(column)} NOT IN ({', '.join(map(literal, nothing))}) THEN {name(column)} END"
    return f"CAST({name(column)} AS VARCHAR)"


def decimal(column: str, kind: str = "VARCHAR", nothing: Iterable[str] = NOTHING) -> str:
    """Exact, of a text or of a double by its shortest text (0.1 is 0.1); null for what is no number.

    A double of at most 15 digits that a DECIMAL(15, 10) gives back unchanged has that decimal as its shortest text,
    since no two decimals of 15 digits are the same double: no text needs to be written for it.
    """
    if kind not in {"DOUBLE", "FLOAT"}:
        return to_decimal(name(column) if kind.startswith("DECIMAL") else text(column, kind, nothing))
    told, short = name(column), f"TRY_CAST({name(column)} AS DECIMAL(15, 10))"
    if kind == "FLOAT":
        return to_decimal(f"CAST({told} AS VARCHAR)")
    slow = to_decimal(f"CAST({told} AS VARCHAR)")
    return f"CASE WHEN CAST({short} AS DOUBLE) = {told} THEN CAST({short} AS {DECIMAL}) ELSE {slow} END"


def to_decimal(told: str) -> str:
    """A number of an SQL text or number."""
    return f"TRY_CAST({told} AS {DECIMAL})"


def no_decimal(column: str, kind: str, nothing: Iterable[str] = NOTHING) -> str:
    """Whether something stands there that is no number which fits."""
    if kind in {"DOUBLE", "FLOAT"}:
        return f"(NOT isfinite({name(column)}) OR abs({name(column)}) >= 1e20)"
    told = name(column) if kind.startswith("DECIMAL") else text(column, kind, nothing)
    return f"({told} IS NOT NULL AND {to_decimal(told)} IS NULL)"


def time(column: str, kind: str = "VARCHAR", nothing: Iterable[str] = NOTHING) -> str:
    """UTC: with ``T`` or a blank, with an offset, ``Z`` or none; null for what is no time."""
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"({name(column)} AT TIME ZONE 'UTC')"
    if kind in {"DATE", "TIMESTAMP"} or kind.startswith("TIMESTAMP_"):
        return f"CAST({name(column)} AS TIMESTAMP)"
    return to_time(text(column, kind, nothing))


def to_time(told: str) -> str:
    """A moment of an SQL text. A text without an offset is UTC."""
    return f"coalesce(TRY_CAST({told} AS TIMESTAMP), TRY_CAST({told} AS TIMESTAMPTZ) AT TIME ZONE 'UTC')"


def sorted_json(map_sql: str) -> str:
    """A MAP as JSON with sorted keys; null for none and for an empty one."""
    entries = f"list_sort(map_entries({map_sql}))"
    return f"CASE WHEN cardinality({map_sql}) > 0 THEN CAST(to_json(map_from_entries({entries})) AS VARCHAR) END"


def entries_json(entries: str, key: str) -> str:
    """The entries of a MAP that have a value, as sorted JSON, written piece by piece; ``key`` is SQL over ``entry``.

    Twice as fast as a map that is made anew for each line.
    """
    kept = f"list_filter({entries}, lambda entry: entry.value <> '')"
    pieces = f"list_transform({kept}, lambda entry: to_json({key}) || ':' || to_json(entry.value))"
    return f"nullif('{{' || array_to_string(list_sort({pieces}), ',') || '}}', '{{}}')"


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


def json_object(values: Mapping[str, str]) -> str:
    """JSON with these keys in order, of SQL texts; a null has no key, and no key is null."""
    pairs = ", ".join(f"{literal(_json_key(key))} || to_json({told})" for key, told in sorted(values.items()))
    return f"nullif('{{' || concat_ws(',', {pairs}) || '}}', '{{}}')" if pairs else "NULL"


def _json_key(key: str) -> str:
    return json.dumps(key, ensure_ascii=False) + ":"
