"""What becomes of each month of a bill, before anything is written: taken, unchanged, or refused with the reason."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import msgspec

from finops.ingest.bill import Bill, Month
from finops.ingest.order import Order
from schemas.cost import IngestionStatus
from schemas.errors import InvalidInputError
from stores.ingestions import Ingestion, Slice

Active = Mapping[Slice, Ingestion]
"""The active ingestion of each slice."""

AGGREGATED: Final = ("aws-ce", "azure-query")
"""Sources that tell sums and not lines: a restated month may have fewer of them. The others only ever add lines."""


@dataclass(frozen=True)
class Plan:
    """``begun``: the ingestion to do, or the active one that holds the same already (then ``unchanged``)."""

    begun: Ingestion
    unchanged: bool = False
    covered: tuple[Ingestion, ...] = ()
    """Active ones of other billing accounts that are a part of this one, and end with it."""


def plan(
    order: Order, bill: Bill, months: Sequence[Month], active: Active, asof: datetime, *, rows_read: int
) -> list[Plan]:
    """Raises ``InvalidInputError`` for the first month that has to be refused. ``rows_read``: of the whole bill."""
    plans = [_plan(order, bill, month, active, asof) for month in months]
    return [each if each.unchanged else replace(each, begun=_read(each.begun, rows_read)) for each in plans]


def _read(begun: Ingestion, rows: int) -> Ingestion:
    return msgspec.structs.replace(begun, rows_read=rows)


def _plan(order: Order, bill: Bill, month: Month, active: Active, asof: datetime) -> Plan:
    now = active.get(month.slice)
    if now is not None and not order.replace:
        if (now.source, now.raw) == (order.reader.name, bill.raw):
            return Plan(now, unchanged=True)
        _refuse_other_source(order, now)
        _refuse_shrunk(month, now)
    covered = tuple(_overlapping(month, active.values()))
    for other in covered:
        _refuse_overlap(order, month, other)
    return Plan(_ingestion(order, bill, month, now, asof), covered=covered)


def _refuse_other_source(order: Order, now: Ingestion) -> None:
    if now.source != order.reader.name:
        raise InvalidInputError(
            "source",
            order.reader.name,
            f"{_name(now.slice)} comes from {now.source} since {now.asof:%Y-%m-%d}, and two sources would count twice; "
            "--replace takes over",
        )


def _refuse_shrunk(month: Month, now: Ingestion) -> None:
    fewer = month.lines < now.rows_kept and now.source not in AGGREGATED
    if fewer or month.last_day < now.last_day:
        raise InvalidInputError(
            "path",
            None,
            f"{_name(month.slice)} shrank: {month.lines:,} lines through {month.last_day}, where "
            f"{now.rows_kept:,} lines through {now.last_day} are active. A bill grows until it "
            "is closed (refunds add lines), so a part may be missing; --replace takes it as it is",
        )


def _overlapping(month: Month, active: Iterable[Ingestion]) -> Iterable[Ingestion]:
    """Other bills of the same month that tell of some of these accounts."""
    mine, of = set(month.accounts), month.slice
    for other in active:
        same_month = (other.provider, other.billing_period) == (of.provider, of.billing_period)
        if same_month and other.slice != of and mine & set(other.accounts):
            yield other


def _refuse_overlap(order: Order, month: Month, other: Ingestion) -> None:
    """An account that a bill tells of must not come from another one as well."""
    if order.replace and set(other.accounts) <= set(month.accounts):
        return
    both = sorted(set(other.accounts) & set(month.accounts))
    more = "--replace takes over" if set(other.accounts) <= set(month.accounts) else "that bill has other accounts too"
    raise InvalidInputError(
        "source",
        order.reader.name,
        f"{_name(month.slice)} has costs of account {both[0]}, which come from the bill of {other.billing_account_id} "
        f"({other.source}) already and would count twice; {more}",
    )


def _name(of: Slice) -> str:
    return f"{of.provider} {of.billing_account_id} {of.billing_period}"


def _ingestion(order: Order, bill: Bill, month: Month, now: Ingestion | None, asof: datetime) -> Ingestion:
    replaces = None if now is None else now.id
    of = month.slice
    text = "\x1f".join((order.client_id, order.reader.name, *_parts(of), *bill.raw, replaces or ""))
    return Ingestion(
        id=hashlib.blake2b(text.encode(), digest_size=16).hexdigest(),
        client_id=order.client_id,
        source=order.reader.name,
        provider=of.provider,
        billing_account_id=of.billing_account_id,
        billing_period=of.billing_period,
        status=IngestionStatus.RUNNING,
        accounts=month.accounts,
        raw=bill.raw,
        rows_read=0,
        rows_kept=month.lines,
        first_day=month.first_day,
        last_day=month.last_day,
        totals=month.totals,
        asof=asof,
        replaces=replaces,
        demo=order.demo,
    )


def _parts(of: Slice) -> tuple[str, str, str]:
    return of.provider, of.billing_account_id, of.billing_period
