"""What leaves the lake, and what must not."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from finops.ingest.order import Desk
from finops.ingest.run import ingest
from schemas.event import utc_now
from stores.lake import manifests
from stores.lake.retention import clean
from tests.finops.ingest.given import bill, desk_in, line, order_of

LATER = timedelta(days=2)


async def restated(desk: Desk, folder: Path) -> None:
    """September, and October twice."""
    await ingest(order_of(bill(folder / "september.csv", line("1.00", month="2026-09"))), desk)
    await ingest(order_of(bill(folder / "october.csv", line("2.00"))), desk)
    await ingest(order_of(bill(folder / "october2.csv", line("2.00"), line("3.00"))), desk)


def files(desk: Desk) -> list[int]:
    return [len(list(desk.lake.list(layer))) for layer in ("raw/", "silver/", "gold/", "manifests/")]


async def test_files_of_a_replaced_ingestion_go_after_a_grace(tmp_path: Path) -> None:
    async with desk_in(tmp_path / "home") as desk:
        await restated(desk, tmp_path)
        assert files(desk) == [3, 3, 3, 2]
        assert clean(desk.lake, utc_now(), raw_days=90).objects == 0
        assert clean(desk.lake, utc_now() + LATER, raw_days=90).objects == 2
        assert files(desk) == [3, 2, 2, 2]
        named = [file.key for one in manifests(desk.lake) for file in (*one.silver, *one.gold)]
        assert sorted(named) == sorted(each.key for layer in ("silver/", "gold/") for each in desk.lake.list(layer))


async def test_raw_goes_when_no_month_comes_from_it(tmp_path: Path) -> None:
    async with desk_in(tmp_path / "home") as desk:
        await restated(desk, tmp_path)
        clean(desk.lake, utc_now() + timedelta(days=10), raw_days=9)
        assert files(desk) == [2, 2, 2, 2]


async def test_old_months_go_where_that_is_wanted(tmp_path: Path) -> None:
    async with desk_in(tmp_path / "home") as desk:
        await restated(desk, tmp_path)
        november = datetime(2026, 11, 21, tzinfo=utc_now().tzinfo)
        assert clean(desk.lake, november, raw_days=9999, months=2).months == 1
        assert [one.billing_period for one in manifests(desk.lake)] == ["2026-10"]
