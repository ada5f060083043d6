from __future__ import annotations

import itertools
from typing import Any

import msgspec
import pytest

from schemas.event import Data, Event
from stores import Store, facts, resources
from stores.resources import ResourceRow
from tests.stores.given import DAY, NOW, VOLUME, event, put, waste

STATE = "aws.metadata.ebs.state"


async def resource(store: Store, resource_id: str = VOLUME) -> ResourceRow:
    async with store.read() as r:
        row = await resources.get_resource(r, "acme", resource_id)
    assert row is not None
    return row


async def fold(store: Store, *events: Event) -> None:
    async with store.write() as w:
        await facts.fold_state(w, events)


async def test_facts_of_one_resource_are_one_row(store: Store) -> None:
    size = Data(100, unit="GiB")
    ops = Data(7.5, unit="Count", statistic="sum", window={"days": "14"}, samples=336)
    await fold(
        store,
        event(),
        event("aws.metadata.ebs.size_gib", data=size),
        event("aws.performance.ebs.read_ops", qualifier="sum", data=ops),
    )
    row = await resource(store)
    assert (row.provider, row.account_id, row.region, row.service) == ("aws", "111111111111", "eu-west-1", "ebs")
    assert (row.resource_type, row.first_seen, row.last_seen, row.demo) == ("AWS::EC2::Volume", NOW, NOW, False)
    assert set(row.facts) == {STATE, "aws.metadata.ebs.size_gib", "aws.performance.ebs.read_ops#sum"}
    measured = row.facts["aws.performance.ebs.read_ops#sum"]
    assert (measured.value, measured.unit, measured.samples, measured.window) == (7.5, "Count", 336, {"days": "14"})
    assert (measured.asof, measured.scan_id, measured.attempt) == (NOW, "scan-1", 1)


NEWER: list[dict[str, Any]] = [
    {"asof": NOW + DAY, "scanid": "scan-0"},
    {"asof": NOW, "scanid": "scan-2"},
    {"asof": NOW, "attempt": 2},
]


@pytest.mark.parametrize("newer", NEWER)
@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("late", [True, False])
async def test_the_newest_of_a_fact_wins_in_any_order(
    store: Store, newer: dict[str, Any], together: bool, late: bool
) -> None:
    """Newer is a higher (asof, scan, attempt), whichever comes last."""
    pair = [event(value="old"), event(value="new", region="us-east-1", **newer)]
    if late:
        pair.reverse()
    for batch in [pair] if together else [pair[:1], pair[1:]]:
        await fold(store, *batch)
    row = await resource(store)
    assert (row.facts[STATE].value, row.region) == ("new", "us-east-1")
    assert (row.first_seen, row.last_seen) == (NOW, newer["asof"])
    assert row.last_scan_id == newer.get("scanid", "scan-1")


async def test_every_order_of_delivery_gives_the_same_row(store: Store) -> None:
    told = [
        event(value="a", asof=NOW + DAY, scanid="scan-3"),
        event(value="b"),
        event("aws.metadata.ebs.size_gib", 8, asof=NOW - DAY, scanid="scan-0"),
    ]
    rows = []
    for number, order in enumerate(itertools.permutations(told)):
        for each in order:
            await fold(store, msgspec.structs.replace(each, subject=f"arn:{number}"))
        rows.append(await resource(store, f"arn:{number}"))
    assert {msgspec.json.encode(msgspec.structs.replace(row, resource_id="")) for row in rows} == {
        msgspec.json.encode(msgspec.structs.replace(rows[0], resource_id=""))
    }
    assert (rows[0].first_seen, rows[0].last_seen, rows[0].last_scan_id) == (NOW - DAY, NOW + DAY, "scan-3")


async def test_a_batch_that_comes_again_changes_nothing(store: Store) -> None:
    batch = [event(), waste(), event("aws.metadata.ebs.size_gib", 100, subject="arn:2")]
    await put(store, *batch)
    before = await snapshot(store)
    assert await put(store, *batch) == 0
    assert await snapshot(store) == before
    assert [len(rows) for rows in before.values()] == [3, 2, 1]


async def snapshot(store: Store) -> dict[str, list[Any]]:
    from stores import tables

    async with store.read() as r:
        found = {
            table.name: await r.rows(table.select()) for table in (tables.events, tables.resources, tables.findings)
        }
    return {name: [tuple(row) for row in rows] for name, rows in found.items()}


async def test_coverage_is_no_resource(store: Store) -> None:
    await fold(store, event("aws.scan.ebs.reached", {}, subject="aws/1/eu-west-1/ebs"))
    async with store.read() as r:
        assert await resources.find_resources(r, "acme", limit=10) == []


async def test_a_finding_is_no_fact_but_shows_that_its_resource_is_there(store: Store) -> None:
    await fold(store, event(), waste(asof=NOW + DAY))
    row = await resource(store)
    assert (set(row.facts), row.last_seen) == ({STATE}, NOW + DAY)


async def test_resources_are_found_and_counted_for_their_client(store: Store) -> None:
    await fold(
        store,
        event(subject="arn:1"),
        event("aws.metadata.ec2.state", subject="arn:2", resourcetype="AWS::EC2::Instance", scanid="scan-2"),
        event(subject="arn:3", region="us-east-1", accountid="222222222222", scanid="scan-2"),
        event(subject="arn:1", clientid="other"),
    )
    async with store.read() as r:

        async def ids(**asked: Any) -> list[str]:
            return [row.resource_id for row in await resources.find_resources(r, "acme", limit=10, **asked)]

        assert await ids() == ["arn:1", "arn:2", "arn:3"]
        assert await ids(service="ebs") == ["arn:1", "arn:3"]
        assert await ids(type="AWS::EC2::Instance") == ["arn:2"]
        assert await ids(region="us-east-1") == ["arn:3"]
        assert await ids(account="222222222222") == ["arn:3"]
        assert await ids(provider="azure") == []
        assert await ids(scan_id="scan-2") == ["arn:2", "arn:3"]
        assert await ids(cursor="arn:1") == ["arn:2", "arn:3"]
        assert await resources.count_by_service(r, "acme") == {"ebs": 2, "ec2": 1}
        assert await resources.count_by_service(r, "acme", "scan-2") == {"ebs": 1, "ec2": 1}
        assert await resources.count_by_service(r, "other") == {"ebs": 1}
        assert await resources.get_resource(r, "other", "arn:2") is None


async def test_the_same_resource_of_two_clients_stays_apart(store: Store) -> None:
    await fold(store, event(value="mine"), event(value="theirs", clientid="other", asof=NOW + DAY))
    assert (await resource(store)).facts[STATE].value == "mine"


async def test_positions_never_go_back(store: Store) -> None:
    for offset in (5, 9, 7):
        async with store.write() as w:
            await facts.advance(w, {("events", 0): offset, ("events", offset): 1})
    async with store.write() as w:
        await facts.advance(w, {})
        assert await facts.positions(w) == {
            ("events", 0): 9,
            ("events", 5): 1,
            ("events", 7): 1,
            ("events", 9): 1,
        }
