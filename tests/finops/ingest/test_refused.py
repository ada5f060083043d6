"""What cannot be taken is refused with a message that says what is wrong, and nothing is half written."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from finops.ingest.errors import NotReconciledError
from finops.ingest.order import Desk, Order
from finops.ingest.run import ingest
from finops.ingest.sources import PlaceSource
from finops.readers.registry import reader
from schemas.errors import InvalidInputError
from schemas.event import Event
from schemas.settings import Settings
from stores.ingestions import find_ingestions
from stores.lake import manifests
from tests.finops.ingest.given import HEAD, bill, desk_in, line, order_of

BIG = [line("0.10", 1 + n % 31, id=str(n)) for n in range(3000)]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk_in(tmp_path / "home") as made:
        yield made


def cut(path: Path) -> Path:
    whole = gzip.compress("\n".join([HEAD, *BIG]).encode())
    path.write_bytes(whole[: len(whole) // 2])
    return path


def without_a_column(path: Path) -> Path:
    path.write_text(HEAD.replace("lineItem/UnblendedCost", "somethingElse") + "\n" + line("1.00") + "\n")
    return path


def empty(path: Path) -> Path:
    path.write_text("")
    return path


REFUSED: list[tuple[Callable[[Path], Path], str, str]] = [
    (cut, "a.csv.gz", r"a\.csv\.gz.*(cut off|cannot be read)"),
    (without_a_column, "a.csv", "line_item_unblended_cost|lineItem/UnblendedCost"),
    (empty, "a.csv", r"a\.csv"),
    (lambda path: bill(path, line("NaN")), "a.csv", "none of its rows is a line of a bill.*NaN"),
    (lambda path: bill(path, line("1.00", currency="dollars")), "a.csv", "BillingCurrency: 'dollars'"),
]


@pytest.mark.parametrize(("make", "name", "told"), REFUSED)
async def test_a_bill_that_is_none_is_refused_and_nothing_stays_but_raw(
    desk: Desk,
    tmp_path: Path,
    make: Callable[[Path], Path],
    name: str,
    told: str,
) -> None:
    with pytest.raises(InvalidInputError, match=told):
        await ingest(order_of(make(tmp_path / name)), desk)
    assert {each.key.partition("/")[0] for each in desk.lake.list()} <= {"raw"}
    assert [each.name for each in desk.lake.staging.iterdir()] == []
    async with desk.store.read() as r:
        assert await find_ingestions(r, "default", 10) == []


async def test_a_part_that_was_copied_twice_would_count_twice(desk: Desk, tmp_path: Path) -> None:
    for name in ("part-1.csv", "part-2.csv"):
        bill(tmp_path / "bill" / name, line("1.00"))
    with pytest.raises(InvalidInputError, match=r"part-2\.csv: the same content as part-1\.csv"):
        await ingest(order_of(tmp_path / "bill"), desk)
    assert list(manifests(desk.lake)) == []


async def test_another_source_is_refused_until_it_takes_over(desk: Desk, tmp_path: Path) -> None:
    await ingest(order_of(bill(tmp_path / "cur.csv", line("1.00"))), desk)
    path = tmp_path / "focus.csv"
    path.write_text(
        "BilledCost,EffectiveCost,ListCost,ContractedCost,BillingAccountId,BillingCurrency,BillingPeriodStart,"
        "BillingPeriodEnd,ChargeCategory,ChargePeriodStart,ChargePeriodEnd,ProviderName,ServiceCategory,ServiceName\n"
        "7,7,7,7,999999999999,USD,2026-10-01T00:00:00Z,2026-11-01T00:00:00Z,Usage,2026-10-01T00:00:00Z,"
        "2026-10-02T00:00:00Z,AWS,Compute,Amazon EC2\n"
    )
    source = PlaceSource(str(path), Settings(home=tmp_path))
    with pytest.raises(InvalidInputError, match=r"comes from aws-cur since 2026-11-21.*--replace takes over"):
        await ingest(Order(reader=reader("focus"), source=source), desk)
    (done,) = await ingest(Order(reader=reader("focus"), source=source, replace=True), desk)
    assert [(each.outcome, each.lines) for each in done.months] == [("restated", 1)]
    assert [(one.source, one.totals["USD"].billed) for one in manifests(desk.lake)] == [("focus", f"7.{'0' * 18}")]


class Forgetful:
    """Loses what it is told, as what becomes a dead letter is lost."""

    async def tell(self, events: list[Event]) -> None:
        """Nothing of it arrives."""

    async def settle(self) -> None:
        """All that arrived is there."""


async def test_what_did_not_reach_the_store_whole_does_not_count(desk: Desk, tmp_path: Path) -> None:
    path = bill(tmp_path / "a.csv", line("1.00"), line("2.00", 2))
    with pytest.raises(NotReconciledError, match="0 daily costs in the store, 2 were told"):
        await ingest(order_of(path), replace(desk, teller=Forgetful()))
    assert list(manifests(desk.lake)) == []
    async with desk.store.read() as r:
        (row,) = await find_ingestions(r, "default", 10)
    assert (row.status, row.gold_rows) == ("failed", None)
    (done,) = await ingest(order_of(path), desk)
    assert [each.store for each in done.balances] == [Decimal("3.00")]
