"""Costs as files: CSV, and Parquet where DuckDB is installed."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from schemas.focus import DECIMAL
from stores.costs import CostRow
from stores.lake.duck import duck, quoted

if TYPE_CHECKING:
    from schemas.settings import Settings

AMOUNTS: Final = ("billed", "effective", "list")
NAME: Final = "account_name"


def columns_of(groups: Sequence[str]) -> list[str]:
    """The columns of a file of costs."""
    named = [name for group in groups for name in ([group, NAME] if group == "account" else [group])]
    return [*named, "currency", *AMOUNTS, "final", "demo"]


def records_of(rows: Iterable[CostRow], groups: Sequence[str], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """The rows by column; the account's name stands beside its number."""
    return [_record(row, groups, names) for row in rows]


def _record(row: CostRow, groups: Sequence[str], names: Mapping[str, str]) -> dict[str, Any]:
    told: dict[str, Any] = dict(zip(groups, row.keys, strict=True))
    if "account" in told:
        told[NAME] = names.get(told["account"])
    amounts = {name: plain(getattr(row, name)) for name in AMOUNTS}
    return {**told, "currency": row.currency, **amounts, "final": row.final, "demo": row.demo}


def plain(amount: Decimal) -> str:
    """Decimal text without an exponent."""
    return f"{amount:f}"


def csv_of(columns: Sequence[str], records: Iterable[Mapping[str, Any]], *, header: bool = True) -> str:
    """A table as CSV; nothing for what is not there, ``true`` and ``false`` in lower case."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    if header:
        writer.writerow(columns)
    writer.writerows([_cell(record.get(name)) for name in columns] for record in records)
    return text.getvalue()


def _cell(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value


def parquet_of(columns: Sequence[str], records: Iterable[Mapping[str, Any]], settings: Settings) -> bytes:
    """The same as Parquet, amounts as exact decimals. Raises ``InvalidInputError`` without the extra ``[lake]``."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        source, target = folder / "costs.csv", folder / "costs.parquet"
        source.write_text(csv_of(columns, records), encoding="utf-8", newline="")
        types = ", ".join(f"{quoted(name)}: '{_type(name)}'" for name in columns)
        form = f"columns = {{{types}}}, header = true, auto_detect = false, delim = ',', quote = '\"', escape = '\"'"
        with duck(settings, folder) as connection:
            read = f"SELECT * FROM read_csv({quoted(source)}, {form}, new_line = '\\r\\n')"  # noqa: S608 - quoted
            connection.execute(f"COPY ({read}) TO {quoted(target)} (FORMAT parquet)")
        return target.read_bytes()


def _type(name: str) -> str:
    if name in AMOUNTS:
        return DECIMAL
    return "BOOLEAN" if name in {"final", "demo"} else "VARCHAR"
