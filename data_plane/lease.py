"""The lease of one running task: renewed while it runs, looked at before each cloud call."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Final, NamedTuple, Protocol

import structlog

from data_plane.backbone import Backbone, one_line
from stores import ReadSession, StoreError, WriteSession, jobs, tasks

LOOK_SECONDS = 1.0
"""A cloud call looks at the task's row at most so often."""

log = structlog.get_logger("data_plane.worker")


class Owns(Protocol):
    """``stores.tasks.owns_task`` and its like."""

    async def __call__(self, r: ReadSession, row_id: str, owner: str, attempt: int, /) -> bool:
        """Whether this attempt of this owner still runs."""


class Renews(Protocol):
    """``stores.tasks.renew_lease`` and its like."""

    async def __call__(self, w: WriteSession, row_id: str, owner: str, attempt: int, lease_until: datetime, /) -> bool:
        """False when it is no longer ours."""


class Rows(NamedTuple):
    """Where the rows are that a lease is about."""

    owns: Owns
    renew: Renews


TASKS: Final = Rows(tasks.owns_task, tasks.renew_lease)
JOBS: Final = Rows(jobs.owns_job, jobs.renew_lease)


class Lease:
    """Ours while the row says RUNNING with our owner and attempt. Once lost it stays lost."""

    def __init__(self, backbone: Backbone, task_id: str, owner: str, attempt: int, rows: Rows = TASKS) -> None:
        self._backbone, self._rows = backbone, rows
        self._key = (task_id, owner, attempt)
        self._lost = False
        self._looked_at = float("-inf")

    async def keep(self) -> None:
        """Renew until it is lost. Cancelled when the task is done."""
        while not self._lost:
            await asyncio.sleep(self._backbone.settings.lease_seconds / 3)
            await self._renew()

    async def still_ours(self) -> bool:
        """Whether the task may make one more call."""
        now = asyncio.get_running_loop().time()
        if not self._lost and now - self._looked_at >= LOOK_SECONDS:
            self._looked_at = now
            await self._look()
        return not self._lost

    async def _look(self) -> None:
        """A store that is away takes the task from nobody: it stays ours until the row can be read."""
        try:
            async with self._backbone.store.read() as reading:
                self._lost = not await self._rows.owns(reading, *self._key)
        except StoreError as error:
            log.warning("lease_not_seen", task_id=self._key[0], error=one_line(error))

    async def _renew(self) -> None:
        until = self._backbone.clock() + timedelta(seconds=self._backbone.settings.lease_seconds)
        try:
            async with self._backbone.store.write() as writing:
                self._lost = not await self._rows.renew(writing, *self._key, until)
        except StoreError as error:
            log.warning("lease_not_renewed", task_id=self._key[0], error=one_line(error))
