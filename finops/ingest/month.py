"""One month of one billing account: silver, gold, events, and the two steps that make it the active one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Final, NamedTuple

from finops.ingest import layers
from finops.ingest.bill import Bill, Month
from finops.ingest.errors import NotReconciledError
from finops.ingest.order import Desk
from finops.ingest.planning import Plan
from finops.ingest.telling import check_size, daily_event
from schemas.errors import SentinelError
from schemas.ingestion import MonthTaken, Outcome
from stores import daily_costs, ingestions
from stores.ingestions import Ingestion
from stores.lake.manifest import File, Manifest, file_key, manifest_key, read_manifest, swap_manifest

HALF_A_CENT: Final = Decimal("0.005")


class Taken(NamedTuple):
    """How it ended, and the billed cost that the store holds now, by currency."""

    month: MonthTaken
    billed: Mapping[str, Decimal]


class Layers(NamedTuple):
    """What was written, and where it lies until it is in the lake."""

    silver: File
    gold: File
    gold_at: Path


async def take_month(desk: Desk, bill: Bill, month: Month, planned: Plan, folder: Path, *, alone: bool) -> Taken:
    """Do it, unless the same is there already. Raises ``SentinelError``: then nothing of it counts."""
    if planned.unchanged:
        held = await _held(desk, planned.begun, "unchanged")
        if held.month.daily_costs == planned.begun.gold_rows:  # else the store lost them: they are told again
            return held
    async with desk.store.write() as writing:
        ingestion = await ingestions.begin_ingestion(writing, planned.begun)
    desk.step(f"begun {_name(ingestion)}")
    try:
        await _do(desk, bill, month, ingestion, planned, folder, alone=alone)
    except SentinelError as error:
        async with desk.store.write() as writing:
            await ingestions.fail_ingestion(writing, ingestion.id, str(error), desk.clock())
        raise
    return await _held(desk, ingestion, "restated" if ingestion.replaces else "new")


async def _do(
    desk: Desk, bill: Bill, month: Month, ingestion: Ingestion, planned: Plan, folder: Path, *, alone: bool
) -> None:
    _, version = await asyncio.to_thread(read_manifest, desk.lake, ingestion)
    written = await asyncio.to_thread(_write_layers, desk, bill, month, ingestion, folder, alone)
    desk.step(f"telling {written.gold.rows:,} daily costs of {_name(ingestion)}")
    for rows in layers.gold_rows(bill.connection, written.gold_at):
        await desk.teller.tell([check_size(daily_event(ingestion, row)) for row in rows])
    await desk.teller.settle()
    await _check_stored(desk, ingestion, written.gold.rows)
    desk.step(f"swapping {_name(ingestion)}")
    manifest = _manifest(bill, ingestion, written)
    await asyncio.to_thread(swap_manifest, desk.lake, ingestion, manifest, version)
    desk.step(f"activating {_name(ingestion)}")
    async with desk.store.write() as writing:
        await ingestions.activate_ingestion(writing, ingestion, written.gold.rows, desk.clock())
        for other in planned.covered:
            await ingestions.retire_ingestion(writing, other.id)
    await asyncio.to_thread(desk.lake.delete, [manifest_key(other) for other in planned.covered])
    desk.step(f"done {_name(ingestion)}")


def _write_layers(desk: Desk, bill: Bill, month: Month, ingestion: Ingestion, folder: Path, alone: bool) -> Layers:
    desk.step(f"silver {_name(ingestion)}")
    silver, gold = folder / f"{ingestion.id}.silver", folder / f"{ingestion.id}.gold"
    lines = layers.write_silver(bill, month, silver, alone=alone)
    desk.step(f"gold {_name(ingestion)}")
    rows = layers.write_gold(bill.connection, silver, gold)
    _check_sums(bill, month, silver, gold)
    kept = File(file_key("silver", ingestion), lines, silver.stat().st_size)
    summed = File(file_key("gold", ingestion), rows, gold.stat().st_size)
    desk.lake.put(kept.key, silver)
    gold_at = gold.with_suffix(".told")
    gold_at.write_bytes(gold.read_bytes())
    desk.lake.put(summed.key, gold)
    return Layers(kept, summed, gold_at)


def _check_sums(bill: Bill, month: Month, silver: Path, gold: Path) -> None:
    for layer, column in ((silver, "BilledCost"), (gold, "billed")):
        total = layers.billed_of(bill.connection, layer, column)
        if total != month.billed:
            raise NotReconciledError(f"{layer.suffix[1:]} adds up to {total}, the lines to {month.billed}")


async def _check_stored(desk: Desk, ingestion: Ingestion, rows: int) -> None:
    """All daily costs are there, and add up."""
    async with desk.store.read() as reading:
        held = await daily_costs.stored_totals(reading, ingestion.id)
    found = sum(each.rows for each in held.values())
    if found != rows:
        raise NotReconciledError(f"{_name(ingestion)}: {found:,} daily costs in the store, {rows:,} were told")
    for currency, told in ingestion.totals.items():
        if abs(Decimal(told.billed) - Decimal(held[currency].billed)) >= HALF_A_CENT:
            differ = f"{held[currency].billed} {currency} in the store, {told.billed} in the bill"
            raise NotReconciledError(f"{_name(ingestion)}: {differ}")


def _manifest(bill: Bill, ingestion: Ingestion, written: Layers) -> Manifest:
    return Manifest(
        client_id=ingestion.client_id,
        ingestion_id=ingestion.id,
        source=ingestion.source,
        provider=ingestion.provider,
        billing_account_id=ingestion.billing_account_id,
        billing_period=ingestion.billing_period,
        raw=bill.keys,
        silver=(written.silver,),
        gold=(written.gold,),
        totals=ingestion.totals,
        asof=ingestion.asof,
        demo=ingestion.demo,
    )


async def _held(desk: Desk, ingestion: Ingestion, outcome: Outcome) -> Taken:
    """What the store holds of it."""
    async with desk.store.read() as reading:
        held = await daily_costs.stored_totals(reading, ingestion.id)
    month = MonthTaken(
        provider=ingestion.provider,
        billing_account_id=ingestion.billing_account_id,
        billing_period=ingestion.billing_period,
        ingestion_id=ingestion.id,
        outcome=outcome,
        lines=ingestion.rows_kept,
        daily_costs=sum(each.rows for each in held.values()),
    )
    return Taken(month, {currency: Decimal(each.billed) for currency, each in held.items()})


def _name(ingestion: Ingestion) -> str:
    return f"{ingestion.provider} {ingestion.billing_account_id} {ingestion.billing_period}"
