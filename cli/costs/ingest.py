"""``sentinel costs ingest``: a bill into the lake and the store of this shell, without a server."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from cli import names
from cli.configuration import load_settings, make_home
from cli.costs.asking import Asking, source_of
from cli.exits import CommandError, ExitCode
from cli.text import table

if TYPE_CHECKING:
    from schemas.ingestion import Balance, Reconciliation
    from schemas.settings import Settings


@dataclass(frozen=True, slots=True)
class IngestOptions:
    """The command line."""

    source: str
    path: str
    asked: Asking
    replace: bool
    quiet: bool
    output_format: str


def run_ingest(options: IngestOptions) -> int:
    """Print the reconciliation; incomplete when rows were set aside."""
    from finops.ingest.errors import NotReconciledError
    from stores import StoreError
    from stores.lake import LakeError

    form = names.choice("--format", options.output_format, ("table", "json"))
    settings = load_settings()
    make_home(settings)
    try:
        done = asyncio.run(ingested(options, settings))
    except (LakeError, StoreError) as error:
        raise CommandError(ExitCode.NO_ACCESS, str(error)) from error
    except NotReconciledError as error:
        raise CommandError(ExitCode.INCOMPLETE, f"nothing was taken: {error}") from error
    print(_json(done) if form == "json" else "\n".join(_told(done)))
    return ExitCode.INCOMPLETE if any(each.rows_set_aside for each in done) else ExitCode.CLEAN


async def ingested(options: IngestOptions, settings: Settings) -> list[Reconciliation]:
    """Read it into lake and store. Raises ``LakeError``, ``StoreError``, ``NotReconciledError``."""
    from finops.ingest.direct import StoreTeller
    from finops.ingest.order import Desk, Order
    from finops.ingest.run import ingest
    from finops.readers.pages import Pages
    from finops.readers.registry import reader
    from schemas.event import utc_now
    from stores import open_store
    from stores.lake import open_lake

    say = _quiet if options.quiet else _say
    source = await source_of(options.source, options.path, options.asked, settings, say)
    order = Order(
        reader=reader(options.source),
        source=source,
        demo=isinstance(source, Pages) and source.demo,
        replace=options.replace,
    )
    store = open_store(settings.store_url)
    try:
        await store.migrate()
        desk = Desk(
            settings=settings,
            store=store,
            lake=open_lake(settings),
            teller=StoreTeller(store),
            clock=lambda: settings.fixed_now or utc_now(),
            step=say,
        )
        return await ingest(order, desk)
    finally:
        await store.close()


def _quiet(_line: str) -> None:
    """Nothing."""


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _json(done: Sequence[Reconciliation]) -> str:
    told = [{**msgspec.to_builtins(each), "balances": list(map(_balance, each.balances))} for each in done]
    return msgspec.json.format(msgspec.json.encode(told)).decode()


def _balance(one: Balance) -> dict[str, object]:
    return {**msgspec.to_builtins(one), "difference": str(one.difference)}


def _told(done: Sequence[Reconciliation]) -> Iterator[str]:
    for each in done:
        yield f"{each.source} {each.delivery}: {each.rows_read:,} rows read, {each.lines_kept:,} lines kept, " + (
            f"{each.rows_set_aside:,} set aside"
        )
        yield from (f"  {count:,} x {reason}" for reason, count in each.reasons.items())
        if each.set_aside:
            yield f"  they are in the lake: {each.set_aside}"
        yield from table([_MONTHS, *_months(each)])
        yield from table([_BALANCES, *_balances(each)])


_MONTHS = ("month", "billing account", "outcome", "lines", "daily costs", "ingestion")
_BALANCES = ("month", "currency", "billed in source", "billed in store", "difference")


def _months(done: Reconciliation) -> Iterator[tuple[str, ...]]:
    for each in done.months:
        account = f"{each.provider} {each.billing_account_id}"
        counts = f"{each.lines:,}", f"{each.daily_costs:,}"
        yield (each.billing_period, account, each.outcome, *counts, each.ingestion_id)


def _balances(done: Reconciliation) -> Iterator[tuple[str, ...]]:
    for each in done.balances:
        amounts = f"{each.source:,.2f}", f"{each.store:,.2f}", f"{each.difference:,.2f}"
        yield (each.billing_period, each.currency, *amounts)
