"""Where the events of one attempt go: encoded, keyed by resource, sent with back-pressure."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

import msgspec
import structlog

from bus import Bus, BusError, MessageTooLargeError, Outgoing, UndeliveredError
from data_plane.backbone import delays, one_line
from data_plane.dead_letters import unsent
from schemas.event import CONTENT_TYPE, MAX_EVENT_BYTES, Event, encode
from schemas.scan import Coverage, TaskOutcome
from schemas.topics import EVENTS
from schemas.tracing import headers

HEADERS = {"content-type": CONTENT_TYPE}

log = structlog.get_logger("data_plane.worker")


class EventSink:
    """Holds no events: ``emit`` returns when the bus has taken them."""

    def __init__(self, bus: Bus, still_ours: Callable[[], Awaitable[bool]], topic: str = EVENTS) -> None:
        self._sender = bus.sender()
        self._topic = topic
        self._headers = HEADERS | headers()
        self._still_ours = still_ours
        self._refused: Counter[tuple[str, str, str]] = Counter()

    async def emit(self, events: Sequence[Event]) -> None:
        """Send one batch. Waits while the bus is full or away.

        Raises ``BusError`` when the task is no longer ours, or what it sent before is lost.
        """
        await self._send([self._outgoing(event) for event in events])

    async def flush(self) -> dict[str, int]:
        """Wait until all is durable; the highest offset by partition of the events topic. Raises ``BusError``."""
        highest = await self._sender.flush()
        return {str(partition): offset for (topic, partition), offset in highest.items() if topic == self._topic}

    def account_for(self, outcome: TaskOutcome) -> TaskOutcome:
        """The outcome without the events that were too large: each is a gap, and its service's listing not complete."""
        if not self._refused:
            return outcome
        categories = Counter(outcome.events_by_category)
        for (_, _, category), count in self._refused.items():
            categories[category] -= count
        services = {service for service, _, _ in self._refused}
        return msgspec.structs.replace(
            outcome,
            events=outcome.events - self._refused.total(),
            events_by_category={category: count for category, count in categories.items() if count > 0},
            complete=tuple(service for service in outcome.complete if service not in services),
            coverage=outcome.coverage + tuple(_gap(*key, count) for key, count in sorted(self._refused.items())),
        )

    def _outgoing(self, event: Event) -> Outgoing:
        body = encode(event)
        if len(body) <= MAX_EVENT_BYTES:
            return Outgoing(self._topic, event.subject, body, self._headers)
        self._refused[event.service, event.region, event.category] += 1
        reason = f"event {event.id} of type {event.type} is too large: {len(body)} bytes, at most {MAX_EVENT_BYTES}"
        log.error("event_too_large", scan_id=event.scanid, task_id=event.taskid, type=event.type, bytes=len(body))
        return unsent(self._topic, event.subject, body, reason)

    async def _send(self, messages: Sequence[Outgoing]) -> None:
        """A batch that was sent in part is sent again as a whole: the ids make it one."""
        for delay in delays():
            try:
                return await self._sender.send(messages)
            except (MessageTooLargeError, UndeliveredError):
                raise
            except BusError as error:
                if not await self._still_ours():
                    raise
                log.warning("events_wait_for_bus", error=one_line(error), retry_in_seconds=delay)
            await asyncio.sleep(delay)
        return None


def _gap(service: str, region: str, category: str, count: int) -> Coverage:
    reason = f"{category} events over {MAX_EVENT_BYTES} bytes; they are dead letters"
    return Coverage(service=service, region=region, status="failed", scope="enrich", reason=reason, count=count)
