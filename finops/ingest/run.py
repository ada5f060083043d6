"""An ingestion from end to end. Killed at any moment and run again, it comes to the same store and the same lake.

Raw is kept by content. Silver and gold are named by the ingestion, whose id hashes the input and what it replaces.
Events have deterministic ids. The manifest and the row that make a month the active one change last, each in one step.
"""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote
from uuid import uuid4

from finops.ingest import bill as bills
from finops.ingest.bill import Bill, Month
from finops.ingest.errors import NotReconciledError
from finops.ingest.month import Taken, take_month
from finops.ingest.order import Desk, Order
from finops.ingest.planning import plan
from finops.readers.deliveries import check_contents
from finops.readers.files import Part
from schemas.errors import InvalidInputError
from schemas.ingestion import Balance, Reconciliation
from stores import daily_costs, ingestions
from stores.lake.duck import duck
from stores.lake.raw import Kept, keep_raw

if TYPE_CHECKING:
    from datetime import datetime

    import duckdb

    from finops.readers.protocol import Delivery

HALF_A_CENT: Final = Decimal("0.005")
SWEEP: Final = 5000
FORGOTTEN_SECONDS: Final = 24 * 3600
Sums = Mapping[tuple[str, str], Decimal]
"""By month and currency."""


async def ingest(order: Order, desk: Desk) -> list[Reconciliation]:
    """Take all deliveries of a source, each as a whole. Raises ``InvalidInputError`` for one that is refused."""
    found = await asyncio.to_thread(order.source.list)
    deliveries = order.reader.deliveries(found, lambda key: b"".join(order.source.chunks(key)))
    return [await _take(order, desk, each) for each in deliveries]


async def _take(order: Order, desk: Desk, delivery: Delivery) -> Reconciliation:
    """All that may refuse comes before anything is written but raw."""
    with _folder(desk.lake.staging) as folder, duck(desk.settings, folder) as connection:
        asof = desk.clock()
        bill = await asyncio.to_thread(_open, order, desk, delivery, connection, folder, asof)
        desk.step(f"{delivery.name}: adding up")
        rows_read, source = await asyncio.to_thread(bills.source_totals, bill)
        _check_promise(delivery, rows_read)
        months, bad = await asyncio.to_thread(bills.months, bill)
        aside, reasons = 0, dict[str, int]()
        if bad:
            aside, reasons = await asyncio.to_thread(bills.set_aside, bill, folder / "aside.parquet")
        else:
            bill = bills.without_judging(bill)
        _check_source(delivery, source, months, reasons)
        async with desk.store.read() as reading:
            active = await ingestions.active_ingestions(reading, order.client_id)
        plans = plan(order, bill, months, active, asof, rows_read=rows_read)
        kept_at = await asyncio.to_thread(_keep_aside, order, desk, bill, folder / "aside.parquet") if aside else None
        alone = len(months) == 1
        taken = [await take_month(desk, bill, *each, folder, alone=alone) for each in zip(months, plans, strict=True)]
    await _sweep(desk)
    return Reconciliation(
        source=order.reader.name,
        delivery=delivery.name,
        rows_read=rows_read,
        lines_kept=sum(month.lines for month in months),
        rows_set_aside=aside,
        reasons=reasons,
        set_aside=kept_at,
        months=tuple(each.month for each in taken),
        balances=_balances(source, taken),
    )


def _open(
    order: Order, desk: Desk, delivery: Delivery, connection: duckdb.DuckDBPyConnection, folder: Path, asof: datetime
) -> Bill:
    kept: dict[str, Kept] = {}
    for key in delivery.parts:
        desk.step(f"raw {key}")
        kept[key] = keep_raw(desk.lake, key, order.source.chunks(key))
    check_contents({key: each.sha256 for key, each in kept.items()})
    parts = [Part(key, desk.lake.local(each.key, folder)) for key, each in kept.items()]
    desk.step(f"{delivery.name}: opening")
    raw = {each.sha256: each.key for each in kept.values()}
    return bills.open_bill(connection, order.reader, parts, asof, folder, raw)


def _check_promise(delivery: Delivery, rows_read: int) -> None:
    promised = delivery.promised_rows
    if promised is not None and promised != rows_read:
        told = f"promises {promised:,} rows and its files hold {rows_read:,}: a part is cut off or not there yet"
        raise InvalidInputError(delivery.manifest or delivery.name, None, told)


def _check_source(delivery: Delivery, source: Sums, months: Sequence[Month], reasons: Mapping[str, int]) -> None:
    """What the lines add up to is what the source does; a difference needs rows that were set aside."""
    if not months:
        why = f": {next(iter(reasons))}" if reasons else ""
        raise InvalidInputError("path", delivery.name, f"none of its rows is a line of a bill{why}")
    lines: dict[tuple[str, str], Decimal] = {}
    for month in months:
        key = month.slice.billing_period, month.currency
        lines[key] = lines.get(key, Decimal(0)) + month.billed
    wrong = [key for key, total in lines.items() if abs(total - source.get(key, Decimal(0))) >= HALF_A_CENT]
    if wrong and not reasons:
        period, currency = wrong[0]
        told = f"{lines[wrong[0]]:.2f} {currency} in its lines, {source.get(wrong[0], Decimal(0)):.2f} in the source"
        raise NotReconciledError(f"{delivery.name}, {period}: {told}")


def _keep_aside(order: Order, desk: Desk, bill: Bill, file: Path) -> str:
    name = hashlib.sha256("".join(bill.raw).encode()).hexdigest()[:32]
    key = f"set_aside/client={quote(order.client_id, safe='')}/{order.reader.name}-{name}.parquet"
    desk.lake.put(key, file)
    return key


def _balances(source: Sums, taken: Sequence[Taken]) -> tuple[Balance, ...]:
    store: dict[tuple[str, str], Decimal] = {}
    for each in taken:
        for currency, total in each.billed.items():
            key = each.month.billing_period, currency
            store[key] = store.get(key, Decimal(0)) + total
    nothing = Decimal(0)
    return tuple(
        Balance(billing_period=key[0], currency=key[1], source=source.get(key, nothing), store=store.get(key, nothing))
        for key in sorted({*source, *store})
    )


async def _sweep(desk: Desk) -> None:
    """What was replaced leaves the store, some rows at a time."""
    gone = SWEEP
    while gone == SWEEP:
        async with desk.store.write() as writing:
            gone = await daily_costs.delete_replaced(writing, SWEEP)


@contextmanager
def _folder(staging: Path) -> Iterator[Path]:
    """A folder of this run; those of runs that died long ago are taken away."""
    staging.mkdir(parents=True, exist_ok=True)
    for old in staging.glob("ingest-*"):
        if time.time() - old.stat().st_mtime > FORGOTTEN_SECONDS:
            shutil.rmtree(old, ignore_errors=True)
    folder = staging / f"ingest-{uuid4().hex}"
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
