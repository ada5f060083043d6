"""The worker: takes dispatched tasks while it has free slots, claims their rows and runs them."""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import partial

import msgspec
import structlog

from bus import BusError, Consumer, Message
from data_plane.backbone import Backbone, delays, one_line
from data_plane.claim import claim
from data_plane.connected import Connections
from data_plane.dead_letters import UNREADABLE, bury, check_id
from data_plane.fairness import Dispatch, FairQueue
from data_plane.jobs import Jobs
from data_plane.pausing import Stop, pause
from data_plane.raw_retention import keep_raw_retention
from data_plane.reaching import Reaching
from data_plane.runner import Runner
from schemas.exposition import new_instance
from schemas.instruments import TASKS_RUNNING, TASKS_WAITING, WORKER_SLOTS
from schemas.scan import TaskSpec
from schemas.topics import TASKS, TaskMessage
from schemas.tracing import HEADER, span
from stores import StoreError

GROUP = "workers"
FETCH_SECONDS = 0.5
LOOK_AHEAD = 4
"""Dispatches that wait in a worker for each of its slots, so that the fair queue has something to choose from."""
LEAVE_SECONDS = 1.0

log = structlog.get_logger("data_plane.worker")


async def run(backbone: Backbone, stop: Stop) -> None:
    """Until stopped; then its tasks go back at once."""
    from connections import connect
    from connections.answers import AnswerFiles
    from connections.vault import open_vault
    from scanners.core.run import Limits, load_rulebook, run_task

    settings = backbone.settings
    limits = Limits(
        requests_per_second=settings.requests_per_second,
        region_threads=settings.region_threads,
        call_seconds=settings.call_seconds,
    )
    reaching = Reaching(backbone.store, open_vault(settings))
    connections, owner = Connections(connect, settings, reaching.reach), new_instance()
    kept = asyncio.create_task(keep_raw_retention(backbone, stop), name="worker.raw")
    try:
        answers = AnswerFiles(settings.answers_folder, settings.answers_mib)
        run_by_book = partial(run_task, book=load_rulebook(settings.rules), answers=answers)
        async with asyncio.TaskGroup() as group:
            runner = Runner(backbone, owner, connections, run_by_book, limits)
            group.create_task(Worker(backbone, runner).run(stop), name="worker.tasks")
            group.create_task(Jobs(backbone, owner, connections, limits).run(stop), name="worker.jobs")
    finally:
        kept.cancel()
        limits.close()
        await connections.close()


class Worker:
    """A consumer, a fair queue and some slots."""

    def __init__(self, backbone: Backbone, runner: Runner) -> None:
        self._backbone, self._runner = backbone, runner
        self._slots = backbone.settings.worker_tasks
        self._queue = FairQueue()
        self._running: dict[asyncio.Task[None], tuple[TaskSpec, str]] = {}
        WORKER_SLOTS.set(self._slots)

    async def run(self, stop: Stop) -> None:
        """Take and run tasks until stopped."""
        consumer = await self._backbone.bus.subscribe([TASKS], GROUP)
        pauses = delays()
        try:
            while not stop.is_set():
                try:
                    await self._turn(consumer, stop)
                    pauses = delays()
                except (BusError, StoreError) as error:
                    log.warning("worker_waits", error=one_line(error))
                    await pause(stop, next(pauses))
        finally:
            await self._leave(consumer)

    async def _turn(self, consumer: Consumer, stop: Stop) -> None:
        TASKS_RUNNING.set(len(self._running))
        TASKS_WAITING.set(len(self._queue))
        if len(self._running) >= self._slots:
            await self._slot_or(stop)
            return
        room = self._slots * LOOK_AHEAD - len(self._queue)
        if room > 0:
            for message in await consumer.fetch(room, timeout=0 if self._queue else FETCH_SECONDS):
                await self._receive(consumer, message)
        while self._queue and len(self._running) < self._slots and not stop.is_set():
            await self._start_next(consumer)

    async def _receive(self, consumer: Consumer, message: Message) -> None:
        try:
            task = msgspec.json.decode(message.value, type=TaskMessage)
            check_id(task.task_id)
        except UNREADABLE as error:
            await bury(self._backbone.bus, [(message, f"not a task message: {error}")])
            self._queue.seen(message)
            await self._commit(consumer, message)
        else:
            self._queue.add(Dispatch(message, task))

    async def _start_next(self, consumer: Consumer) -> None:
        """Claim the next row and commit at once: from then on the row owns the task, not the message."""
        dispatch = self._queue.choose(Counter(account for _, account in self._running.values()))
        task = await claim(self._backbone, dispatch.task.task_id, self._runner.owner)
        self._queue.remove(dispatch)
        if task is not None:
            traced = self._traced(task, dispatch.message.headers.get(HEADER))
            running = asyncio.create_task(traced, name=task.task_id)
            self._running[running] = (task, dispatch.account)
            running.add_done_callback(self._ended)
        await self._commit(consumer, dispatch.message)

    async def _traced(self, task: TaskSpec, parent: str | None) -> None:
        known: dict[str, str | int] = {"scan_id": task.scan.scan_id, "task_id": task.task_id, "attempt": task.attempt}
        with span(f"task {task.family or task.kind}", parent, known | {"region": task.region}):
            await self._runner.run(task)

    async def _commit(self, consumer: Consumer, message: Message) -> None:
        position = (message.topic, message.partition)
        await consumer.commit({position: self._queue.read_up_to(position)})

    def _ended(self, running: asyncio.Task[None]) -> None:
        task, _ = self._running.pop(running)
        if not running.cancelled() and (error := running.exception()) is not None:
            log.error("task_not_ended", task_id=task.task_id, error=one_line(error))

    async def _slot_or(self, stop: Stop) -> None:
        """Until a slot is free, or we are asked to stop."""
        stopped = asyncio.ensure_future(stop.wait())
        await asyncio.wait({*self._running, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()

    async def _leave(self, consumer: Consumer) -> None:
        """Rows first, so that others can start; a call that hangs in a thread is not waited for."""
        mine = dict(self._running)
        try:
            async with asyncio.timeout(LEAVE_SECONDS):
                for task, _ in mine.values():
                    await self._runner.give_back(task)
                await consumer.close()
        except (TimeoutError, BusError, StoreError) as error:
            log.warning("left_in_a_hurry", error=one_line(error), tasks=len(mine))
        for running in mine:
            running.cancel()
        await asyncio.wait(mine, timeout=LEAVE_SECONDS / 2) if mine else None
