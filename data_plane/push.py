"""The push: events in 2CBP form to an aggregator, in batches, at least once, in order for each resource."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import structlog

from bus import Consumer, Message
from data_plane.backbone import Backbone, delays, one_line
from data_plane.dead_letters import bury
from data_plane.event_topics import follow_events
from data_plane.materializer import next_positions
from data_plane.pausing import Stop, pause
from data_plane.reading import ReadEvent, read
from schemas.event import encode_2cbp
from schemas.instruments import PUSH_FAILURES, PUSHED

if TYPE_CHECKING:
    import httpx

GROUP: Final = "push"
FETCH_SECONDS: Final = 0.5
ATTEMPT_SECONDS: Final = 30.0
LONGEST_WAIT_SECONDS: Final = 300.0
"""An aggregator that asks for a longer pause is asked again after this one."""
REFUSALS: Final = frozenset({400, 413, 422})
"""The events themselves are not taken. Everything else may pass: a password, an address, an overload."""

log = structlog.get_logger("data_plane.push")


class StoppedError(Exception):
    """The process is asked to stop; what was not taken stays uncommitted."""


class NotTakenError(Exception):
    """The aggregator does not take these events, now or ever."""


async def run(backbone: Backbone, stop: Stop) -> None:
    """Until stopped. Several share the partitions."""
    import httpx

    async with httpx.AsyncClient(timeout=ATTEMPT_SECONDS, follow_redirects=False) as http:
        push = Push(backbone, http, stop)
        try:
            await follow_events(backbone, stop, GROUP, push.turn)
        except StoppedError:
            log.info("push_stopped")


class Push:
    """Sends one batch after the other: what is not taken holds back what is behind it."""

    def __init__(self, backbone: Backbone, http: httpx.AsyncClient, stop: Stop) -> None:
        self._backbone, self._http, self._stop = backbone, http, stop
        self._headers = {"content-type": "application/json", "content-encoding": "gzip"}
        if backbone.settings.push_authorization:
            self._headers["authorization"] = backbone.settings.push_authorization

    async def turn(self, consumer: Consumer) -> None:
        """Gather a batch, send it, commit it."""
        messages = await self._gather(consumer)
        if not messages:
            return
        batch = read(messages, self._backbone.settings.events_topic)
        # what is no event is the materializer's to bury: it reads the same messages
        await self._send(consumer, batch.events)
        await consumer.commit(next_positions(messages))

    async def _gather(self, consumer: Consumer) -> list[Message]:
        settings, loop = self._backbone.settings, asyncio.get_running_loop()
        found = list(await consumer.fetch(settings.push_batch, timeout=FETCH_SECONDS))
        until = loop.time() + settings.push_seconds
        while found and len(found) < settings.push_batch and not self._stop.is_set() and loop.time() < until:
            found += await consumer.fetch(settings.push_batch - len(found), timeout=until - loop.time())
        return found

    async def _send(self, consumer: Consumer, events: Sequence[ReadEvent]) -> None:
        """All of them, or halves, until those that the aggregator refuses are found: they become dead letters."""
        if not events:
            return
        try:
            await self._insist(consumer, events)
        except NotTakenError as error:
            if len(events) == 1:
                await bury(self._backbone.bus, [(events[0][0], f"the aggregator refuses it: {error}")])
                log.warning("event_not_taken", id=events[0][1].id, type=events[0][1].type, reason=str(error))
                return
            middle = len(events) // 2
            await self._send(consumer, events[:middle])
            await self._send(consumer, events[middle:])

    async def _insist(self, consumer: Consumer, events: Sequence[ReadEvent]) -> None:
        """Until they are taken. Raises ``NotTakenError`` or ``StoppedError``."""
        for delay in delays():
            ours = [event for message, event in events if (message.topic, message.partition) in consumer.assigned()]
            if not ours:
                return  # another member has these partitions now, and sends them
            body = b"[" + b",".join(encode_2cbp(event) for event in ours) + b"]"
            problem, wait = await self._post(body)
            if problem is None:
                PUSHED.inc(len(ours))
                return
            PUSH_FAILURES.inc()
            log.warning("push_waits", error=problem, events=len(ours), retry_in_seconds=max(delay, wait))
            await pause(self._stop, max(delay, wait))
            if self._stop.is_set():
                raise StoppedError

    async def _post(self, body: bytes) -> tuple[str | None, float]:
        """What went wrong, None when it was taken; and for how long we are asked to wait. Raises ``NotTakenError``."""
        import httpx

        key = hashlib.sha256(body).hexdigest()
        try:
            async with asyncio.timeout(ATTEMPT_SECONDS):
                answer = await self._http.post(
                    self._backbone.settings.push_url,
                    content=gzip.compress(body, 6),
                    headers={**self._headers, "idempotency-key": key},
                )
        except (httpx.HTTPError, TimeoutError) as error:
            return one_line(error), 0.0
        if answer.is_success:
            return None, 0.0
        told = f"answered {answer.status_code}"
        if answer.status_code in REFUSALS:
            raise NotTakenError(told)
        return told, _asked_to_wait(answer)


def _asked_to_wait(answer: httpx.Response) -> float:
    """``Retry-After`` in seconds; its other form, a date, is not read."""
    text = answer.headers.get("retry-after", "")
    return min(float(text), LONGEST_WAIT_SECONDS) if text.isdigit() else 0.0
