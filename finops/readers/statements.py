"""The statements that a mapping makes: the lines to keep, the rows set aside, the sums of the source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from finops.readers.expressions import literal, name
from schemas.focus import SILVER, Column

if TYPE_CHECKING:
    from collections.abc import Iterator

    from finops.readers.protocol import LineMapping

REASON: Final = "_reason"


def lines_sql(mapping: LineMapping, relation: str) -> str:
    """The lines to keep: the columns of silver, in order, typed."""
    columns = ", ".join(name(column.name) for column in SILVER)
    return f"{_lines(mapping, relation)} SELECT {columns} FROM lines WHERE {REASON} IS NULL"


def judged_sql(mapping: LineMapping, relation: str) -> str:
    """All rows as lines, those to keep and, with a ``_reason``, those to set aside."""
    return f"{_lines(mapping, relation)} SELECT * FROM lines"


def rejected_sql(mapping: LineMapping, relation: str) -> str:
    """The rows set aside: ``file``, ``row``, ``reason``, ``line`` (the row as JSON).

    ``row`` counts from 1 within the file, without the header. ``relation`` is ``files.relation(parts, numbered=True)``.
    """
    extra = ("raw._file AS file", "raw._number AS row", "raw AS _raw")
    told = f"file, row, {REASON} AS reason, CAST(to_json(_raw) AS VARCHAR) AS line"
    lines = _lines(mapping, relation, extra)
    return f"{lines} SELECT DISTINCT {told} FROM lines WHERE {REASON} IS NOT NULL ORDER BY ALL"


def control_sql(mapping: LineMapping, relation: str) -> str:
    """What the source adds up to: ``billing_period``, ``currency``, ``rows``, ``billed``."""
    control = mapping.control
    common = ", ".join([f"raw AS (SELECT * FROM {relation})", *mapping.setup])
    return (
        f"WITH {common} SELECT {control.billing_period} AS billing_period, {control.currency} AS currency, "
        f"count(*) AS rows, sum({control.billed}) AS billed FROM {control.source} GROUP BY ALL ORDER BY ALL"
    )


def _lines(mapping: LineMapping, relation: str, extra: tuple[str, ...] = ()) -> str:
    columns = [f"CAST({_expression(mapping, column)} AS {column.type}) AS {name(column.name)}" for column in SILVER]
    told = ", ".join([*columns, *extra, f"{_row_reason(mapping)} AS _row_reason"])
    typed = f"typed AS (SELECT {told} FROM {mapping.source})"
    judged = f"lines AS (SELECT *, coalesce(_row_reason, {_line_reason(mapping)}) AS {REASON} FROM typed)"
    return "WITH " + ", ".join([f"raw AS (SELECT * FROM {relation})", *mapping.setup, typed, judged])


def _expression(mapping: LineMapping, column: Column) -> str:
    return mapping.expressions.get(column.name, "NULL")


def _row_reason(mapping: LineMapping) -> str:
    """What is wrong with the row as it came."""
    return _when([(bad, _told(column, allowed)) for column, bad, allowed in mapping.unreadable])


def _told(column: str, allowed: str) -> str:
    value = f"coalesce(left(CAST({name(column)} AS VARCHAR), 60), '')"
    return f"{literal(column + ': ')} || '''' || {value} || ''' is not allowed; ' || {literal('allowed: ' + allowed)}"


def _line_reason(mapping: LineMapping) -> str:
    """What is wrong with the line that it became."""
    return _when([*_missing(mapping), *_not_allowed(mapping), *_not_a_line()])


def _missing(mapping: LineMapping) -> Iterator[tuple[str, str]]:
    for column in SILVER:
        if not column.nullable and not _expression(mapping, column).startswith("'"):
            yield f"{name(column.name)} IS NULL", literal(f"{column.name}: missing; a value is needed")


def _not_allowed(mapping: LineMapping) -> Iterator[tuple[str, str]]:
    for column in SILVER:
        if column.allowed and column.name in mapping.checked:
            values = ", ".join(literal(value) for value in column.allowed)
            yield f"{name(column.name)} NOT IN ({values})", _told(column.name, ", ".join(column.allowed))


def _not_a_line() -> Iterator[tuple[str, str]]:
    yield "NOT regexp_full_match(BillingCurrency, '[A-Z]{3}')", _told("BillingCurrency", "three letters, as USD")
    yield "ChargePeriodEnd < ChargePeriodStart", _told("ChargePeriodEnd", "not before ChargePeriodStart")


def _when(whens: list[tuple[str, str]]) -> str:
    return "CASE " + " ".join(f"WHEN {bad} THEN {reason}" for bad, reason in whens) + " END" if whens else "NULL"
