"""Sums of daily costs, on every store."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from sqlalchemy import insert

from schemas.errors import InvalidInputError
from stores import Store
from stores.costs import CostFilter, CostRow, Position, account_names, check_dimension, sum_costs
from stores.tables import daily_costs, ingestions
from tests.support.daily_costs import cost_row, ingestion_row

NOVEMBER = CostFilter(client_id="default", since=date(2026, 11, 1), until=date(2026, 12, 1))


ROWS = [
    cost_row(1, "2026-11-01", "10.10", billed="12.00"),
    cost_row(2, "2026-11-02", "0.00000001", tags={}),
    cost_row(3, "2026-11-02", "5", service_name="Amazon S3", service_category="Storage", region="", is_final=True),
    cost_row(4, "2026-11-03", "7", provider="azure", account_id="a", account_name="shop", currency="EUR"),
    cost_row(5, "2026-10-31", "100"),
    cost_row(6, "2026-11-03", "1000", ingestion_id="old"),
    cost_row(7, "2026-11-03", "1000", client_id="other", ingestion_id="theirs"),
]


@pytest.fixture
async def costs(store: Store) -> Store:
    """Two ingestions of one client, of which one was replaced, and one of another."""
    async with store.write() as writing:
        bodies = [
            ingestion_row("now"),
            ingestion_row("old", status="superseded"),
            ingestion_row("theirs", client_id="other"),
        ]
        await writing.change(insert(ingestions), bodies)
        await writing.change(insert(daily_costs), ROWS)
    return store


async def _sums(
    store: Store, *groups: str, values: Mapping[str, list[str]] | None = None, **more: Any
) -> list[CostRow]:
    asked = CostFilter(client_id="default", since=NOVEMBER.since, until=NOVEMBER.until, values=values or {})
    async with store.read() as reading:
        return await sum_costs(reading, asked, groups, **{"limit": 100, **more})


def _told(rows: list[CostRow]) -> list[tuple[Any, ...]]:
    return [(*row.keys, row.currency, f"{row.effective:f}") for row in rows]


async def test_currencies_stay_apart_and_only_the_active_ingestion_counts(costs: Store) -> None:
    rows = await _sums(costs)
    assert _told(rows) == [("EUR", "7.00"), ("USD", "15.10000001")]
    assert [f"{row.billed:f}" for row in rows] == ["7.00", "17.00000001"]


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("day", [("2026-11-01", "USD", "10.10"), ("2026-11-02", "USD", "5.00000001"), ("2026-11-03", "EUR", "7.00")]),
        ("month", [("2026-11", "EUR", "7.00"), ("2026-11", "USD", "15.10000001")]),
        ("cloud", [("aws", "USD", "15.10000001"), ("azure", "EUR", "7.00")]),
        ("account", [("111", "USD", "15.10000001"), ("a", "EUR", "7.00")]),
        ("category", [("Compute", "EUR", "7.00"), ("Compute", "USD", "10.10000001"), ("Storage", "USD", "5.00")]),
        ("region", [("", "USD", "5.00"), ("eu-west-1", "EUR", "7.00"), ("eu-west-1", "USD", "10.10000001")]),
        ("tag:team", [("", "USD", "0.00000001"), ("checkout", "EUR", "7.00"), ("checkout", "USD", "15.10")]),
        ("tag:no such", [("", "EUR", "7.00"), ("", "USD", "15.10000001")]),
    ],
)
async def test_costs_by(costs: Store, group: str, expected: list[tuple[str, ...]]) -> None:
    assert _told(await _sums(costs, group)) == expected


async def test_several_groupings_and_filters(costs: Store) -> None:
    rows = await _sums(costs, "service", "day", values={"cloud": ["aws"], "tag:team": ["checkout"]})
    assert _told(rows) == [
        ("Amazon EC2", "2026-11-01", "USD", "10.10"),
        ("Amazon S3", "2026-11-02", "USD", "5.00"),
    ]
    assert [row.final for row in rows] == [False, True]


async def test_pages_go_on_behind_the_last_row(costs: Store) -> None:
    seen: list[CostRow] = []
    while page := await _sums(
        costs, "day", limit=2, after=Position(seen[-1].keys, seen[-1].currency) if seen else None
    ):
        seen += page
    assert _told(seen) == _told(await _sums(costs, "day"))
    assert len(seen) == 3


async def test_rates_cut_a_group_where_another_one_begins(costs: Store) -> None:
    rates = [("EUR", date(2026, 11, 3)), ("EUR", date(2026, 1, 1)), ("USD", date(2026, 11, 2))]
    rows = await _sums(costs, "month", rates=rates)
    assert [(row.currency, f"{row.effective:f}", row.rate) for row in rows] == [
        ("EUR", "7.00", date(2026, 11, 3)),
        ("USD", "10.10", None),
        ("USD", "5.00000001", date(2026, 11, 2)),
    ]


async def test_the_names_of_accounts_are_those_of_the_bills(costs: Store) -> None:
    async with costs.read() as reading:
        assert await account_names(reading, "default") == {"111": "retail", "a": "shop"}


@pytest.mark.parametrize("name", ["colour", "tag:", 'tag:a"b', "Tag:team"])
def test_an_unknown_dimension_is_told(name: str) -> None:
    with pytest.raises(InvalidInputError, match="allowed: day, month, cloud"):
        check_dimension("group_by", name)
