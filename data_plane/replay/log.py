"""The topics of the events, read in an order of our choice: each partition up to a given offset."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from datetime import datetime

from bus import Consumer, Message, Position

BATCH = 2000
HELD = 20_000
"""Messages of a partition that wait in memory for the others; what is beyond is read again."""
FETCH_SECONDS = 1.0


class Log:
    """What a consumer reads, handed out by partition."""

    def __init__(self, consumer: Consumer) -> None:
        self._consumer = consumer
        self._waiting: defaultdict[Position, deque[Message]] = defaultdict(deque)
        self._next: dict[Position, int] = {}
        self._ended = False
        self._begins: dict[Position, datetime] = {}
        """Of partitions whose beginning is lost: the time of the first message that is still there."""

    async def take(self, targets: Mapping[Position, int]) -> list[Message]:
        """Some messages before these offsets, in order within a partition; none when all were handed out."""
        while True:
            taken = self._ready(targets)
            if taken or self._ended or self._reached(targets):
                return taken
            await self._fetch()

    def holds(self, places: Iterable[Position], began: datetime | None) -> bool:
        """Whether all is still there that was sent to these partitions since then."""
        wanted = list(places)
        seen = all(place in self._next or self._waiting[place] for place in wanted)
        lost = [self._begins[place] for place in wanted if place in self._begins]
        return seen and (not lost or (began is not None and began >= max(lost)))

    def _ready(self, targets: Mapping[Position, int]) -> list[Message]:
        taken: list[Message] = []
        for place, target in targets.items():
            waiting = self._waiting[place]
            while waiting and waiting[0].offset < target and len(taken) < BATCH:
                taken.append(waiting.popleft())
                self._next[place] = taken[-1].offset + 1
        return taken

    def _reached(self, targets: Mapping[Position, int]) -> bool:
        """Offsets may have holes: what comes next is behind the target, or what came last was before it."""
        return all(self._waiting[place] or self._next.get(place, 0) >= target for place, target in targets.items())

    async def _fetch(self) -> None:
        messages = await self._consumer.fetch(BATCH, timeout=FETCH_SECONDS)
        for message in messages:
            self._hold(message)
        if not messages:
            self._ended = not any((await self._consumer.lag()).values())
        await self._let_go()

    def _hold(self, message: Message) -> None:
        place = message.topic, message.partition
        if place not in self._next and not self._waiting[place] and message.offset > 0:
            self._begins[place] = message.timestamp
        self._waiting[place].append(message)

    async def _let_go(self) -> None:
        back: dict[Position, int] = {}
        for place, waiting in self._waiting.items():
            while len(waiting) > HELD:
                back[place] = waiting.pop().offset
        if back:
            await self._consumer.seek(back)
