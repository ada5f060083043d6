"""Which tasks were settled, and when: read off the progress of all scans."""

from __future__ import annotations

import contextlib
from datetime import datetime
from typing import NamedTuple

import msgspec

from bus import Bus
from data_plane.dead_letters import UNREADABLE
from schemas.scan import Connection, ScanSpec, TaskOutcome
from schemas.states import TaskStatus
from schemas.topics import PROGRESS, ProgressMessage, TaskFinished, TaskSettled
from stores.tasks import TaskRow

FETCH_SECONDS = 1.0

Key = tuple[str, int]
"""A task and its attempt."""


class Settlement(NamedTuple):
    """One task that was settled at ``at``, when the positions were ``told.positions``."""

    scan_id: str
    at: datetime
    began: datetime | None
    """When its attempt began; None when nobody tells any more."""
    finished: TaskFinished
    told: TaskSettled

    @property
    def task(self) -> TaskRow:
        """The task as far as settling looks at it."""
        done = self.finished
        outcome = TaskOutcome(rules=done.rules, complete=done.complete, offsets=done.offsets)
        return TaskRow(
            task_id=done.task_id,
            scan_id=self.scan_id,
            kind="scan",
            account_id=done.account_id,
            region=done.region,
            family="",
            services=(),
            status=TaskStatus.SUCCEEDED,
            attempt=done.attempt,
            outcome=outcome,
        )

    @property
    def spec(self) -> ScanSpec:
        """The scan as far as settling looks at it."""
        return ScanSpec(
            scan_id=self.scan_id,
            client_id=self.told.client_id,
            provider=self.told.provider,
            connection=Connection(),
            services=(),
            regions=self.told.regions,
            categories=self.told.categories,
            resource_ids=None,
            lookback_days=0,
            asof=self.told.asof,
        )


class _Told:
    """What the steps tell, by task and attempt. A step that comes twice is one."""

    def __init__(self) -> None:
        self._started: dict[Key, datetime] = {}
        self._finished: dict[Key, TaskFinished] = {}
        self._settled: dict[Key, tuple[ProgressMessage, TaskSettled]] = {}

    def hear(self, step: ProgressMessage) -> None:
        """Take what matters. Raises ``msgspec.ValidationError`` for a step that is none."""
        if step.kind == "task_started":
            started = msgspec.convert(step.payload, _Started)
            self._started[started.task_id, started.attempt] = _moment(step)
        elif step.kind == "task_finished":
            finished = msgspec.convert(step.payload, TaskFinished)
            self._finished[finished.task_id, finished.attempt] = finished
        elif step.kind == "task_settled":
            settled = msgspec.convert(step.payload, TaskSettled)
            self._settled[settled.task_id, settled.attempt] = (step, settled)

    def in_order(self) -> list[Settlement]:
        """As they were settled."""
        return [
            Settlement(step.scan_id, _moment(step), self._started.get(key), self._finished[key], told)
            for key, (step, told) in sorted(self._settled.items(), key=lambda each: each[1][0].seq)
            if key in self._finished
        ]


class _Started(msgspec.Struct):
    task_id: str
    attempt: int


def _moment(step: ProgressMessage) -> datetime:
    return msgspec.convert(step.at, datetime)


async def settlements(bus: Bus) -> list[Settlement]:
    """All that the progress topic still tells of, in their order. Steps that nobody can read are left out."""
    told = _Told()
    consumer = await bus.subscribe([PROGRESS], None)
    try:
        while messages := await consumer.fetch(timeout=FETCH_SECONDS):
            for message in messages:
                with contextlib.suppress(*UNREADABLE):
                    told.hear(msgspec.json.decode(message.value, type=ProgressMessage))
    finally:
        await consumer.close()
    return told.in_order()
