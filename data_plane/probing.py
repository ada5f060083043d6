"""Probe: tries the connection of an account, and tells who we are there and what we may not see.

It asks what a scan would ask, but little of it: one page of each listing in one region, and of each the details and
series of one resource. So it needs no permission that a scan does not need, and names what is missing by the answers of
the cloud itself, not by a model of its rules.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from data_plane.jobs import Work
from data_plane.reaching import check_account
from scanners.core.clients import Clients
from scanners.core.plan import plan
from scanners.core.registry import operations_of
from scanners.core.run import run_task
from schemas.catalogue import expand_services
from schemas.errors import CloudError, NoAccess
from schemas.event import CATEGORIES, Event
from schemas.scan import Coverage, Discovery, PlannedTask, ScanSpec, TaskOutcome, TaskSpec
from stores import accounts
from stores.accounts import AccountRow

METHOD: Final = "calls of a scan: one page of each listing, details and series of one resource of each"
RESOURCES: Final = 1
FAMILIES: Final = 4
"""API families that are tried at the same time."""
LIKELY: Final = ("us-east-1", "eu-west-1", "westeurope", "europe-west1")


async def probe(work: Work) -> dict[str, Any]:
    """What the job tells of the account. Raises ``CloudError`` where not even the identity is told."""
    async with work.backbone.store.read() as reading:
        account = await accounts.get_account(reading, work.job.client_id, work.job.target)
    if account is None:
        raise NoAccess("the account was deleted", code="AccountDeleted")
    scan = _scan(work, account)
    async with work.connections.of(scan) as clients:
        trial = Trial(work, scan, clients)
        first = await trial.discover()
        found = first.discovery
        assert found is not None
        check_account(scan, found)
        await _learn(work, account, found)
        region = _region(found)
        outcomes = [first, *await trial.families(found, region)]
    return _told(scan, found, region, outcomes, trial.errors)


class Trial:
    """The tasks of a scan, each only tried."""

    def __init__(self, work: Work, scan: ScanSpec, clients: Clients) -> None:
        self._work, self._scan, self._clients = work, scan, clients
        self._turns = asyncio.Semaphore(FAMILIES)
        self.errors: list[str] = []
        """Families of which nothing could be tried, and why."""

    async def discover(self) -> TaskOutcome:
        """Who we are, and which regions there are."""
        return await self._run(TaskSpec(self._scan, self._scan.scan_id, "discover", self._work.job.attempt))

    async def families(self, found: Discovery, region: str) -> list[TaskOutcome]:
        """Every API family, in its home or in this region."""
        planned = plan(self._scan.provider, self._scan.services, [region] if region else None, found)
        return [told for told in await asyncio.gather(*(self._try(one, found) for one in planned)) if told]

    async def _try(self, one: PlannedTask, found: Discovery) -> TaskOutcome | None:
        place = (found.account_id, found.partition, found.principal, one.family, one.region, one.services)
        try:
            async with self._turns:
                return await self._run(
                    TaskSpec(self._scan, f"{self._scan.scan_id}-{one.family}", "scan", self._work.job.attempt, *place)
                )
        except CloudError as error:
            self.errors.append(f"{one.family} in {one.region}: {error}")
            return None

    async def _run(self, task: TaskSpec) -> TaskOutcome:
        work = self._work
        return await run_task(
            task,
            self._clients,
            emit=_drop,
            still_ours=work.still_ours,
            limits=work.limits,
            clock=work.backbone.clock,
            sample=RESOURCES,
        )


def _told(
    scan: ScanSpec, found: Discovery, region: str, outcomes: Sequence[TaskOutcome], errors: Sequence[str]
) -> dict[str, Any]:
    gaps = [one for outcome in outcomes for one in outcome.coverage if one.status != "reached"]
    tried = {name for outcome in outcomes for name in outcome.calls}
    missing = _missing(one for one in gaps if one.status == "denied")
    failed = sorted({f"{one.service} in {one.region}: {one.reason}" for one in gaps if one.status == "failed"})
    return {
        "identity": msgspec.to_builtins(found),
        "method": METHOD,
        "region": region,
        "complete": not (missing or failed or errors),
        "missing": missing,
        "not_enabled": sorted({f"{each.service} in {each.region}" for each in gaps if each.status == "unsupported"}),
        "failed": [*sorted(errors), *failed],
        "tried": sorted(tried),
        "untried": sorted(operations_of(scan.provider, scan.services) - tried),
    }


def _missing(denied: Iterable[Coverage]) -> list[dict[str, Any]]:
    """Each permission once, with all that needs it."""
    found: dict[str, dict[str, Any]] = {}
    for one in denied:
        told = found.setdefault(
            one.action or one.operation,
            {
                "permission": one.action or one.operation,
                "services": [],
                "operations": [],
                "by_organization": one.by_organization,
                "statement": one.statement,
                "reason": one.reason,
            },
        )
        told["services"] = sorted({*told["services"], one.service})
        told["operations"] = sorted({*told["operations"], one.operation})
    return [found[name] for name in sorted(found)]


def _region(found: Discovery) -> str:
    """One that most have something in; else the first that is enabled. Empty: a cloud without regions."""
    return next((name for name in LIKELY if name in found.regions), next(iter(found.regions), ""))


async def _learn(work: Work, account: AccountRow, found: Discovery) -> None:
    """The cloud's own id, where the account does not know it yet."""
    if account.native_id is None:
        async with work.backbone.store.write() as writing:
            await accounts.learn_native_id(writing, account, found.account_id)


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
