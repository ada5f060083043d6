"""Rebuild: events are stored and tasks settled again, in the order in which both were done the first time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from bus import Message, Position
from data_plane.backbone import Backbone
from data_plane.materializer import next_positions, write
from data_plane.reading import Refused, read
from data_plane.replay.log import Log
from data_plane.replay.settlements import Settlement, settlements
from data_plane.settle import settle_stored
from schemas.topics import CLIENT, events_topic

log = structlog.get_logger("data_plane.replay")


@dataclass
class Replayed:
    """What was done so far, of how much."""

    total: int = 0
    read: int = 0
    stored: int = 0
    refused: int = 0
    settled: int = 0
    not_settled: int = 0
    """Tasks of which not all events are on the bus any more: nothing can be concluded from their silence."""


@dataclass
class Replay:
    """One run, over a backbone whose store is the one to rebuild. ``since``: only scans accepted then or later."""

    backbone: Backbone
    since: datetime | None = None
    tell: Callable[[Replayed], None] = lambda _: None
    done: Replayed = field(default_factory=Replayed)

    async def run(self) -> Replayed:
        """Until the end that the log has now. May be run again: what is there already stays as it is.

        Nothing of it goes to ``sentinel.changes``: subscribers were told the first time.
        """
        bus, template = self.backbone.bus, self.backbone.settings.events_topic
        tasks = await settlements(bus)
        topics = sorted({events_topic(template, task.told.client_id) for task in tasks} | _of_all(template))
        if not topics:
            return self.done
        ends = {(topic, part): end for topic in topics for part, end in (await bus.end_offsets(topic)).items()}
        consumer = await bus.subscribe(topics, None)
        try:
            self.done.total = sum((await consumer.lag()).values())
            events = Log(consumer)
            for task in tasks:
                topic = events_topic(template, task.told.client_id)
                await self._store_up_to(events, _capped(topic, task.told.positions, ends))
                await self._settle(events, task, topic)
            await self._store_up_to(events, ends)
        finally:
            await consumer.close()
        return self.done

    async def _store_up_to(self, events: Log, targets: Mapping[Position, int]) -> None:
        while messages := await events.take(targets):
            await self._store(messages)
            self.done.read += len(messages)
            self.tell(self.done)

    async def _store(self, messages: Sequence[Message]) -> None:
        batch = read(messages, self.backbone.settings.events_topic)
        wanted = [each for each in batch.events if self.since is None or each[1].asof >= self.since]
        await write(self.backbone, batch._replace(events=wanted), next_positions(messages), self._refuse)
        self.done.stored += len(wanted)

    async def _refuse(self, refused: Sequence[Refused]) -> None:
        """They are dead letters already."""
        self.done.refused += len(refused)
        for message, reason in refused:
            log.debug("event_refused", partition=message.partition, offset=message.offset, reason=reason)

    async def _settle(self, events: Log, task: Settlement, topic: str) -> None:
        if self.since is not None and task.told.asof < self.since:
            return
        places = [(topic, int(part)) for part in task.finished.offsets]
        if not events.holds(places, task.began):
            self.done.not_settled += 1
            return
        async with self.backbone.store.write() as writing:
            self.done.settled += await settle_stored(writing, task.task, task.spec, task.at, tell=False)


def _of_all(template: str) -> set[str]:
    """The one topic of all clients, if that is how it is."""
    return set() if CLIENT in template else {template}


def _capped(topic: str, positions: Mapping[str, int], ends: Mapping[Position, int]) -> dict[Position, int]:
    """Where this log does not reach so far, it is another one than that of the positions."""
    mine = [(place, end) for place, end in ends.items() if place[0] == topic]
    return {place: min(positions.get(str(place[1]), 0), end) for place, end in mine}
