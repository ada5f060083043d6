"""``sentinel.changes``: what really changed and nothing else; who keeps the last of each key holds what is true."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bus import Message
from data_plane import planner
from data_plane.backbone import Backbone
from data_plane.materializer import store
from data_plane.relay import relay_changes
from data_plane.settle import settle_stored
from schemas.event import Event, decode, encode, utc_now
from schemas.scan import RuleCount, TaskOutcome
from schemas.settings import Settings
from schemas.states import TaskStatus
from schemas.topics import CHANGES, EVENTS
from stores.tasks import TaskRow
from tests.data_plane.conftest import open_backbone
from tests.data_plane.replaying import live, rows_of
from tests.data_plane.scripted import ACCOUNT, ASOF, event_of, spec_of, step, task_of, until, wasted
from tests.data_plane.test_planner import messages_of
from tests.support.kafka import own_broker

pytestmark = pytest.mark.timeout(180)

VOLUME = f"acme|arn:aws:ec2:eu-west-1:{ACCOUNT}:volume/vol-eu-west-1-"
STATE, FINDING = "aws.metadata.ebs.state", "aws.waste.ebs.unattached#disk.unattached"


@pytest.fixture(params=["sqlite", "postgres"])
async def backbone(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Backbone]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else ""
    opened = await open_backbone(Settings(home=tmp_path, store=url))
    yield opened
    await opened.close()


class Scans:
    """What scans tell, hour by hour, and what is then new on the topic."""

    def __init__(self, backbone: Backbone) -> None:
        self.backbone, self.offset, self.seen = backbone, 0, 0

    async def tell(self, hour: int, *events: Event) -> None:
        asof = ASOF + timedelta(hours=hour)
        for event in events:
            self.offset += 1
            told = msgspec.structs.replace(event, asof=asof, scanid=f"scan-{hour}", id=f"{self.offset:032x}")
            await store(self.backbone, [Message(EVENTS, 0, self.offset, event.subject, encode(told), utc_now())])

    async def settle(self, hour: int, *, complete: bool = True, categories: Sequence[str] = ("metadata",)) -> None:
        spec = spec_of(f"scan-{hour}", asof=ASOF + timedelta(hours=hour), categories=tuple(categories))
        rules = (RuleCount("disk.unattached", "ebs"),)
        outcome = TaskOutcome(rules=rules, complete=("ebs",) if complete else ())
        task = TaskRow(
            f"task-{hour}",
            spec.scan_id,
            "scan",
            ACCOUNT,
            "eu-west-1",
            "ec2",
            services=("ebs",),
            status=TaskStatus.SUCCEEDED,
            outcome=outcome,
        )
        async with self.backbone.store.write() as writing:
            assert await settle_stored(writing, task, spec, utc_now(), tell=self.backbone.settings.changes)

    async def changed(self) -> dict[str, Any]:
        """Key and value of what came since the last look; None for a tombstone."""
        await relay_changes(self.backbone)
        assert await relay_changes(self.backbone) == 0
        messages = sorted(await every_change(self.backbone), key=lambda message: message.timestamp)
        fresh, self.seen = messages[self.seen :], len(messages)
        return {message.key.removeprefix(VOLUME): value_of(message) for message in fresh}


async def every_change(backbone: Backbone, *, patience: float = 0.1) -> list[Message]:
    consumer = await backbone.bus.subscribe([CHANGES], None)
    found: list[Message] = []
    try:
        while messages := await consumer.fetch(timeout=patience):
            found += messages
    finally:
        await consumer.close()
    return found


def value_of(message: Message) -> Any:
    return decode(message.value).data.value if message.value else None


def state(number: int, value: str = "in-use") -> Event:
    return event_of(task_of(), number, value=value)


def judged(number: int, outcome: str) -> Event:
    event = wasted(task_of(), number)
    value = {"rule": "disk.unattached", "outcome": outcome, "reason": "so"}
    return msgspec.structs.replace(event, data=msgspec.structs.replace(event.data, value=value))


async def test_a_fact_is_told_when_its_value_is_another_one(backbone: Backbone) -> None:
    scans = Scans(backbone)
    await scans.tell(1, state(1), state(2))
    assert await scans.changed() == {f"1|{STATE}": "in-use", f"2|{STATE}": "in-use"}
    await scans.tell(2, state(1), state(2, "available"))
    assert await scans.changed() == {f"2|{STATE}": "available"}
    await scans.tell(1, state(2, "too late"))
    await scans.tell(2, state(2, "not the first"))
    assert await scans.changed() == {}


async def test_values_of_several_statistics_are_facts_of_their_own(backbone: Backbone) -> None:
    scans, kind = Scans(backbone), "aws.performance.ebs.read_ops"
    low, high = (event_of(task_of(), 1, kind=kind, value=value) for value in (0.5, 9.5))
    low = msgspec.structs.replace(low, data=msgspec.structs.replace(low.data, statistic="average"))
    high = msgspec.structs.replace(high, data=msgspec.structs.replace(high.data, statistic="maximum"))
    await scans.tell(1, low, high)
    assert await scans.changed() == {f"1|{kind}#average": 0.5, f"1|{kind}#maximum": 9.5}


async def test_a_finding_is_told_when_it_opens_changes_or_cannot_be_judged_and_is_gone_when_it_is_resolved(
    backbone: Backbone,
) -> None:
    scans = Scans(backbone)

    async def savings() -> dict[str, Any]:
        told = await scans.changed()
        return {key: value and value.get("monthly_saving", value["outcome"]) for key, value in told.items()}

    await scans.tell(1, wasted(task_of(), 1), wasted(task_of(), 2))
    assert await savings() == {f"1|{FINDING}": "8.80", f"2|{FINDING}": "8.80"}
    await scans.settle(1)
    await scans.tell(2, wasted(task_of(), 1), wasted(task_of(), 2, "9.00"))
    assert await savings() == {f"2|{FINDING}": "9.00"}
    await scans.tell(3, judged(1, "insufficient_data"), judged(2, "excluded"))
    assert await savings() == {f"1|{FINDING}": "insufficient_data", f"2|{FINDING}": None}
    await scans.tell(4, wasted(task_of(), 1))
    assert await savings() == {f"1|{FINDING}": "8.80"}
    await scans.tell(5, state(1), state(2))
    await scans.settle(5)
    assert await savings_of_findings(scans) == {f"1|{FINDING}": None}


async def savings_of_findings(scans: Scans) -> dict[str, Any]:
    return {key: value for key, value in (await scans.changed()).items() if key.endswith(FINDING)}


async def test_a_resource_that_a_complete_listing_does_not_show_is_gone_until_it_is_seen_again(
    backbone: Backbone,
) -> None:
    scans = Scans(backbone)
    size = event_of(task_of(), 1, kind="aws.metadata.ebs.size_gib", value=8)
    await scans.tell(1, state(1), size, state(2))
    await scans.settle(1)
    assert len(await scans.changed()) == 3
    await scans.tell(2, state(2))
    await scans.settle(2)
    assert await scans.changed() == {f"1|{STATE}": None, "1|aws.metadata.ebs.size_gib": None}
    await scans.tell(3, state(2))
    await scans.settle(3)
    assert await scans.changed() == {}
    await scans.tell(2, state(1, "too late"))
    assert await scans.changed() == {}
    await scans.tell(4, state(1, "too late"), state(2))
    assert await scans.changed() == {f"1|{STATE}": "too late"}


@pytest.mark.parametrize(("complete", "categories"), [(False, ["metadata"]), (True, ["waste", "security"])])
async def test_silence_says_nothing_without_a_complete_listing_and_without_metadata(
    backbone: Backbone, complete: bool, categories: list[str]
) -> None:
    scans = Scans(backbone)
    await scans.tell(1, state(1))
    assert len(await scans.changed()) == 1
    await scans.settle(2, complete=complete, categories=categories)
    assert await scans.changed() == {}


async def test_what_is_not_wanted_is_not_kept(tmp_path: Path) -> None:
    backbone = await open_backbone(Settings(home=tmp_path, changes=False))
    scans = Scans(backbone)
    await scans.tell(1, state(1), wasted(task_of(), 1))
    await scans.settle(2)
    assert (await rows_of(backbone.store, facts_only=False))["changes"] == []
    await backbone.close()


async def test_two_planners_tell_each_change_once(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, tick_seconds=0.02)
    one, other = await open_backbone(settings), await open_backbone(settings)
    stop, scans = asyncio.Event(), Scans(one)
    running = [asyncio.create_task(planner.run(each, stop)) for each in (one, other)]
    for number in range(40):
        await scans.tell(1, state(number))

    async def all_told() -> bool:
        return (await rows_of(one.store, facts_only=False))["changes"] == []

    await until(all_told)
    stop.set()
    await asyncio.gather(*running)
    told = [message.key for message in await every_change(one)]
    assert sorted(told) == sorted(f"{VOLUME}{number}|{STATE}" for number in range(40))
    await other.close()
    await one.close()


async def test_where_each_client_has_a_topic_of_events_it_has_one_of_changes(tmp_path: Path) -> None:
    backbone = await open_backbone(Settings(home=tmp_path, events_topic="sentinel.events.{client}"))
    event = state(1)
    message = Message("sentinel.events.acme", 0, 0, event.subject, encode(event), utc_now())
    await store(backbone, [message])
    assert await relay_changes(backbone) == 1
    assert await every_change(backbone) == []
    (told,) = await messages_of(backbone, "sentinel.changes.acme")
    assert (told.key, told.value) == (f"{VOLUME}1|{STATE}", message.value)
    await backbone.close()


@pytest.fixture
def broker(kafka_means: None) -> Iterator[str]:
    """Of this test alone: the topics have their real names."""
    with own_broker() as (address, _):
        yield address


@pytest.mark.parametrize("bus", ["sqlite", pytest.param("kafka", marks=[pytest.mark.kafka, pytest.mark.slow])])
async def test_the_last_of_each_key_is_what_the_store_holds(
    request: pytest.FixtureRequest, tmp_path: Path, bus: str
) -> None:
    address = f"kafka://{request.getfixturevalue('broker')}" if bus == "kafka" else ""
    backbone = await open_backbone(Settings(home=tmp_path, bus=address, tick_seconds=0.05))
    await live(backbone)
    while await step(backbone) + await relay_changes(backbone):
        pass
    held = {message.key: value_of(message) for message in await every_change(backbone, patience=2.0)}
    tables = await rows_of(backbone.store)
    await backbone.close()
    listed = {(row.client_id, row.account_id, row.region, row.service): row.asof for row in tables["listings"]}
    true: dict[str, Any] = {}
    for row in tables["resources"]:
        if row.last_seen >= listed[row.client_id, row.account_id, row.region, row.service]:
            facts = msgspec.json.decode(row.facts)
            true |= {f"acme|{row.resource_id}|{key}": fact["value"] for key, fact in facts.items()}
    opened = {f"acme|{row.resource_id}|{FINDING}" for row in tables["findings"] if row.status == "open"}
    assert "scan-4 w" in true.values()
    assert len(opened) < len(tables["findings"])
    assert None in held.values()
    kept = {key: value for key, value in held.items() if value is not None}
    assert {key for key in kept if key.endswith(FINDING)} == opened
    assert {key: value for key, value in kept.items() if not key.endswith(FINDING)} == true
