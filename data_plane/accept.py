"""Accept: a scan that was asked for starts, with the task that discovers its account."""

from __future__ import annotations

import msgspec
import structlog

from bus import Consumer, Message
from data_plane.backbone import Backbone
from data_plane.dead_letters import UNREADABLE, bury, check_id
from schemas.topics import JobMessage, ScanCancelled, ScanMessage
from schemas.tracing import HEADER, span
from stores import scans

log = structlog.get_logger("data_plane.planner")


async def accept(backbone: Backbone, consumer: Consumer, *, timeout: float) -> int:
    """One fetch of accepted scans; how many started. A scan that is no longer QUEUED is left alone."""
    started = 0
    for message in await consumer.fetch(timeout=timeout):
        started += await _accept(backbone, message)
        await consumer.commit({(message.topic, message.partition): message.offset + 1})
    return started


async def _accept(backbone: Backbone, message: Message) -> bool:
    try:
        told = msgspec.json.decode(message.value, type=ScanMessage | ScanCancelled | JobMessage)
        if not isinstance(told, JobMessage):  # those are for the workers
            check_id(told.scan_id)
    except UNREADABLE as error:
        await bury(backbone.bus, [(message, f"not a scan message: {error}")])
        return False
    if not isinstance(told, ScanMessage):
        return False
    with span("scan accepted", message.headers.get(HEADER), {"scan_id": told.scan_id}):
        return await start(backbone, told.scan_id)


async def start(backbone: Backbone, scan_id: str) -> bool:
    """QUEUED to RUNNING, with the discover task, in one transaction. False when it was not QUEUED."""
    async with backbone.store.write() as writing:
        started = await scans.start_scan(writing, scan_id, discover_task_id(scan_id), backbone.clock())
    if started:
        log.info("scan_started", scan_id=scan_id)
    return started


def discover_task_id(scan_id: str) -> str:
    """The same in every planner."""
    return f"{scan_id}-discover"
