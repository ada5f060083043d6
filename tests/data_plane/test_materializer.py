from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bus import Message, Outgoing, open_bus
from data_plane import materializer
from data_plane.backbone import Backbone
from data_plane.materializer import Stored, next_positions, store
from data_plane.settle import settle
from schemas.event import Event, decode, encode, utc_now
from schemas.scan import TaskOutcome
from schemas.topics import DEAD_LETTERS, EVENTS, TOPICS, DeadLetter
from stores import events as stored_events
from stores import facts, findings, tasks
from stores.events import EventQuery
from tests.data_plane.scripted import event_of, spec_of, task_of, until, wasted
from tests.data_plane.test_planner import messages_of, planned, succeed


async def publish(backbone: Backbone, events: Sequence[Event]) -> dict[str, int]:
    sender = backbone.bus.sender()
    await sender.send([Outgoing(EVENTS, event.subject, encode(event)) for event in events])
    return {str(partition): offset for (_, partition), offset in (await sender.flush()).items()}


async def stored(backbone: Backbone) -> dict[str, Event]:
    async with backbone.store.read() as reading:
        bodies = await stored_events.find_events(reading, EventQuery(client_id="acme", limit=5000))
    return {event.id: event for event in map(decode, bodies)}


async def everything(backbone: Backbone) -> list[Any]:
    """All that the materializer writes, to compare."""
    async with backbone.store.read() as reading:
        open_findings = await findings.find_findings(reading, "acme", now=utc_now(), limit=100)
        return [await facts.positions(reading), open_findings, sorted((await stored(backbone)).items())]


@asynccontextmanager
async def materializing(*backbones: Backbone) -> AsyncIterator[None]:
    stop = asyncio.Event()
    running = [asyncio.create_task(materializer.run(backbone, stop)) for backbone in backbones]
    try:
        yield
    finally:
        stop.set()
        async with asyncio.timeout(2):
            await asyncio.gather(*running)


async def test_events_become_rows_and_positions(backbone: Backbone) -> None:
    events = [event_of(task_of(), number) for number in range(50)] + [wasted(task_of(), 7)]
    await publish(backbone, events)

    async def all_stored() -> bool:
        return len(await stored(backbone)) == 51

    async with materializing(backbone):
        await until(all_stored)
    assert await stored(backbone) == {event.id: event for event in events}
    async with backbone.store.read() as reading:
        positions = await facts.positions(reading)
        (finding,) = await findings.find_findings(reading, "acme", now=utc_now(), limit=10)
    ends = {(EVENTS, partition): end for partition, end in (await backbone.bus.end_offsets(EVENTS)).items() if end}
    assert positions == ends
    assert finding.rule == "disk.unattached"


async def test_a_poison_message_is_a_dead_letter_and_reading_goes_on(backbone: Backbone) -> None:
    good = [event_of(task_of(), number) for number in range(5)]
    await publish(backbone, good[:2])
    await backbone.bus.sender().send([Outgoing(EVENTS, "k", b'{"id": 1}')])
    await publish(backbone, good[2:])

    async def all_stored() -> bool:
        return len(await stored(backbone)) == 5

    async with materializing(backbone):
        await until(all_stored)
    (message,) = await messages_of(backbone, DEAD_LETTERS)
    letter = msgspec.json.decode(message.value, type=DeadLetter)
    assert (letter.topic, letter.key, letter.body) == (EVENTS, "k", '{"id": 1}')
    assert "not an event" in letter.reason
    assert letter.offset >= 0


async def test_an_event_that_the_store_refuses_is_a_dead_letter_and_the_others_stay(backbone: Backbone) -> None:
    events = [wasted(task_of(), number) for number in range(5)] + [wasted(task_of(), 9, saving="a lot")]
    await publish(backbone, events)
    messages = await messages_of(backbone, EVENTS)
    await store(backbone, messages)
    assert len(await stored(backbone)) == 5
    (letter,) = await messages_of(backbone, DEAD_LETTERS)
    assert b"cannot be stored" in letter.value
    async with backbone.store.read() as reading:
        assert await facts.positions(reading) == next_positions(messages)


async def test_a_batch_that_comes_twice_changes_nothing(backbone: Backbone) -> None:
    await publish(backbone, [event_of(task_of(), number) for number in range(20)] + [wasted(task_of(), 3)])
    messages = await messages_of(backbone, EVENTS)
    await store(backbone, messages)
    before = await everything(backbone)
    await store(backbone, messages)
    assert await everything(backbone) == before
    await store(backbone, messages[:5])
    assert await everything(backbone) == before


async def test_a_death_before_the_commit_writes_nothing_and_the_batch_comes_again(
    backbone: Backbone, monkeypatch: pytest.MonkeyPatch
) -> None:
    await publish(backbone, [event_of(task_of(), number) for number in range(20)])
    messages = await messages_of(backbone, EVENTS)

    async def killed(*_: object) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as patch:
        patch.setattr(facts, "advance", killed)
        with pytest.raises(asyncio.CancelledError):
            await store(backbone, messages)
    assert await stored(backbone) == {}
    async with backbone.store.read() as reading:
        assert await facts.positions(reading) == {}
    await store(backbone, messages)
    assert len(await stored(backbone)) == 20


async def test_reading_goes_on_from_the_stored_positions(backbone: Backbone) -> None:
    """The bus was never told: a materializer that died between its transaction and the commit."""
    await publish(backbone, [event_of(task_of(), number) for number in range(20)])
    messages = await messages_of(backbone, EVENTS)
    await store(backbone, messages)
    assigned = frozenset((EVENTS, partition) for partition in range(4))
    known = await Stored(backbone).positions(assigned)
    assert known == next_positions(messages)
    consumer = await backbone.bus.subscribe([EVENTS], materializer.GROUP, on_assigned=Stored(backbone).positions)
    assert await consumer.fetch(timeout=0.2) == []
    await consumer.close()


async def test_a_log_that_begins_anew_is_read_from_its_start(backbone: Backbone, tmp_path: Path) -> None:
    """The bus was wiped, or another one was set; the store is the same."""
    await publish(backbone, [event_of(task_of(), number) for number in range(50)])
    await store(backbone, await messages_of(backbone, EVENTS))
    anew = replace(backbone, bus=open_bus(f"sqlite:///{tmp_path / 'anew.sqlite'}"))
    await anew.bus.start(TOPICS)
    try:
        first, _ = await planned(anew)
        fresh = [event_of(task_of(spec_of("scan-2")), number) for number in range(8)]
        await succeed(anew, first, TaskOutcome(offsets=await publish(anew, fresh)), settled=False)

        async def all_stored() -> bool:
            return {event.id for event in fresh} <= (await stored(anew)).keys()

        async def all_settled() -> bool:
            async with anew.store.read() as reading:
                return not await tasks.unsettled_tasks(reading)

        async with materializing(anew):
            await until(all_stored)
            await until(all_settled)
        async with anew.store.read() as reading:
            ends = await anew.bus.end_offsets(EVENTS)
            assert await facts.positions(reading) == {(EVENTS, part): end for part, end in ends.items() if end}
    finally:
        await anew.bus.close()


async def test_two_materializers_store_every_event_once(backbone: Backbone, other: Backbone) -> None:
    events = [event_of(task_of(), number) for number in range(300)]

    async def all_stored() -> bool:
        return len(await stored(backbone)) == 300

    async with materializing(backbone, other):
        for start in range(0, 300, 50):
            await publish(backbone, events[start : start + 50])
            await asyncio.sleep(0.05)
        await until(all_stored)
    assert await stored(backbone) == {event.id: event for event in events}


async def test_a_task_is_settled_when_its_last_event_is_stored(backbone: Backbone, other: Backbone) -> None:
    first, _ = await planned(backbone)
    events = [event_of(task_of(), number) for number in range(10)]
    offsets = await publish(backbone, events)
    await succeed(backbone, first, TaskOutcome(offsets=offsets), settled=False)
    assert await settle(backbone) == 0
    messages = await messages_of(backbone, EVENTS)
    await store(backbone, messages[:-1])
    assert await settle(backbone) == 0
    await store(backbone, messages[-1:])
    assert sum(await asyncio.gather(settle(backbone), settle(other))) == 1
    async with backbone.store.read() as reading:
        assert await tasks.unsettled_tasks(reading) == []


async def test_a_task_that_sent_nothing_is_settled_at_once(backbone: Backbone) -> None:
    first, _ = await planned(backbone)
    await succeed(backbone, first, TaskOutcome(), settled=False)
    assert await settle(backbone) == 1


def test_the_next_position_is_behind_the_highest_offset() -> None:
    places = [(0, 4), (1, 2), (0, 3)]
    messages = [Message(EVENTS, partition, offset, "k", b"", utc_now()) for partition, offset in places]
    assert next_positions(messages) == {(EVENTS, 0): 5, (EVENTS, 1): 3}
