"""A store that is away while a task runs takes the task from nobody, and costs no attempt."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import cast

from data_plane.backbone import Backbone
from data_plane.relay import relay_tasks
from data_plane.worker import Worker
from scanners.core.job import Emit, StillOurs
from schemas.scan import TaskOutcome, TaskSpec
from schemas.states import TaskStatus
from stores import ReadSession, Store, StoreError, WriteSession
from tests.data_plane.scripted import Scripted, event_of, outcome_of, until
from tests.data_plane.test_planner import planned
from tests.data_plane.test_worker import has_status, row_of


class Outage:
    """The same store, which refuses everything while it is away."""

    def __init__(self, store: Store) -> None:
        self._store, self.away, self.refused = store, False, 0

    @asynccontextmanager
    async def read(self) -> AsyncIterator[ReadSession]:
        self._refuse()
        async with self._store.read() as session:
            yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[WriteSession]:
        self._refuse()
        async with self._store.write() as session:
            yield session

    def _refuse(self) -> None:
        if self.away:
            self.refused += 1
            raise StoreError("the server is starting or stopping")


async def test_an_outage_within_a_task_costs_no_attempt(backbone: Backbone) -> None:
    first, second = await planned(backbone)
    assert await relay_tasks(backbone) == 2
    outage = Outage(backbone.store)
    struck = replace(backbone, store=cast("Store", outage))

    async def through_the_outage(task: TaskSpec, emit: Emit, still_ours: StillOurs) -> TaskOutcome:
        outage.away = True
        assert await still_ours()
        events = [event_of(task, 1)]
        await emit(events)
        return outcome_of(task, events)

    async def refused_often() -> bool:
        return outage.refused >= 6

    stop = asyncio.Event()
    worker = asyncio.create_task(Worker(struck, Scripted(through_the_outage).runner(struck)).run(stop))
    await until(refused_often)
    assert TaskStatus.RUNNING in {(await row_of(backbone, each)).status for each in (first, second)}

    async def both_done() -> bool:
        outage.away = False
        return all([await has_status(backbone, each, TaskStatus.SUCCEEDED) for each in (first, second)])

    await until(both_done)
    stop.set()
    await worker
    assert [(await row_of(backbone, each)).attempt for each in (first, second)] == [1, 1]
