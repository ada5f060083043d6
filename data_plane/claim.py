"""Claim: one guarded UPDATE makes a dispatched task ours."""

from __future__ import annotations

from datetime import timedelta

from data_plane.backbone import Backbone
from schemas.scan import TaskSpec
from stores import scans, tasks
from stores.scans import ScanRow
from stores.tasks import TaskRow


async def claim(backbone: Backbone, task_id: str, owner: str) -> TaskSpec | None:
    """QUEUED to RUNNING for this owner, with the next attempt. None when somebody else has it, or it is over."""
    now = backbone.clock()
    until = now + timedelta(seconds=backbone.settings.lease_seconds)
    async with backbone.store.write() as writing:
        row = await tasks.claim_task(writing, task_id, owner, until, now)
        if row is None:
            return None
        scan = await scans.get_scan(writing, None, row.scan_id)
    return None if scan is None else _spec(row, scan)


def _spec(row: TaskRow, scan: ScanRow) -> TaskSpec:
    found = scan.discovery
    return TaskSpec(
        scan=scan.spec,
        task_id=row.task_id,
        kind=row.kind,
        attempt=row.attempt,
        account_id=row.account_id,
        partition=found.partition if found else "aws",
        principal=found.principal if found else "",
        family=row.family,
        region=row.region,
        services=row.services,
    )
