"""A bill comes in: raw, silver, gold, events, daily costs; and what happens when it comes again."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select

from finops.ingest.order import Desk
from finops.ingest.run import ingest
from schemas.errors import InvalidInputError
from schemas.event import decode
from stores import events
from stores.daily_costs import stored_totals
from stores.events import EventQuery
from stores.ingestions import find_ingestions
from stores.lake import duck, manifests
from stores.tables import daily_costs
from tests.finops.ingest.given import HEAD, bill, desk_in, line, order_of


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk_in(tmp_path / "home") as made:
        yield made


async def costs(desk: Desk) -> list[tuple[Any, ...]]:
    table = daily_costs.c
    columns = table.day, table.account_id, table.service, table.operation, table.billed
    async with desk.store.read() as r:
        rows = await r.rows(select(*columns).order_by(*columns))
    return [(str(row.day), *row[1:]) for row in rows]


def silver(desk: Desk) -> list[tuple[Any, ...]]:
    """What a reader of the lake sees: the files of the manifests."""
    with duck(desk.settings, desk.lake.staging) as connection:
        files = [
            str(desk.lake.local(file.key, desk.lake.staging)) for one in manifests(desk.lake) for file in one.silver
        ]
        query = "SELECT x_line_id, BilledCost FROM read_parquet($files) ORDER BY ALL"
        return connection.execute(query, {"files": files}).fetchall()


async def test_a_bill_reaches_the_store_and_adds_up_to_the_cent(desk: Desk, tmp_path: Path) -> None:
    path = bill(
        tmp_path / "october.csv",
        line("0.1234567891"),
        line("0.1234567891"),
        line("5.10", 2, account="222222222222", service="AmazonS3", operation="PutObject"),
    )
    (done,) = await ingest(order_of(path), desk)
    assert (done.rows_read, done.lines_kept, done.rows_set_aside) == (3, 3, 0)
    (balance,) = done.balances
    assert (balance.billing_period, balance.currency, f"{balance.store:.2f}") == ("2026-10", "USD", "5.35")
    assert f"{balance.difference:.2f}" == "0.00"
    assert await costs(desk) == [
        ("2026-10-01", "111111111111", "amazonec2", "RunInstances", Decimal("0.24691358")),
        ("2026-10-02", "222222222222", "amazons3", "PutObject", Decimal("5.10")),
    ]


async def test_the_same_input_twice_changes_nothing(desk: Desk, tmp_path: Path) -> None:
    path = bill(tmp_path / "october.csv", line("1.00"), line("2.00", 2))
    (first,) = await ingest(order_of(path), desk)
    before = await costs(desk)
    (second,) = await ingest(order_of(path), desk)
    assert [month.outcome for month in (*first.months, *second.months)] == ["new", "unchanged"]
    assert second.months[0].ingestion_id == first.months[0].ingestion_id
    assert await costs(desk) == before


async def test_what_the_store_lost_comes_back_with_the_same_bill(desk: Desk, tmp_path: Path) -> None:
    path = bill(tmp_path / "october.csv", line("1.00"), line("2.00", 2))
    await ingest(order_of(path), desk)
    before = await costs(desk)
    async with desk.store.write() as w:
        await w.change(delete(daily_costs))
    (done,) = await ingest(order_of(path), desk)
    assert await costs(desk) == before
    assert [(each.daily_costs, each.outcome) for each in done.months] == [(2, "new")]


async def test_a_restated_month_replaces_itself_as_a_whole(desk: Desk, tmp_path: Path) -> None:
    await ingest(order_of(bill(tmp_path / "a.csv", line("1.00", id="a"), line("2.00", 2, id="b"))), desk)
    later = bill(tmp_path / "b.csv", line("1.50", id="a"), line("2.00", 2, id="b"), line("-0.25", 3, id="refund"))
    (done,) = await ingest(order_of(later), desk)
    assert [month.outcome for month in done.months] == ["restated"]
    assert [(day, amount) for day, *_, amount in await costs(desk)] == [
        ("2026-10-01", Decimal("1.50")),
        ("2026-10-02", Decimal("2.00")),
        ("2026-10-03", Decimal("-0.25")),
    ]
    assert silver(desk) == [("a", Decimal("1.5")), ("b", Decimal(2)), ("refund", Decimal("-0.25"))]
    async with desk.store.read() as r:
        statuses = [each.status for each in await find_ingestions(r, "default", 10)]
    assert sorted(statuses) == ["complete", "superseded"]


async def test_a_month_that_came_back_to_what_it_was_is_restated_again(desk: Desk, tmp_path: Path) -> None:
    first, second = bill(tmp_path / "a.csv", line("1.00")), bill(tmp_path / "b.csv", line("2.00"))
    for path in (first, second, first):
        await ingest(order_of(path), desk)
    assert [amount for *_, amount in await costs(desk)] == [Decimal("1.00")]


async def test_several_months_in_one_file_are_each_their_own(desk: Desk, tmp_path: Path) -> None:
    path = bill(tmp_path / "both.csv", line("1.00", month="2026-09"), line("2.00", month="2026-10"))
    (done,) = await ingest(order_of(path), desk)
    assert [(month.billing_period, month.lines) for month in done.months] == [("2026-09", 1), ("2026-10", 1)]
    assert [f"{each.difference:.2f}" for each in done.balances] == ["0.00", "0.00"]
    assert [(one.billing_period, len(one.silver)) for one in manifests(desk.lake)] == [("2026-09", 1), ("2026-10", 1)]


async def test_a_row_that_is_no_line_is_kept_aside_with_its_reason(desk: Desk, tmp_path: Path) -> None:
    (done,) = await ingest(order_of(bill(tmp_path / "a.csv", line("1.00"), line("NaN"))), desk)
    assert (done.lines_kept, done.rows_set_aside) == (1, 1)
    (reason,) = done.reasons
    assert reason.startswith("lineItem/UnblendedCost: 'NaN' is not allowed")
    assert done.set_aside is not None
    with duck(desk.settings, desk.lake.staging) as connection:
        kept = str(desk.lake.local(done.set_aside, desk.lake.staging))
        assert connection.execute("SELECT file, row FROM read_parquet(?)", [kept]).fetchall() == [("a.csv", 2)]


async def test_a_month_that_shrank_is_refused_and_nothing_changes(desk: Desk, tmp_path: Path) -> None:
    await ingest(order_of(bill(tmp_path / "a.csv", line("1.00"), line("2.00", 2))), desk)
    before = await costs(desk)
    with pytest.raises(InvalidInputError, match=r"aws 999999999999 2026-10 shrank: 1 lines through 2026-10-02"):
        await ingest(order_of(bill(tmp_path / "b.csv", line("5.00", 2))), desk)
    assert await costs(desk) == before
    await ingest(order_of(tmp_path / "b.csv", replace=True), desk)
    assert [amount for *_, amount in await costs(desk)] == [Decimal("5.00")]


async def test_two_currencies_in_one_bill_are_refused(desk: Desk, tmp_path: Path) -> None:
    path = bill(tmp_path / "a.csv", line("1.00"), line("1.00", currency="EUR"))
    with pytest.raises(InvalidInputError, match="EUR and USD"):
        await ingest(order_of(path), desk)
    assert await costs(desk) == []
    assert list(manifests(desk.lake)) == []


async def test_an_account_that_another_bill_tells_of_would_count_twice(desk: Desk, tmp_path: Path) -> None:
    await ingest(order_of(bill(tmp_path / "own.csv", line("1.00", payer="111111111111"))), desk)
    whole = bill(tmp_path / "payer.csv", line("1.00"), line("2.00", account="222222222222"))
    with pytest.raises(InvalidInputError, match="account 111111111111, which come from the bill of 111111111111"):
        await ingest(order_of(whole), desk)
    await ingest(order_of(whole, replace=True), desk)
    assert [row[1:2] + row[-1:] for row in await costs(desk)] == [
        ("111111111111", Decimal("1.00")),
        ("222222222222", Decimal("2.00")),
    ]
    assert [one.billing_account_id for one in manifests(desk.lake)] == ["999999999999"]


async def test_each_row_of_gold_is_one_event(desk: Desk, tmp_path: Path) -> None:
    (done,) = await ingest(order_of(bill(tmp_path / "a.csv", line("1.10"), line("2.20"))), desk)
    async with desk.store.read() as r:
        (body,) = await events.find_events(r, EventQuery(client_id="default", type="aws.cost.*"))
        held = await stored_totals(r, done.months[0].ingestion_id)
    event = decode(body)
    assert (event.type, event.data.value, event.data.unit) == ("aws.cost.amazonec2.daily", "3.3", "USD")
    assert event.subject == "costs/aws/111111111111/eu-west-1/amazonec2"
    assert held["USD"].rows == 1


async def test_a_gzip_that_was_cut_off_is_told_by_its_name_and_nothing_is_taken(desk: Desk, tmp_path: Path) -> None:
    lines = "\n".join(
        [HEAD, *(line(f"0.{number}", 1 + number % 28, id=f"{number * 7919}") for number in range(20_000))]
    )
    whole = gzip.compress(lines.encode(), 1)
    (tmp_path / "october.csv.gz").write_bytes(whole[: len(whole) * 9 // 10])
    with pytest.raises(InvalidInputError, match=r"october.csv.gz: this bill cannot be read: .*GZIP stream: october"):
        await ingest(order_of(tmp_path / "october.csv.gz"), desk)
    async with desk.store.read() as r:
        assert await find_ingestions(r, "default", 10) == []
