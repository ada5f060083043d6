from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.errors import InvalidInputError
from schemas.event import decode, encode, event_id
from stores import Store, events, facts
from stores.events import EventQuery
from tests.stores.given import DAY, NOW, event, log

TYPES = (
    "aws.metadata.ebs.state",
    "aws.metadata.ebs.size_gib",
    "aws.metadata.vpc.nat_gateway.state",
    "aws.metadata.vpc.nat_gateway.kind",
    "aws.metadata.vpc.nat_gateways.count",
    "aws.waste.ebs.unattached",
    "azure.waste.disk.unattached",
)


async def types_found(store: Store, **query: Any) -> list[str]:
    async with store.read() as r:
        bodies = await events.find_events(r, EventQuery(client_id="acme", **query))
    return sorted(decode(body).type for body in bodies)


async def test_a_body_comes_back_as_it_was_received(store: Store) -> None:
    made = event(value="é")
    body = encode(made).replace(b'"specversion"', b' "specversion"')
    async with store.write() as w:
        assert await facts.store_events(w, [(made, body)]) == 1
    async with store.read() as r:
        assert await events.get_event(r, "acme", made.id) == body
        assert await events.find_events(r, EventQuery(client_id="acme")) == [body]


async def test_the_first_of_an_id_stays(store: Store) -> None:
    first = event(value="in-use")
    assert await log(store, first, event(value="twice in one batch")) == 1
    assert await log(store, event(value="available", attempt=2)) == 0
    async with store.read() as r:
        assert await events.get_event(r, "acme", first.id) == encode(first)


async def test_a_client_sees_its_own_events_alone(store: Store) -> None:
    made = event()
    await log(store, made)
    async with store.read() as r:
        assert await events.get_event(r, "other", made.id) is None
        assert await events.find_events(r, EventQuery(client_id="other")) == []
        assert await events.count_by_category(r, "other", "scan-1") == {}
        assert await events.count_by_category(r, "acme", "scan-1") == {"metadata": 1}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (None, TYPES),
        ("*", TYPES),
        ("aws.*", TYPES[:6]),
        ("azure.*", TYPES[6:]),
        ("aws.metadata.*", TYPES[:5]),
        ("aws.metadata.vpc.*", TYPES[2:5]),
        ("aws.metadata.vpc.nat_gateway.*", TYPES[2:4]),
        ("aws.metadata.vpc.nat_gateway.state", TYPES[2:3]),
        ("aws.metadata.ebs.state", TYPES[:1]),
        ("aws.metadata.ebs.state.*", ()),
        ("gcp.*", ()),
    ],
)
async def test_types_are_found_by_whole_parts(store: Store, asked: str | None, found: tuple[str, ...]) -> None:
    await log(store, *[event(kind, provider=kind.split(".")[0]) for kind in TYPES])
    assert await types_found(store, type=asked) == sorted(found)


@pytest.mark.parametrize("asked", ["aws.waste*", "aws.was", "aws", "*.waste.*", "aws.*.ebs.*", "", ".*", "aws..ebs.*"])
async def test_a_type_that_cannot_be_is_refused(store: Store, asked: str) -> None:
    with pytest.raises(InvalidInputError, match=r"aws\.waste\.\*") as refused:
        await types_found(store, type=asked)
    assert (refused.value.field, refused.value.value) == ("type", asked)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("scan_id", "scan-2"),
        ("account", "222222222222"),
        ("provider", "azure"),
        ("category", "waste"),
        ("resource_id", "arn:2"),
        ("region", "us-east-1"),
        ("since", NOW + timedelta(microseconds=1)),
    ],
)
async def test_each_filter_finds_what_it_names(store: Store, name: str, value: Any) -> None:
    wanted = event(
        "azure.waste.disk.unattached",
        scanid="scan-2",
        subject="arn:2",
        accountid="222222222222",
        provider="azure",
        region="us-east-1",
        time=NOW + timedelta(microseconds=1),
    )
    await log(store, event(), wanted)
    assert await types_found(store, **{name: value}) == [wanted.type]


async def test_until_is_exclusive_and_since_is_not(store: Store) -> None:
    await log(store, event())
    assert await types_found(store, until=NOW) == []
    assert len(await types_found(store, since=NOW, until=NOW + timedelta(microseconds=1))) == 1


async def test_provider_and_category_together(store: Store) -> None:
    await log(store, *[event(kind, provider=kind.split(".")[0]) for kind in TYPES])
    assert await types_found(store, provider="azure", category="waste") == ["azure.waste.disk.unattached"]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(offsets=st.lists(st.integers(0, 3), min_size=1, max_size=20), size=st.integers(1, 6), late=st.integers(0, 3))
async def test_pages_have_no_gap_and_no_double(store: Store, offsets: list[int], size: int, late: int) -> None:
    client = uuid4().hex
    made = [
        event(id=event_id(client, str(n), "t"), clientid=client, time=NOW + timedelta(microseconds=offset))
        for n, offset in enumerate(offsets)
    ]
    await log(store, *made)
    seen: list[tuple[Any, str]] = []
    while True:
        query = EventQuery(client_id=client, limit=size, cursor=seen[-1] if seen else None)
        async with store.read() as r:
            page = [decode(body) for body in await events.find_events(r, query)]
        seen += [(each.time, each.id) for each in page]
        if len(page) < size:
            break
        await log(store, event(id=event_id(client, f"late-{len(seen)}", "t"), clientid=client, time=NOW + DAY * late))
    wanted = {each.id for each in made}
    old = [key for key in seen if key[1] in wanted]
    assert old == sorted(((each.time, each.id) for each in made), reverse=True)
    assert len(set(seen)) == len(seen)


async def test_a_naive_time_or_a_short_type_is_refused(store: Store) -> None:
    with pytest.raises(TypeError):
        await log(store, event(time=NOW.replace(tzinfo=None)))
    with pytest.raises(ValueError, match="unpack"):
        await log(store, event(kind="aws.metadata"))
