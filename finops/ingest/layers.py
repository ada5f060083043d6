"""Silver and gold of one month: Parquet files made beside the lake, then put into it whole."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from finops.ingest.bill import Bill, Month, fetched, readable
from schemas.focus import ACCOUNT
from stores.lake.duck import quoted

if TYPE_CHECKING:
    import duckdb

PARQUET: Final = "(FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 61440)"
"""Row groups of half the usual size: two threads hold theirs in 512 MiB, and nothing is spilled."""
KEY: Final = {
    "day": "CAST(ChargePeriodStart AS DATE)",
    "account_id": ACCOUNT,
    "service_name": "ServiceName",
    "service_category": "ServiceCategory",
    "region": "coalesce(RegionId, '')",
    "operation": "coalesce(x_operation, '')",
    "charge_category": "ChargeCategory",
    "tags": "coalesce(Tags, '{}')",
    "currency": "BillingCurrency",
}
"""The grain of gold within a month of a billing account."""
MEASURES: Final = {
    "account_name": "max(SubAccountName)",
    "billed": "sum(BilledCost)",
    "effective": "sum(EffectiveCost)",
    "list": "sum(ListCost)",
    "contracted": "sum(ContractedCost)",
    "quantity": "CASE WHEN count(DISTINCT ConsumedUnit) = 1 THEN sum(ConsumedQuantity) END",
    "quantity_unit": "CASE WHEN count(DISTINCT ConsumedUnit) = 1 THEN max(ConsumedUnit) END",
    "is_final": "bool_and(x_is_final)",
    "lines": "count(*)",
}
COLUMNS: Final = (*KEY, *MEASURES)
BATCH: Final = 1000


def write_silver(bill: Bill, month: Month, file: Path, *, alone: bool) -> int:
    """The lines of a month, typed; how many. ``alone``: the bill has no other month."""
    of = month.slice
    period = f"BillingPeriodStart = TIMESTAMP '{of.billing_period}-01'"
    mine = f"x_provider = {quoted(of.provider)} AND BillingAccountId = {quoted(of.billing_account_id)} AND {period}"
    lines = bill.lines if alone else f"SELECT * FROM ({bill.lines}) WHERE {mine}"
    return _written(bill.connection, lines, file)


def write_gold(connection: duckdb.DuckDBPyConnection, silver: Path, file: Path) -> int:
    """One row for each day and key; how many."""
    named = ", ".join(f"{expression} AS {name}" for name, expression in {**KEY, **MEASURES}.items())
    summed = f"SELECT {named} FROM read_parquet({quoted(silver)}) GROUP BY {', '.join(KEY.values())}"
    return _written(connection, f"{summed} ORDER BY {', '.join(KEY)}", file)


def gold_rows(connection: duckdb.DuckDBPyConnection, gold: Path) -> Iterator[list[dict[str, Any]]]:
    """Some at a time, in order."""
    columns = ", ".join(COLUMNS)
    order = ", ".join(KEY)
    cursor = connection.execute(f"SELECT {columns} FROM read_parquet({quoted(gold)}) ORDER BY {order}")
    while rows := cursor.fetchmany(BATCH):
        yield [dict(zip(COLUMNS, row, strict=True)) for row in rows]


def billed_of(connection: duckdb.DuckDBPyConnection, layer: Path, column: str) -> Decimal:
    """What a layer adds up to."""
    ((total,),) = fetched(connection, f"SELECT sum({column}) FROM read_parquet({quoted(layer)})")
    return Decimal(total)


def _written(connection: duckdb.DuckDBPyConnection, query: str, file: Path) -> int:
    with readable():
        row = connection.execute(f"COPY ({query}) TO {quoted(file)} {PARQUET}").fetchone()
    return 0 if row is None else int(row[0])
