"""Ingestions and daily costs, on each kind of store: one active ingestion a slice, and only its rows count."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from sqlalchemy import func, select

from schemas.cost import DailyCost, IngestionStatus
from schemas.event import Data, Event, event_id
from schemas.ingestion import Totals
from stores import Store, daily_costs, ingestions
from stores.ingestions import Ingestion, Slice, SupersededError
from stores.tables import daily_costs as table
from tests.stores.given import NOW, event, put

OCTOBER = Slice("aws", "999999999999", "2026-10")


def ingestion(name: str = "one", **changes: Any) -> Ingestion:
    made = Ingestion(
        id=name,
        client_id="acme",
        source="aws-cur",
        provider="aws",
        billing_account_id="999999999999",
        billing_period="2026-10",
        status=IngestionStatus.RUNNING,
        accounts=("111111111111",),
        raw=("ff",),
        rows_read=3,
        rows_kept=3,
        first_day=date(2026, 10, 1),
        last_day=date(2026, 10, 31),
        totals={"USD": Totals(rows=3, billed="3.30", effective="3.00")},
        asof=NOW,
    )
    return msgspec.structs.replace(made, **changes)


def cost(of: str = "one", amount: str = "1.10", key: str = "a") -> Event:
    kind = "aws.cost.amazonec2.daily"
    told = DailyCost(
        ingestion_id=of,
        day="2026-10-01",
        billing_period="2026-10",
        billing_account_id="999999999999",
        service_name="AmazonEC2",
        service_category="Compute",
        charge_category="Usage",
        tags={"team": "web"},
        billed=amount,
        list="2",
        contracted="1.5",
        final=True,
    )
    return event(
        kind, amount, id=event_id(of, "costs", kind, key), data=Data(amount, "USD", cost=told), subject="costs"
    )


async def activated(store: Store, one: Ingestion, rows: int = 0) -> None:
    async with store.write() as w:
        begun = await ingestions.begin_ingestion(w, one)
        await ingestions.activate_ingestion(w, begun, rows, NOW)


async def active(store: Store) -> dict[Slice, str]:
    async with store.read() as r:
        return {of: each.id for of, each in (await ingestions.active_ingestions(r, "acme")).items()}


async def test_an_ingestion_is_read_as_it_was_written(store: Store) -> None:
    await activated(store, ingestion(), rows=2)
    async with store.read() as r:
        read = await ingestions.get_ingestion(r, "acme", "one")
        assert await ingestions.get_ingestion(r, "other", "one") is None
    assert read == ingestion(status=IngestionStatus.COMPLETE, gold_rows=2, finished_at=NOW)


async def test_what_began_does_not_count_before_it_is_activated(store: Store) -> None:
    async with store.write() as w:
        await ingestions.begin_ingestion(w, ingestion())
    assert await active(store) == {}
    await activated(store, ingestion())
    assert await active(store) == {OCTOBER: "one"}


async def test_a_newer_ingestion_takes_the_place_of_the_one_that_it_replaces(store: Store) -> None:
    await activated(store, ingestion())
    await activated(store, ingestion("two", replaces="one"))
    assert await active(store) == {OCTOBER: "two"}


async def test_of_two_that_replace_the_same_only_the_first_is_activated(store: Store) -> None:
    await activated(store, ingestion())
    await activated(store, ingestion("two", replaces="one"))
    with pytest.raises(SupersededError, match="aws 999999999999 2026-10: another ingestion became the active one"):
        await activated(store, ingestion("three", replaces="one"))
    assert await active(store) == {OCTOBER: "two"}


async def test_what_died_goes_on_under_its_own_moment(store: Store) -> None:
    later = NOW.replace(year=2027)
    async with store.write() as w:
        await ingestions.begin_ingestion(w, ingestion())
        again = await ingestions.begin_ingestion(w, ingestion(asof=later))
    assert again.asof == NOW


async def test_another_month_account_or_client_is_another_slice(store: Store) -> None:
    for number, change in enumerate(
        ({}, {"billing_period": "2026-11"}, {"billing_account_id": "8"}, {"client_id": "b"})
    ):
        await activated(store, ingestion(str(number), **change))
    assert sorted(await active(store)) == [
        Slice("aws", "8", "2026-10"),
        OCTOBER,
        Slice("aws", "999999999999", "2026-11"),
    ]


async def test_daily_costs_are_stored_once_and_exactly(store: Store) -> None:
    small = "0.00000001"
    told = [cost(amount="1.10"), cost(amount=small, key="b"), cost(amount="1.10")]
    for _ in range(2):
        async with store.write() as w:
            await daily_costs.store_costs(w, told)
    async with store.read() as r:
        (row,) = await r.rows(select(table).where(table.c.billed > Decimal(1)))
        assert (await daily_costs.stored_totals(r, "one"))["USD"] == Totals(
            rows=2, billed="1.10000001", effective="1.10000001"
        )
    assert (row.day, row.service, row.tags, row.currency) == (date(2026, 10, 1), "amazonec2", {"team": "web"}, "USD")
    assert (row.billed, row.list, row.contracted, row.quantity) == (Decimal("1.10"), Decimal(2), Decimal("1.5"), None)
    assert (row.is_final, row.region, row.operation) == (True, "eu-west-1", "")


async def test_other_events_are_no_daily_costs_and_a_daily_cost_is_no_resource(store: Store) -> None:
    async with store.write() as w:
        await daily_costs.store_costs(w, [event(), event("aws.cost.ebs.monthly_cost", "1.00")])
    await put(store, cost())
    async with store.read() as r:
        assert await r.rows(select(table)) == []
        from stores.tables import resources

        row = await r.row(select(func.count()).select_from(resources))
    assert row is not None
    assert row[0] == 0


async def test_rows_of_what_was_replaced_are_taken_away_some_at_a_time(store: Store) -> None:
    await activated(store, ingestion())
    await activated(store, ingestion("two", replaces="one"))
    async with store.write() as w:
        await daily_costs.store_costs(w, [cost(key=str(number)) for number in range(3)] + [cost("two")])
        assert await daily_costs.delete_replaced(w, 2) == 2
        assert await daily_costs.delete_replaced(w, 2) == 1
    async with store.read() as r:
        assert [row.ingestion_id for row in await r.rows(select(table))] == ["two"]
