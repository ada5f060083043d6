"""Retrying scans: what has ended stays as it is, so what it missed becomes a new scan with an ``asof`` of its own."""

from __future__ import annotations

from typing import Final

import msgspec

from control_plane.context import Context
from control_plane.errors import ConflictError
from control_plane.principal import Principal
from control_plane.scans.accepting import Accepted, fingerprint, store_once
from control_plane.scans.find import find_scan
from control_plane.scans.missed import missed
from schemas.scan import ScanSpec
from schemas.states import ScanStatus
from stores import ReadSession, tasks

WHY_NOT: Final = {
    ScanStatus.QUEUED: "has not ended yet",
    ScanStatus.RUNNING: "has not ended yet",
    ScanStatus.CANCELLED: "was cancelled; ask for a new one",
    ScanStatus.COMPLETED: "missed nothing: there is nothing to retry",
}


async def retry(context: Context, principal: Principal, scan_id: str, key: str | None = None) -> Accepted:
    """A new scan over the same connection. Raises ``NotFoundError``, or ``ConflictError`` when nothing was missed."""
    async with context.store.write() as writing:
        spec = await _of_what_was_missed(context, writing, principal, scan_id)
        return await store_once(context, principal, writing, spec, key, fingerprint({"retry_of": scan_id}))


async def _of_what_was_missed(context: Context, reading: ReadSession, principal: Principal, scan_id: str) -> ScanSpec:
    row = await find_scan(reading, principal, scan_id)
    if row.status in WHY_NOT:
        raise ConflictError(f'scan "{scan_id}" {WHY_NOT[row.status]}')
    found = missed(row.spec, await tasks.list_tasks(reading, scan_id))
    if found is None:
        raise ConflictError(f'scan "{scan_id}" {WHY_NOT[ScanStatus.COMPLETED]}')
    asof = context.settings.fixed_now or context.clock()
    return msgspec.structs.replace(row.spec, asof=asof, retry_of=scan_id, **found._asdict())
