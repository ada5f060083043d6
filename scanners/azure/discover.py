"""The first task of a scan: which subscription, who we are, and which regions there are."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import msgspec

from scanners.azure import HOME
from scanners.azure.call import Call
from scanners.azure.calls import AzureCalls
from scanners.azure.errors import REFUSED, classify
from scanners.core.coverage import gap
from scanners.core.job import Job
from scanners.core.record import Record
from scanners.core.registry import scanners
from schemas.catalogue import load_catalogue
from schemas.errors import CloudError, Denied, InvalidInputError, NoAccess, Unreachable
from schemas.scan import Coverage, Discovery, TaskOutcome

SUBSCRIPTION = Call("subscriptions:Get")
SUBSCRIPTIONS = Call("subscriptions:List")
LOCATIONS = Call("subscriptions:ListLocations")


async def discover(job: Job) -> TaskOutcome:
    """Subscription, principal and regions. Raises ``CloudError`` when the subscription cannot be seen."""
    identity = job.clients.client("identity", HOME)
    known = msgspec.structs.replace(
        job.task,
        region=HOME,
        partition=identity.cloud,
        principal=await _principal(identity, job.limits.call_seconds),
        account_id=(job.task.scan.connection.account or "").lower(),
    )
    first = Record(replace(job, task=known))
    account = known.account_id or await _only_subscription(AzureCalls(first))
    known = msgspec.structs.replace(known, account_id=account)
    record = Record(replace(job, task=known), calls=first.calls, throttles=first.throttles)
    await _look_at(AzureCalls(record))
    regions = await _regions(record)
    await _cover_absent(record, regions)
    return record.outcome(Discovery(account, known.principal, known.partition, tuple(regions)))


async def _principal(identity: Any, longest: float) -> str:  # noqa: ANN401 - the connection's
    from azure.core.exceptions import AzureError, ClientAuthenticationError

    try:
        async with asyncio.timeout(longest):
            return str(await identity.principal())
    except ClientAuthenticationError as error:
        refused = classify(error, Call("identity:GetToken"), region=HOME, principal="")
        told = str(refused) if REFUSED in str(refused) else "no Azure credentials"
        raise NoAccess(f"{told}; tried {identity.tried}", code=refused.code) from error
    except AzureError as error:
        raise classify(error, Call("identity:GetToken"), region=HOME, principal="") from error
    except TimeoutError as error:
        raise Unreachable(f"signing in got no answer within {longest:g} s") from error


async def _only_subscription(calls: AzureCalls) -> str:
    """The one that the credentials reach. Raises ``InvalidInputError`` when there are several."""
    listed = (await calls(SUBSCRIPTIONS)).get("value", [])
    found = sorted(str(one["subscriptionId"]).lower() for one in listed if one.get("state") == "Enabled")
    if not found:
        raise NoAccess(
            "the credentials reach no subscription: assign them a role that reads one", code="NoSubscription"
        )
    if len(found) > 1:
        raise InvalidInputError("connection.account", None, f"the credentials reach several: one of {', '.join(found)}")
    return found[0]


async def _look_at(calls: AzureCalls) -> None:
    """Whether the subscription may be seen at all. Raises ``NoAccess`` when not."""
    try:
        await calls(SUBSCRIPTION)
    except Denied as error:
        raise NoAccess(str(error), service=error.service, operation=error.operation, code=error.code) from error


async def _regions(record: Record) -> list[str]:
    """The regions that are offered. Where the cloud does not tell: those asked for, or all that are known."""
    try:
        answer = await AzureCalls(record)(LOCATIONS)
    except (NoAccess, Unreachable):
        raise
    except CloudError as error:
        service = min(record.job.task.scan.services)
        await record.cover(scanners("azure")[service](), gap(service, record.job, error, "region"))
        return list(record.job.task.scan.regions or load_catalogue().providers["azure"].regions)
    offered = {str(one["name"]) for one in answer.get("value", [])}
    return sorted(offered | {HOME})


async def _cover_absent(record: Record, regions: list[str]) -> None:
    """Each service in a region that was asked for and is not offered to the subscription."""
    scan = record.job.task.scan
    for region in sorted(set(scan.regions or ()) - set(regions)):
        for service in sorted(scan.services):
            reason = f"{region} is not offered to this subscription"
            unit = scanners("azure")[service]
            await record.cover(unit(), Coverage(service, region, "unsupported", "region", reason=reason))
