"""The reaper: a task whose worker stopped renewing its lease goes to another one, or fails.

No clocks are compared: a lease has ended when the reaper, which looks often, has seen it unchanged for longer than a
lease lasts, by seconds that nobody can set. So a clock that is wrong, or put forward or back, neither takes a task from
a worker that lives nor leaves one with a worker that died.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

import structlog

from data_plane.backbone import Backbone
from schemas.instruments import LEASES_EXPIRED
from stores import ReadSession, WriteSession
from stores.tasks import Lease

log = structlog.get_logger("data_plane.planner")


class Leased(Protocol):
    """Rows that a worker holds: ``stores.tasks``, ``stores.jobs``."""

    async def held_leases(self, r: ReadSession) -> list[Lease]:
        """The leases of all that run."""

    async def end_leases(self, w: WriteSession, silent: Sequence[Lease], now: datetime, max_attempts: int) -> list[str]:
        """End those; the ids of what was ended."""


class Reaper:
    """One watcher of all leases of a kind. Several may watch: each ends only what nobody renewed."""

    def __init__(self, backbone: Backbone, rows: Leased, elapsed: Callable[[], float] = time.monotonic) -> None:
        self._backbone, self._rows, self._elapsed = backbone, rows, elapsed
        self._unchanged_since: dict[Lease, float] = {}
        self._looked_at = elapsed()

    async def look(self) -> int:
        """Queue again (or fail, after the last attempt) every task whose lease has ended; how many there were."""
        silent = await self._silent()
        if not silent:
            return 0
        backbone = self._backbone
        async with backbone.store.write() as writing:
            ended = await self._rows.end_leases(writing, silent, backbone.clock(), backbone.settings.max_attempts)
        for task_id in ended:
            log.warning("lease_expired", task_id=task_id)
            LEASES_EXPIRED.inc()
        return len(ended)

    async def _silent(self) -> list[Lease]:
        """Those that did not change for a lease. After a pause of our own all are watched anew."""
        async with self._backbone.store.read() as reading:
            held = await self._rows.held_leases(reading)
        now, longest = self._elapsed(), self._backbone.settings.lease_seconds
        known = self._unchanged_since if now - self._looked_at <= longest else {}
        self._unchanged_since = {lease: known.get(lease, now) for lease in held}
        self._looked_at = now
        return [lease for lease, since in self._unchanged_since.items() if now - since > longest]
