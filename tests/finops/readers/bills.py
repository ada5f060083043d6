"""Bills written to files, read as the lake reads them, and added up apart from it: csv and Decimal."""

from __future__ import annotations

import csv
import gzip
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from finops.readers.files import Part, relation
from finops.readers.protocol import Reader
from finops.readers.statements import REASON, control_sql, judged_sql, rejected_sql

AS_OF = datetime(2026, 11, 21, 8, tzinfo=UTC)
Row = dict[str, Any]


@dataclass(frozen=True)
class Taken:
    """What became of a bill."""

    lines: list[Row]
    rejected: list[Row]
    control: list[Row]

    def total(self, column: str, **where: object) -> Decimal:
        chosen = [line for line in self.lines if all(line[name] == value for name, value in where.items())]
        return sum((line[column] for line in chosen), Decimal(0))


def take(reader: Reader, *parts: Part) -> Taken:
    """Through all the steps of ``finops.readers.protocol``."""
    database = duckdb.connect()
    plain, numbered = relation(parts), relation(parts, numbered=True)
    columns = {row["column_name"]: row["column_type"] for row in rows(database, f"DESCRIBE SELECT * FROM {plain}")}
    mapping = reader.mapping(columns, AS_OF)
    database.execute(f"CREATE TEMP TABLE judged AS {judged_sql(mapping, plain)}")
    judged = rows(database, "SELECT * FROM judged")
    aside = any(line[REASON] for line in judged)
    return Taken(
        [line for line in judged if line[REASON] is None],
        rows(database, rejected_sql(mapping, numbered)) if aside else [],
        rows(database, control_sql(mapping, plain)),
    )


def rows(database: duckdb.DuckDBPyConnection, statement: str) -> list[Row]:
    found = database.execute(statement)
    names = [column[0] for column in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def as_csv(path: Path, lines: Sequence[Mapping[str, object]], *, encoding: str = "utf-8", ending: str = "\r\n") -> Part:
    """A CSV, gzipped when its name says so. Columns: all that any line has."""
    columns = list(dict.fromkeys(column for line in lines for column in line))
    written = io.StringIO(newline="")
    writer = csv.DictWriter(written, columns, restval="", lineterminator=ending)
    writer.writeheader()
    writer.writerows(lines)
    content = written.getvalue().encode(encoding)
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return Part(path.name, path)


def as_parquet(path: Path, select: str) -> Part:
    """What a SELECT gives, as Parquet."""
    duckdb.connect().execute(f"COPY ({select}) TO '{path}' (FORMAT parquet)")
    return Part(path.name, path)


def added_up(
    lines: Iterable[Mapping[str, str]], month: str, currency: str, cost: str
) -> dict[tuple[str, str], Decimal]:
    """Totals by the first seven letters of ``month`` and by currency: no reader, no database."""
    totals: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for line in lines:
        totals[line[month][:7], line[currency]] += Decimal(line[cost])
    return dict(totals)


def read_csv(part: Part) -> list[dict[str, str]]:
    """By the csv module."""
    content = part.path.read_bytes()
    text = (gzip.decompress(content) if part.gzipped else content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def stored(taken: Taken) -> dict[tuple[str, str], Decimal]:
    """Totals of the lines, by billing month and currency."""
    totals: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for line in taken.lines:
        totals[f"{line['BillingPeriodStart']:%Y-%m}", line["BillingCurrency"]] += line["BilledCost"]
    return dict(totals)
