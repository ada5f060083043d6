"""Cancelling scans: the rows say it, and whoever works for them looks at the rows."""

from __future__ import annotations

import structlog

from control_plane.audit.record import record
from control_plane.context import Context
from control_plane.errors import ConflictError
from control_plane.principal import Principal
from control_plane.scans.find import find_scan
from control_plane.scans.request import ScanAccepted
from schemas.states import ScanStatus
from stores import scans

log = structlog.get_logger("control_plane")


async def cancel(context: Context, principal: Principal, scan_id: str) -> ScanAccepted:
    """Scan and open tasks to CANCELLED, at once. Raises ``NotFoundError``, or ``ConflictError`` when it has ended."""
    async with context.store.write() as writing:
        row = await find_scan(writing, principal, scan_id)
        cancelled = await scans.cancel_scan(writing, scan_id, context.clock())
        if cancelled:
            await record(writing, context, principal, "scan.cancel", f"scan:{scan_id}")
    if cancelled:
        log.info("scan_cancelled", scan_id=scan_id, client_id=principal.client_id)
    elif row.status is not ScanStatus.CANCELLED:
        raise ConflictError(f'scan "{scan_id}" has ended already ({row.status}): there is nothing left to cancel')
    return ScanAccepted(scan_id=scan_id, status=ScanStatus.CANCELLED)
