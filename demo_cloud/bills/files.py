"""How the bills are written: CSV with a header, packed when its name says so, the same bytes every time."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

from demo_cloud.bills.charge import Charge
from demo_cloud.bills.season import month_of


def by_month(lines: Iterable[Charge]) -> Iterator[tuple[date, list[Charge]]]:
    """The lines of each month, oldest first, in the order of their days."""

    def month(line: Charge) -> date:
        return month_of(line.start)

    for key, found in groupby(sorted(lines, key=lambda line: line.start), month):
        yield key, list(found)


def write_csv(path: Path, columns: Iterable[str], rows: Iterable[Mapping[str, Any]], *, bom: bool = False) -> int:
    """Write the rows; how many bytes it took. A column that a row does not have is empty."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = io.StringIO(newline="")
    names = list(columns)
    writer = csv.writer(text)
    writer.writerow(names)
    writer.writerows([row.get(name, "") for name in names] for row in rows)
    body = text.getvalue().encode("utf-8-sig" if bom else "utf-8")
    if path.suffix == ".gz":
        body = gzip.compress(body, compresslevel=1, mtime=0)
    return path.write_bytes(body)
