"""The relay: rows that nobody was told of become messages. Sent first, marked after: at least once."""

from __future__ import annotations

import msgspec

from bus import Bus, Outgoing
from data_plane.backbone import Backbone
from schemas.event import CONTENT_TYPE, decode
from schemas.states import ScanStatus
from schemas.topics import (
    CLIENT,
    PROGRESS,
    REPLAY_OF,
    SCANS,
    TASKS,
    JobMessage,
    ProgressMessage,
    ScanCancelled,
    ScanMessage,
    TaskMessage,
    changes_topic,
    tasks_key,
)
from schemas.tracing import HEADER as TRACE
from stores import changes, dead_letters, jobs, progress, scans, tasks
from stores.changes import ChangeRow
from stores.dead_letters import LetterRow
from stores.jobs import JobRow
from stores.scans import ScanRow
from stores.tasks import TaskRow

BATCH = 500
TRANSACTIONS = 4
"""Of the materializer, each with up to two thousand events."""
LETTERS = 20
"""Dead letters of up to a megabyte each."""
HEADERS = {"content-type": "application/json"}
EVENT_HEADERS = {"content-type": CONTENT_TYPE}


async def relay(backbone: Backbone) -> int:
    """One batch of each kind; how many messages were sent."""
    kinds = relay_scans, relay_jobs, relay_tasks, relay_progress, relay_letters
    return sum([await kind(backbone) for kind in kinds])


async def relay_scans(backbone: Backbone) -> int:
    """Accepted scans, to the planner, and cancelled ones, to whoever listens."""
    async with backbone.store.read() as reading:
        rows = await scans.unpublished_scans(reading, BATCH)
    if rows:
        await _publish(backbone.bus, [_of_scan(row) for row in rows])
        async with backbone.store.write() as writing:
            for cancelled in (False, True):
                ids = [row.spec.scan_id for row in rows if _is_cancelled(row) is cancelled]
                await scans.mark_scans_published(writing, ids, backbone.clock(), cancelled=cancelled)
    return len(rows)


async def relay_jobs(backbone: Backbone) -> int:
    """Accepted jobs, to the workers."""
    async with backbone.store.read() as reading:
        rows = await jobs.unpublished_jobs(reading, BATCH)
    if rows:
        await _publish(backbone.bus, [_of_job(row) for row in rows])
        async with backbone.store.write() as writing:
            await jobs.mark_jobs_published(writing, rows, backbone.clock())
    return len(rows)


async def relay_tasks(backbone: Backbone) -> int:
    """Queued tasks, to the workers."""
    async with backbone.store.read() as reading:
        rows = await tasks.unpublished_tasks(reading, BATCH)
    if rows:
        traces = await _traces(backbone, {row.scan_id for row in rows})
        await _publish(backbone.bus, [_of_task(row, traces.get(row.scan_id)) for row in rows])
        await _mark_tasks(backbone, {(row.task_id, row.attempt) for row in rows})
    return len(rows)


async def _traces(backbone: Backbone, scan_ids: set[str]) -> dict[str, str | None]:
    if not backbone.settings.otlp_endpoint:
        return {}
    async with backbone.store.read() as reading:
        return await scans.traceparents(reading, scan_ids)


async def _mark_tasks(backbone: Backbone, sent: set[tuple[str, int]]) -> None:
    """Not those that were claimed and queued again since they were read: their next attempt is still to be sent."""
    async with backbone.store.write() as writing:
        waiting = await tasks.unpublished_tasks(writing, BATCH)
        ids = [row.task_id for row in waiting if (row.task_id, row.attempt) in sent]
        await tasks.mark_tasks_published(writing, ids, backbone.clock())


async def relay_progress(backbone: Backbone) -> int:
    """Progress, to whoever follows a scan."""
    async with backbone.store.read() as reading:
        rows = await progress.unpublished(reading, BATCH)
    if rows:
        await _publish(backbone.bus, [_of_progress(row) for row in rows])
        async with backbone.store.write() as writing:
            await progress.mark_published(writing, [row.seq for row in rows], backbone.clock())
    return len(rows)


async def relay_letters(backbone: Backbone) -> int:
    """Dead letters that somebody wants sent again, to where they came from."""
    async with backbone.store.read() as reading:
        rows = await dead_letters.unpublished_letters(reading, LETTERS)
    if rows:
        await _publish(backbone.bus, [_of_letter(row) for row in rows])
        async with backbone.store.write() as writing:
            await dead_letters.mark_letters_published(writing, rows, backbone.clock())
    return len(rows)


async def relay_changes(backbone: Backbone) -> int:
    """What really changed, in order; the last of a key is what holds. For one planner at a time: see there."""
    async with backbone.store.read() as reading:
        rows = await changes.unpublished_changes(reading, TRANSACTIONS)
    if rows:
        template = backbone.settings.events_topic
        messages = [message for row in rows for message in _of_changes(row, template)]
        if CLIENT in template:
            await backbone.bus.start(sorted({message.topic for message in messages}), compacted=True)
        await _publish(backbone.bus, messages)
        async with backbone.store.write() as writing:
            await changes.delete_changes_up_to(writing, rows[-1].seq)
    return len(rows)


async def _publish(bus: Bus, messages: list[Outgoing]) -> None:
    sender = bus.sender()
    await sender.send(messages)
    await sender.flush()


def _of_scan(row: ScanRow) -> Outgoing:
    kind = ScanCancelled if _is_cancelled(row) else ScanMessage
    message = kind(scan_id=row.spec.scan_id, client_id=row.spec.client_id)
    return Outgoing(SCANS, row.spec.scan_id, msgspec.json.encode(message), {**HEADERS, **_trace(row.spec.traceparent)})


def _of_job(row: JobRow) -> Outgoing:
    message = JobMessage(job_id=row.job_id, client_id=row.client_id)
    return Outgoing(SCANS, row.job_id, msgspec.json.encode(message), HEADERS)


def _is_cancelled(row: ScanRow) -> bool:
    return row.status is ScanStatus.CANCELLED


def _of_task(row: TaskRow, traceparent: str | None) -> Outgoing:
    message = TaskMessage(
        task_id=row.task_id,
        scan_id=row.scan_id,
        account_id=row.account_id,
        region=row.region,
        family=row.family,
    )
    key = tasks_key(row.account_id or row.scan_id, row.region)
    return Outgoing(TASKS, key, msgspec.json.encode(message), {**HEADERS, **_trace(traceparent)})


def _trace(traceparent: str | None) -> dict[str, str]:
    return {TRACE: traceparent} if traceparent else {}


def _of_changes(row: ChangeRow, template: str) -> list[Outgoing]:
    told = [*((changes.key_of(decode(body)), body) for body in row.bodies), *((key, b"") for key in row.gone)]
    return [Outgoing(changes_topic(template, key), key, body, EVENT_HEADERS) for key, body in told]


def _of_letter(row: LetterRow) -> Outgoing:
    """As it was, with the id of the first dead letter of it."""
    return Outgoing(row.topic, row.key, row.body or b"", {**row.headers, REPLAY_OF: row.replay_of or row.id})


def _of_progress(row: ProgressMessage) -> Outgoing:
    return Outgoing(PROGRESS, row.scan_id, msgspec.json.encode(row), HEADERS)
