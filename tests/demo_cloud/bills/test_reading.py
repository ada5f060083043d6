"""The demo's bills through the readers of real ones: each month adds up to what the csv module makes of its files."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from demo_cloud.azure.names import LAB, SHOP
from finops.readers.files import Part
from finops.readers.protocol import Delivery, RawFile
from finops.readers.registry import reader
from tests.finops.readers.bills import read_csv, stored, take

MODIFIED = datetime(2026, 11, 21, tzinfo=UTC)
Line = dict[str, str]


def _deliveries(form: str, folder: Path) -> list[Delivery]:
    found = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    files = [RawFile(path.relative_to(folder).as_posix(), path.stat().st_size, MODIFIED) for path in found]
    return reader(form).deliveries(files, lambda key: (folder / key).read_bytes())


def _gcp(line: Line) -> Decimal:
    return Decimal(line["cost"]) + sum((Decimal(each["amount"]) for each in json.loads(line["credits"])), Decimal(0))


@pytest.mark.parametrize(
    ("bill", "count", "cost"),
    [
        ("aws-cur", 13, lambda line: Decimal(line["line_item_unblended_cost"])),
        (f"azure-export {SHOP}", 13, lambda line: Decimal(line["CostInBillingCurrency"])),
        (f"azure-export {LAB}", 13, lambda line: Decimal(line["costInBillingCurrency"])),
        ("gcp-export", 1, _gcp),
    ],
)
def test_thirteen_months_and_the_newest_to_the_last_digit(
    bills: dict[str, Path], bill: str, count: int, cost: Callable[[Line], Decimal]
) -> None:
    form, folder = bill.split(maxsplit=1)[0], bills[bill]
    deliveries = _deliveries(form, folder)
    assert len(deliveries) == count
    newest = deliveries[-1]
    parts = [Part(key, folder / key) for key in newest.parts if "202611" in key or "2026-11" in key]
    taken = take(reader(form), *parts)
    apart = sum((cost(line) for part in parts for line in read_csv(part)), Decimal(0))
    assert list(stored(taken)) in ([("2026-11", "USD")], [("2026-11", "EUR")])
    assert list(stored(taken).values()) == [apart] == [row["billed"] for row in taken.control]
    assert taken.rejected == []
