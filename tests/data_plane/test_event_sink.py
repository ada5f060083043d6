from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping, Sequence
from typing import cast

import msgspec
import pytest

from bus import Bus, BusError, Outgoing, Position, UndeliveredError
from bus.kafka import KafkaBus
from data_plane.backbone import Backbone
from data_plane.event_sink import EventSink
from schemas.event import CONTENT_TYPE, MAX_EVENT_BYTES, encode
from schemas.topics import DEAD_LETTERS, EVENTS, DeadLetter
from tests.data_plane.scripted import event_of, outcome_of, task_of, wasted


async def ours() -> bool:
    return True


async def not_ours() -> bool:
    return False


class Failing:
    """A sender that refuses a number of batches, and keeps those that it took."""

    def __init__(self, failures: int) -> None:
        self.failures, self.taken = failures, list[Outgoing]()

    def sender(self) -> Failing:
        return self

    async def send(self, messages: Sequence[Outgoing]) -> None:
        if self.failures:
            self.failures -= 1
            raise BusError("the bus is away")
        self.taken += messages

    async def flush(self) -> Mapping[Position, int]:
        return {(EVENTS, 0): 7, (EVENTS, 2): 4, (DEAD_LETTERS, 1): 9}


async def test_events_travel_keyed_by_resource_with_their_content_type() -> None:
    bus, event = Failing(0), event_of(task_of(), 1)
    await EventSink(cast("Bus", bus), ours).emit([event])
    assert bus.taken == [Outgoing(EVENTS, event.subject, encode(event), {"content-type": CONTENT_TYPE})]


async def test_a_bus_that_is_away_for_a_moment_loses_nothing() -> None:
    bus = Failing(2)
    await EventSink(cast("Bus", bus), ours).emit([event_of(task_of(), n) for n in range(3)])
    assert len(bus.taken) == 3


async def test_a_lost_task_does_not_wait_for_the_bus() -> None:
    with pytest.raises(BusError):
        await EventSink(cast("Bus", Failing(1)), not_ours).emit([event_of(task_of(), 1)])


async def test_the_offsets_are_those_of_the_events_topic() -> None:
    assert await EventSink(cast("Bus", Failing(0)), ours).flush() == {"0": 7, "2": 4}


async def test_an_event_over_64_kib_is_a_dead_letter_and_a_gap() -> None:
    task, bus = task_of(), Failing(0)
    large = event_of(task, 1, value="x" * MAX_EVENT_BYTES)
    sink = EventSink(cast("Bus", bus), ours)
    await sink.emit([event_of(task, 0), large, wasted(task, 2)])
    assert [message.topic for message in bus.taken] == [EVENTS, DEAD_LETTERS, EVENTS]
    letter = msgspec.json.decode(bus.taken[1].value, type=DeadLetter)
    assert letter.topic == EVENTS
    assert letter.key == large.subject
    assert "too large: 66" in letter.reason

    outcome = sink.account_for(outcome_of(task, [event_of(task, 0), large, wasted(task, 2)]))
    assert outcome.events == 2
    assert outcome.events_by_category == {"metadata": 1, "waste": 1}
    assert outcome.complete == ()
    (gap,) = [coverage for coverage in outcome.coverage if coverage.is_gap]
    assert (gap.service, gap.region, gap.count) == ("ebs", "eu-west-1", 1)


async def test_an_outcome_without_large_events_stays_as_it_is() -> None:
    outcome = outcome_of(task_of(), [])
    assert EventSink(cast("Bus", Failing(0)), ours).account_for(outcome) is outcome


async def test_a_dead_letter_is_readable_on_the_real_bus(backbone: Backbone) -> None:
    sink = EventSink(backbone.bus, ours)
    await sink.emit([event_of(task_of(), 1, value="é" * MAX_EVENT_BYTES)])
    assert await sink.flush() == {}
    consumer = await backbone.bus.subscribe([DEAD_LETTERS], None)
    (message,) = await consumer.fetch()
    assert msgspec.json.decode(message.value, type=DeadLetter).partition == -1
    await consumer.close()


async def test_what_a_broker_never_took_ends_the_attempt() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    bus = KafkaBus(f"127.0.0.1:{port}", delivery_seconds=1.0)
    try:
        sink = EventSink(bus, ours)
        await sink.emit([event_of(task_of(), 1)])
        with pytest.raises(BusError):
            await sink.flush()
        async with asyncio.timeout(2):
            with pytest.raises(UndeliveredError):
                await sink.emit([event_of(task_of(), 2)])
    finally:
        await bus.close()
