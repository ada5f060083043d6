"""Plan: once the account is discovered, one task for each API family in each region."""

from __future__ import annotations

import structlog

from data_plane.backbone import Backbone
from scanners.core.plan import plan
from schemas.scan import Discovery, PlannedTask
from stores import scans
from stores.scans import ScanRow

log = structlog.get_logger("data_plane.planner")


async def plan_scans(backbone: Backbone) -> int:
    """Plan every scan whose account was discovered; how many were planned."""
    async with backbone.store.read() as reading:
        waiting = await scans.scans_to_plan(reading)
    return sum([await _plan(backbone, row, discovery) for row, discovery in waiting])


async def _plan(backbone: Backbone, row: ScanRow, discovery: Discovery) -> bool:
    spec = row.spec
    found = plan(spec.provider, spec.services, spec.regions, discovery)
    tasks = [(task_id(spec.scan_id, number, task), task) for number, task in enumerate(found)]
    async with backbone.store.write() as writing:
        planned = await scans.plan_scan(writing, spec.scan_id, discovery, tasks, backbone.clock())
    if planned:
        log.info("scan_planned", scan_id=spec.scan_id, account=discovery.account_id, tasks=len(tasks))
    return planned


def task_id(scan_id: str, number: int, task: PlannedTask) -> str:
    """The same in every planner, because the plan has a stable order."""
    return f"{scan_id}-{number}-{task.family}-{task.region}"
