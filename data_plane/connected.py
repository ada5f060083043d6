"""Connections shared by the tasks of a scan: signed in once, their clients made once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from scanners.core.clients import Clients
from scanners.core.registry import operations_of
from schemas.scan import ScanSpec
from schemas.sealing import Secret
from schemas.settings import Settings

MAX_IDLE = 4
"""Connections that are kept for scans of which this worker has no task now."""


class Connected(Clients, Protocol):
    """Clients that let go of their sockets."""

    async def close(self) -> None:
        """Close everything."""


class Connect(Protocol):
    """``connections.connect``."""

    def __call__(
        self, spec: ScanSpec, *, operations: frozenset[str], settings: Settings, secret: Secret | None = None
    ) -> Connected:
        """A connection behind the read-only guard. Raises ``InvalidInputError`` or ``NoAccess``."""


class Reach(Protocol):
    """``data_plane.reaching.Reaching.reach``."""

    async def __call__(self, scan: ScanSpec, /) -> tuple[ScanSpec, Secret | None]:
        """The scan with the connection that its account has now, and the secret. Raises ``NoAccess``."""


async def _as_asked(scan: ScanSpec) -> tuple[ScanSpec, Secret | None]:
    return scan, None


@dataclass(slots=True)
class _Shared:
    clients: Connected
    users: int = 0


class Connections:
    """One connection a scan, which lets through what the scan's services declare. Of one event loop."""

    def __init__(self, connect: Connect, settings: Settings, reach: Reach = _as_asked) -> None:
        self._connect, self._settings, self._reach = connect, settings, reach
        self._shared: dict[str, _Shared] = {}
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def of(self, scan: ScanSpec, *more: str) -> AsyncIterator[Connected]:
        """The connection of a scan, for as long as one of its tasks runs. Raises what ``connect`` raises.

        ``more`` are operations beside those of its services; they count when the connection is made.
        """
        shared = await self._take(scan, more)
        try:
            yield shared.clients
        finally:
            shared.users -= 1
            await self._close_idle(MAX_IDLE)

    async def close(self) -> None:
        """Close what nobody uses."""
        await self._close_idle(0)

    async def _take(self, scan: ScanSpec, more: Collection[str]) -> _Shared:
        async with self._turn:
            shared = self._shared.pop(scan.scan_id, None)
            if shared is None:
                shared = _Shared(await self._new(scan, more))
            self._shared[scan.scan_id] = shared  # the one used last stands last
            shared.users += 1
            return shared

    async def _new(self, scan: ScanSpec, more: Collection[str]) -> Connected:
        operations = operations_of(scan.provider, scan.services).union(more)
        reached, secret = await self._reach(scan)
        return await asyncio.to_thread(
            self._connect, reached, operations=operations, settings=self._settings, secret=secret
        )

    async def _close_idle(self, keep: int) -> None:
        idle = [scan_id for scan_id, shared in self._shared.items() if not shared.users]
        for scan_id in idle[: max(0, len(idle) - keep)]:
            await self._shared.pop(scan_id).clients.close()
