"""The materializer: events become rows. A batch, its facts and its positions are one transaction."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial

import msgspec
import structlog
from sqlalchemy.exc import StatementError

from bus import Consumer, Message, Position
from data_plane.backbone import Backbone, one_line
from data_plane.dead_letters import bury
from data_plane.event_topics import follow_events
from data_plane.letters import keep_letters
from data_plane.pausing import Stop
from data_plane.reading import Batch, ReadEvent, Refused, read
from data_plane.retention import keep_retention
from data_plane.settle import settle
from schemas.instruments import STORE_SECONDS, STORED
from schemas.tracing import HEADER, span
from stores import changes, facts

GROUP = "store"
BATCH = 2000
"""Rows a transaction: SQLite's ``executemany`` gains little beyond."""

UNSTORABLE = (StatementError, msgspec.MsgspecError, ValueError, TypeError, ArithmeticError, LookupError, RecursionError)
"""What the store raises because of an event. ``StoreError`` is about the store itself."""

Refuse = Callable[[Sequence[Refused]], Awaitable[None]]
"""What becomes of messages that cannot be read or stored."""

log = structlog.get_logger("data_plane.materializer")


async def run(backbone: Backbone, stop: Stop) -> None:
    """Until stopped. Any number may run: what two of them store is stored once."""
    async with asyncio.TaskGroup() as group:
        group.create_task(_materialize(backbone, stop), name="materializer.events")
        group.create_task(keep_letters(backbone, stop), name="materializer.letters")
        group.create_task(keep_retention(backbone, stop), name="materializer.retention")


async def _materialize(backbone: Backbone, stop: Stop) -> None:
    async def turn(consumer: Consumer) -> None:
        messages = await consumer.fetch(BATCH, timeout=backbone.settings.tick_seconds)
        if messages:
            await store(backbone, messages)
            await consumer.commit(next_positions(messages))
        await settle(backbone)

    await follow_events(backbone, stop, GROUP, turn, Stored(backbone).positions)


class Stored:
    """Where reading goes on: the positions that were written with the rows, not those of the bus."""

    def __init__(self, backbone: Backbone) -> None:
        self._backbone = backbone

    async def positions(self, assigned: frozenset[Position]) -> Mapping[Position, int]:
        """The next offset to read of partitions that became ours; those never read are left out.

        A position behind the end is that of another log (wiped, or another bus was set): all is read from the start.
        """
        async with self._backbone.store.read() as reading:
            known = await facts.positions(reading)
        mine = {position: known[position] for position in assigned if position in known}
        topics = {topic for topic, _ in mine}
        ends = {topic: await self._backbone.bus.end_offsets(topic) for topic in topics}
        if all(offset <= ends[topic].get(part, 0) for (topic, part), offset in mine.items()):
            return mine
        log.warning("log_began_anew", partitions=sorted(part for _, part in mine))
        async with self._backbone.store.write() as writing:
            await facts.forget_positions(writing, mine)
        return dict.fromkeys(assigned, 0)


async def store(backbone: Backbone, messages: Sequence[Message]) -> None:
    """Store one fetch. Raises what the store or the bus cannot do now; the messages then come again."""
    batch = read(messages, backbone.settings.events_topic)
    with _traced(messages):
        await write(backbone, batch, next_positions(messages), partial(_bury, backbone))


@contextmanager
def _traced(messages: Sequence[Message]) -> Iterator[None]:
    """A span in each trace that has messages in this fetch: they are stored together."""
    counted = Counter(message.headers.get(HEADER) for message in messages)
    with ExitStack() as spans:
        for parent, count in counted.items():
            spans.enter_context(span("events stored", parent, {"events": count}))
        yield


async def write(backbone: Backbone, batch: Batch, positions: Mapping[Position, int], refuse: Refuse) -> None:
    """Store what was read of one fetch. What cannot be is refused before the positions pass it."""
    await refuse(batch.refused)
    try:
        await _write(backbone, batch.events, positions)
    except UNSTORABLE:
        await refuse(await _write_pieces(backbone, batch.events))
        await _write(backbone, [], positions)


def next_positions(messages: Sequence[Message]) -> dict[Position, int]:
    """The next offset to read behind these messages, by topic and partition."""
    return {(m.topic, m.partition): m.offset + 1 for m in sorted(messages, key=lambda m: m.offset)}


async def _write(backbone: Backbone, read_events: Sequence[ReadEvent], positions: Mapping[Position, int]) -> None:
    events = [event for _, event in read_events]
    with STORE_SECONDS.time():
        async with backbone.store.write() as writing:
            await facts.store_events(writing, [(event, message.value) for message, event in read_events])
            folded = await facts.fold_state(writing, events)
            telling = backbone.settings.changes
            before = await changes.verdicts_before(writing, events) if telling else {}
            await facts.upsert_findings(writing, events)
            await facts.store_costs(writing, events)
            if telling:
                await changes.note_batch(writing, events, folded, before)
            await facts.advance(writing, positions)
    STORED.inc(len(events))


async def _write_pieces(backbone: Backbone, read_events: Sequence[ReadEvent]) -> list[Refused]:
    """Halve until the events that the store does not take are found; the others are stored."""
    if not read_events:
        return []
    try:
        await _write(backbone, read_events, {})
    except UNSTORABLE as error:
        if len(read_events) == 1:
            return [(read_events[0][0], f"cannot be stored: {one_line(error)}")]
        middle = len(read_events) // 2
        first = await _write_pieces(backbone, read_events[:middle])
        return first + await _write_pieces(backbone, read_events[middle:])
    return []


async def _bury(backbone: Backbone, refused: Sequence[Refused]) -> None:
    await bury(backbone.bus, refused)
    for message, reason in refused:
        log.error("event_refused", partition=message.partition, offset=message.offset, reason=reason)
