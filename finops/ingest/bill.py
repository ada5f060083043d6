"""A bill that was opened: its rows as a relation of DuckDB, and what they come to, before anything is written."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from finops.readers.files import Part, relation
from finops.readers.statements import REASON, control_sql, judged_sql, lines_sql, rejected_sql
from schemas.errors import InvalidInputError
from schemas.focus import ACCOUNT, SILVER
from schemas.ingestion import Totals
from stores.ingestions import Slice
from stores.lake.duck import quoted
from stores.lake.errors import LakeError

if TYPE_CHECKING:
    import duckdb

    from finops.readers.protocol import Reader

MONTH: Final = "strftime(BillingPeriodStart, '%Y-%m')"
REASONS_TOLD: Final = 20


@dataclass(frozen=True)
class Bill:
    """One delivery, opened."""

    connection: duckdb.DuckDBPyConnection
    lines: str
    """SQL: the lines to keep."""
    judged: str
    """SQL: the same, and the rows that are none, with a reason."""
    rejected: str
    control: str
    raw: tuple[str, ...]
    """The hashes of its files, sorted."""
    keys: tuple[str, ...]
    """Where they are in the lake."""


@dataclass(frozen=True)
class Month:
    """What a bill says of one month of one billing account."""

    slice: Slice
    currency: str
    accounts: tuple[str, ...]
    first_day: date
    last_day: date
    lines: int
    billed: Decimal
    effective: Decimal

    @property
    def totals(self) -> dict[str, Totals]:
        """By currency."""
        return {self.currency: Totals(rows=self.lines, billed=f"{self.billed:f}", effective=f"{self.effective:f}")}


def open_bill(
    connection: duckdb.DuckDBPyConnection,
    reader: Reader,
    parts: Sequence[Part],
    as_of: datetime,
    staging: Path,
    raw: Mapping[str, str],
) -> Bill:
    """Raises ``InvalidInputError`` for files that are no bill of this form. ``raw``: keys in the lake by hash."""
    plain = relation(parts)
    with readable(parts):
        if any(not part.key.lower().endswith(".parquet") for part in parts):
            staged = staging / "rows.parquet"
            connection.execute(f"COPY (SELECT * FROM {plain}) TO {quoted(staged)} (FORMAT parquet)")
            plain = f"read_parquet({quoted(staged)})"
        columns = {row[0]: row[1] for row in connection.execute(f"DESCRIBE SELECT * FROM {plain}").fetchall()}
    mapping = reader.mapping(columns, as_of)
    return Bill(
        connection,
        lines_sql(mapping, plain),
        judged_sql(mapping, plain),
        rejected_sql(mapping, relation(parts, numbered=True)),
        control_sql(mapping, plain),
        tuple(sorted(raw)),
        tuple(raw[each] for each in sorted(raw)),
    )


def months(bill: Bill) -> tuple[list[Month], bool]:
    """Its months, by account, and whether rows have to be set aside: in one pass.

    Raises ``InvalidInputError`` for a bill of several currencies in one month.
    """
    good = f"{REASON} IS NULL"
    named = {"x_provider": "x_provider", "BillingAccountId": "BillingAccountId", "month": MONTH}
    key = ", ".join(f"CASE WHEN {good} THEN {told} END AS {name}" for name, told in named.items())
    days = "min(CAST(ChargePeriodStart AS DATE)), max(CAST(ChargePeriodStart AS DATE))"
    sums = "count(*), sum(BilledCost), sum(EffectiveCost)"
    currency = f"CASE WHEN {good} THEN BillingCurrency END AS currency"
    select = f"SELECT {good} AS good, {key}, {currency}, list_sort(list(DISTINCT {ACCOUNT})), {days}, {sums}"
    found: dict[Slice, Month] = {}
    bad = False
    for kept, *row in fetched(bill.connection, f"{select} FROM ({bill.judged}) GROUP BY ALL ORDER BY ALL"):
        of = Slice(*row[:3])
        if not kept:
            bad = True
        elif of in found:
            raise InvalidInputError("BillingCurrency", f"{found[of].currency} and {row[3]}", _one_currency(of))
        else:
            found[of] = Month(of, *row[3:])
    return list(found.values()), bad


def without_judging(bill: Bill) -> Bill:
    """The bill when each of its rows is known to be a line: nothing has to be looked at again."""
    columns = ", ".join(f'"{column.name}"' for column in SILVER)
    return dataclasses.replace(bill, lines=f"SELECT {columns} FROM ({bill.judged})")


def source_totals(bill: Bill) -> tuple[int, dict[tuple[str, str], Decimal]]:
    """The rows of the source, and its billed cost by month and currency, past the mapping of the lines."""
    rows, totals = 0, {}
    for period, currency, count, billed in fetched(bill.connection, bill.control):
        rows += count
        if period is not None and currency is not None:
            totals[f"{period:%Y-%m}", currency] = billed or Decimal(0)
    return rows, totals


def set_aside(bill: Bill, file: Path) -> tuple[int, dict[str, int]]:
    """Write the rows that are no lines to a file, with their reasons; how many, and the most frequent reasons."""
    fetched(bill.connection, f"COPY ({bill.rejected}) TO {quoted(file)} (FORMAT parquet, COMPRESSION zstd)")
    counted = (
        f"SELECT reason, count(*) AS rows FROM read_parquet({quoted(file)}) GROUP BY ALL ORDER BY rows DESC, reason"
    )
    reasons = fetched(bill.connection, counted)
    return sum(rows for _, rows in reasons), dict(reasons[:REASONS_TOLD])


def fetched(connection: duckdb.DuckDBPyConnection, query: str) -> list[Any]:
    """The rows of a query. Raises ``InvalidInputError`` for a file that cannot be read to its end."""
    with readable():
        return connection.execute(query).fetchall()


@contextlib.contextmanager
def readable(parts: Sequence[Part] = ()) -> Iterator[None]:
    """What DuckDB says of a broken file, as an error about the input that names the part."""
    import duckdb

    try:
        yield
    except (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.IOException) as error:
        told, broken = str(error), "path"
        for part in parts:
            if str(part.path) in told:
                told, broken = told.replace(str(part.path), part.key), part.key
        raise InvalidInputError(broken, None, f"this bill cannot be read: {_line(told)}") from error
    except duckdb.OutOfMemoryException as error:
        raise LakeError(
            f"the bill needs more memory or disk: raise SENTINEL_LAKE_MEMORY_MIB ({_line(str(error))})"
        ) from error


def _line(told: str) -> str:
    """Without the advice to those who write SQL."""
    return " ".join(told.partition("Possible ")[0].split())[:300]


def _one_currency(of: Slice) -> str:
    return f"allowed: one currency a bill ({of.provider} {of.billing_account_id}, {of.billing_period})"
