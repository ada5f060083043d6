"""Settle: a task is stored when the positions have passed all that it sent; then its findings can be resolved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec
import structlog

from bus import Position
from data_plane.backbone import Backbone
from schemas.scan import ScanSpec
from schemas.states import ScanStatus
from schemas.topics import EVENTS, TaskSettled, events_topic
from stores import ReadSession, WriteSession, changes, facts, progress, scans, tasks
from stores.listings import list_completely
from stores.tasks import TaskRow

log = structlog.get_logger("data_plane.materializer")


async def settle(backbone: Backbone) -> int:
    """Settle every task that is stored, each in its own transaction; how many there were."""
    async with backbone.store.read() as reading:
        waiting = await tasks.unsettled_tasks(reading)
        positions = await facts.positions(reading) if waiting else {}
    topic = backbone.settings.events_topic
    stored = [each for each in waiting if is_stored(each[0], positions, events_topic(topic, each[1].client_id))]
    return sum([await _settle(backbone, task, spec) for task, spec in stored])


def is_stored(task: TaskRow, positions: Mapping[Position, int], topic: str = EVENTS) -> bool:
    """Whether the next offset to read is behind the highest of the task, in each of its partitions."""
    if task.outcome is None:
        return False
    return all(positions.get((topic, int(part)), 0) > highest for part, highest in task.outcome.offsets.items())


async def _settle(backbone: Backbone, task: TaskRow, spec: ScanSpec) -> bool:
    async with backbone.store.write() as writing:
        scan = await scans.get_scan(writing, None, task.scan_id)
        if scan is None or scan.status is not ScanStatus.RUNNING:  # cancelled meanwhile: it resolves nothing
            return False
        now = backbone.clock()
        settled = await settle_stored(writing, task, spec, now, tell=backbone.settings.changes)
        if settled:
            topic = events_topic(backbone.settings.events_topic, spec.client_id)
            payload = msgspec.to_builtins(await _told(writing, task, spec, topic))
            await progress.append(writing, task.scan_id, "task_settled", payload, now)
    if settled:
        told = log.bind(scan_id=task.scan_id, task_id=task.task_id)
        told.debug("task_settled", account=task.account_id, region=task.region)
    return settled


async def settle_stored(writing: WriteSession, task: TaskRow, spec: ScanSpec, now: datetime, *, tell: bool) -> bool:
    """All events of the task are stored: conclude from what it did not see. False when that was done before."""
    before = await changes.open_before(writing, task, spec) if tell else {}
    if not await facts.settle_task(writing, task, spec, now):
        return False
    gone = await list_completely(writing, task, spec)
    if tell:
        await changes.note_settled(writing, spec, before, gone)
    return True


async def _told(reading: ReadSession, task: TaskRow, spec: ScanSpec, topic: str) -> TaskSettled:
    """What a replay needs to settle this task again, at the same point of the log."""
    positions = await facts.positions(reading)
    return TaskSettled(
        task_id=task.task_id,
        attempt=task.attempt,
        client_id=spec.client_id,
        provider=spec.provider,
        asof=spec.asof,
        regions=spec.regions,
        categories=spec.categories,
        positions={str(part): offset for (name, part), offset in positions.items() if name == topic},
    )
