"""One scan of one client."""

from __future__ import annotations

from control_plane.errors import NotFoundError
from control_plane.principal import Principal
from stores import ReadSession, scans
from stores.scans import ScanRow


async def find_scan(reading: ReadSession, principal: Principal, scan_id: str) -> ScanRow:
    """Raises ``NotFoundError``, also for a scan of another client."""
    row = await scans.get_scan(reading, principal.client_id, scan_id)
    if row is None:
        raise NotFoundError("scan", scan_id)
    return row
