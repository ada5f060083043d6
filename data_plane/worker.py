"""The worker: takes dispatched tasks while it has free slots, claims their rows and runs them."""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import partial

import msgspec
import structlog

from bus import Consumer, Message
from data_plane.backbone import Backbone, one_line
from data_plane.claim import claim
from data_plane.connected import Connections
from data_plane.dead_letters import UNREADABLE, bury, check_id
from data_plane.fairness import Dispatch, FairQueue
from data_plane.jobs import Jobs
from data_plane.pausing import Stop
from data_plane.raw_retention import keep_raw_retention
from data_plane.reaching import Reaching
from data_plane.runner import Runner
from data_plane.taking import FETCH_SECONDS, leave_at_once, take_until_stopped, wait_for_slot
from schemas.exposition import new_instance
from schemas.instruments import TASKS_RUNNING, TASKS_WAITING, WORKER_SLOTS
from schemas.scan import TaskSpec
from schemas.topics import TASKS, TaskMessage
from schemas.tracing import HEADER, span

GROUP = "workers"
LOOK_AHEAD = 4
"""Dispatches that wait in a worker for each of its slots, so that the fair queue has something to choose from."""

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
        turn = partial(self._turn, stop=stop)
        await take_until_stopped(self._backbone, TASKS, GROUP, stop, turn=turn, leave=self._leave, waits="worker_waits")

    async def _turn(self, consumer: Consumer, stop: Stop) -> None:
        TASKS_RUNNING.set(len(self._running))
        TASKS_WAITING.set(len(self._queue))
        if len(self._running) >= self._slots:
            await wait_for_slot(self._running, stop)
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

    async def _leave(self, consumer: Consumer) -> None:
        mine = dict(self._running)

        async def give_back() -> None:
            for task, _ in mine.values():
                await self._runner.give_back(task)

        await leave_at_once(consumer, mine, give_back, tasks=len(mine))
