"""Probe: tries the connection of an account, and tells who we are there and what we may not see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from data_plane.jobs import Work
from scanners.core.run import run_task
from schemas.catalogue import expand_services
from schemas.errors import NoAccess
from schemas.event import CATEGORIES, Event
from schemas.scan import ScanSpec, TaskSpec
from stores import accounts
from stores.accounts import AccountRow


async def probe(work: Work) -> dict[str, Any]:
    """Identity and regions. Raises ``CloudError`` where not even those are told."""
    async with work.backbone.store.read() as reading:
        account = await accounts.get_account(reading, work.job.client_id, work.job.target)
    if account is None:
        raise NoAccess("the account was deleted", code="AccountDeleted")
    scan = _scan(work, account)
    task = TaskSpec(scan=scan, task_id=scan.scan_id, kind="discover", attempt=work.job.attempt)
    async with work.connections.of(scan) as clients:
        outcome = await run_task(
            task, clients, emit=_drop, still_ours=work.still_ours, limits=work.limits, clock=work.backbone.clock
        )
    return {"identity": msgspec.to_builtins(outcome.discovery)}


def _scan(work: Work, account: AccountRow) -> ScanSpec:
    """What a scan of the account would be asked for; sessions are named after the job."""
    return ScanSpec(
        scan_id=f"probe-{work.job.job_id}",
        client_id=account.client_id,
        provider=account.provider,
        connection=account.connection,
        services=expand_services(account.provider, None),
        regions=None,
        categories=CATEGORIES,
        resource_ids=None,
        lookback_days=1,
        asof=work.backbone.clock(),
        account=account.account_id,
    )


async def _drop(events: Sequence[Event]) -> None:
    """A probe tells its own result only."""
