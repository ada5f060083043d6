"""The event log on PostgreSQL: a day has its partition before a row needs it, and no row is refused."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, date, datetime, timedelta, timezone
from uuid import uuid4

import pytest
from sqlalchemy import text

from schemas.event import Event, decode, encode
from stores import Store, StoreError, events
from stores.events import EventQuery
from stores.partitions import asking_elsewhere, day_of, partition_of
from stores.retention import delete_events_before, prepare_days
from tests.stores.given import DAY, NOW, event, log


@pytest.fixture
def url(postgres_url: str) -> str:
    return postgres_url


async def names(store: Store) -> list[str]:
    query = "SELECT relname FROM pg_inherits JOIN pg_class ON oid = inhrelid WHERE inhparent = 'events'\\:\\:regclass"
    async with store.read() as r:
        return sorted([row.relname for row in await r.rows(text(query))])


async def found(store: Store, event_id: str) -> list[Event]:
    async with store.read() as r:
        rows = await r.rows(text("SELECT body FROM events WHERE id = :id ORDER BY asof").bindparams(id=event_id))
    return [decode(row.body) for row in rows]


@pytest.mark.parametrize(
    ("asof", "name", "low", "high"),
    [
        (datetime(2026, 11, 21, tzinfo=UTC), "20261121", "2026-11-21", "2026-11-22"),
        (datetime(2026, 11, 21, 23, 59, 59, 999999, tzinfo=UTC), "20261121", "2026-11-21", "2026-11-22"),
        (datetime(2026, 11, 22, 0, 30, tzinfo=timezone(timedelta(hours=1))), "20261121", "2026-11-21", "2026-11-22"),
        (datetime(2024, 2, 29, 12, tzinfo=UTC), "20240229", "2024-02-29", "2024-03-01"),
        (datetime(2020, 1, 1, tzinfo=UTC), "20200101", "2020-01-01", "2020-01-02"),
        (datetime(2019, 12, 31, 23, tzinfo=UTC), "before_2020", None, "2020-01-01"),
        (datetime(1, 1, 1, tzinfo=UTC), "before_2020", None, "2020-01-01"),
        (datetime(2099, 12, 31, tzinfo=UTC), "20991231", "2099-12-31", "2100-01-01"),
        (datetime(9999, 12, 31, 23, 59, tzinfo=UTC), "from_2100", "2100-01-01", None),
    ],
)
def test_every_moment_has_its_partition(asof: datetime, name: str, low: str | None, high: str | None) -> None:
    partition = partition_of("events", asof)
    assert partition.name == f"events_{name}"
    assert partition.low == (f"{low}T00:00:00+00:00" if low else "-infinity")
    assert partition.high == (f"{high}T00:00:00+00:00" if high else "infinity")


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("events_20261121", date(2026, 11, 21)),
        ("events_before_2020", date(2019, 12, 31)),
        ("events_from_2100", date.max),
    ],
)
def test_a_partition_tells_its_last_day(name: str, day: date) -> None:
    assert day_of("events", name) == day


async def test_today_and_the_next_days_are_made_ahead(store: Store) -> None:
    assert await names(store) == []
    for _ in range(2):
        async with store.write() as w:
            await prepare_days(w, NOW, 2)
    assert await names(store) == ["events_20261121", "events_20261122", "events_20261123"]


async def test_no_event_is_refused_for_lack_of_a_partition(store: Store) -> None:
    moments = [datetime.min.replace(tzinfo=UTC), NOW - 900 * DAY, NOW, NOW + DAY, datetime.max.replace(tzinfo=UTC)]
    assert await log(store, *[event(id=str(n), asof=asof) for n, asof in enumerate(moments)]) == 5
    days = ["events_20240604", "events_20261121", "events_20261122"]
    assert await names(store) == [*days, "events_before_2020", "events_from_2100"]
    async with store.read() as r:
        assert len(await events.find_events(r, EventQuery(client_id="acme"))) == 5


async def test_several_who_need_the_same_new_day_all_store(store: Store, other: Store) -> None:
    days = [NOW + DAY * (n % 3) for n in range(12)]
    told = [event(id=uuid4().hex, scanid=uuid4().hex, asof=asof) for asof in days]
    stored = await asyncio.gather(*[log((store, other)[n % 2], each) for n, each in enumerate(told)])
    assert stored == [1] * 12
    assert len(await names(store)) == 3


async def test_a_reader_holds_no_new_day_up(store: Store, other: Store) -> None:
    await log(store, event(id="first"))
    async with other.read() as r:
        assert len(await events.find_events(r, EventQuery(client_id="acme"))) == 1
        async with asyncio.timeout(20):
            assert await log(store, event(id="second", asof=NOW + DAY)) == 1
    async with other.read() as r:
        assert len(await events.find_events(r, EventQuery(client_id="acme"))) == 2


async def test_a_day_that_is_read_now_goes_later(store: Store, other: Store) -> None:
    """A drop does not wait long for a reader: other readers would wait behind it."""
    await log(store, event(id="old", asof=NOW - DAY), event(id="young"))
    async with other.read() as r:
        assert len(await events.find_events(r, EventQuery(client_id="acme"))) == 2
        with pytest.raises(StoreError, match="another process holds it locked"):
            async with store.write() as w:
                await delete_events_before(w, NOW, 100)
    assert await names(store) == ["events_20261120", "events_20261121"]
    async with store.write() as w:
        assert await delete_events_before(w, NOW, 100)
    assert await names(store) == ["events_20261121"]
    async with store.write() as w:
        assert not await delete_events_before(w, NOW, 100)


async def test_a_day_is_dropped_and_not_emptied(store: Store) -> None:
    await log(store, *[event(id=str(n), asof=NOW - DAY * n) for n in range(4)], event(id="odd", asof=NOW - 9000 * DAY))
    for _ in range(3):
        async with store.write() as w:
            await delete_events_before(w, NOW - DAY, 1)
    assert await names(store) == ["events_20261120", "events_20261121"]


@pytest.mark.parametrize("days", [1, -1, 400, -9000])
async def test_the_first_of_an_id_stays_also_against_another_day(store: Store, days: int) -> None:
    first, odd = event(value="first"), event(value="odd", asof=NOW + DAY * days)
    assert first.id == odd.id
    assert await log(store, first) == 1
    assert await log(store, odd, event(id="honest", asof=odd.asof)) == 1
    assert await found(store, first.id) == [first]
    assert len(await found(store, "honest")) == 1


async def test_the_first_of_an_id_stays_within_one_batch_of_several_days(store: Store) -> None:
    first = event(value="first")
    others = [event(value="odd", asof=NOW + DAY), event(value="twice"), event(id="other", asof=NOW + DAY)]
    assert await log(store, first, *others) == 2
    assert await found(store, first.id) == [first]
    assert await log(store, *reversed([first, *others])) == 0


async def test_another_moment_of_the_same_day_is_no_other_event(store: Store) -> None:
    first = event(value="first")
    assert await log(store, first) == 1
    assert await log(store, event(value="odd", asof=NOW + timedelta(seconds=1))) == 0
    assert await found(store, first.id) == [first]


async def test_a_body_comes_back_from_its_partition_as_it_was_received(store: Store) -> None:
    made = event(value="é" * 3000)
    await log(store, made)
    async with store.read() as r:
        assert await events.get_event(r, "acme", made.id) == encode(made)


@pytest.mark.parametrize("days", [[0], [-1, 0, 1]])
async def test_looking_at_other_days_never_reads_the_day_itself(store: Store, days: list[int]) -> None:
    await log(store, *[event(id=str(n), scanid=f"scan-{n}", asof=NOW + DAY * n) for n in days])
    asked = asking_elsewhere("events", partition_of("events", NOW))
    asked = asked.replace("$1", "'{acme}'").replace("$2", "'{scan-0}'").replace(":", "\\:")
    async with store.read() as r:
        plan = " ".join(row[0] for row in await r.rows(text(f"EXPLAIN {asked}")))
    assert "20261121" not in plan
    assert len(set(re.findall(r"on (events_\d{8})", plan))) == len(days) - 1
