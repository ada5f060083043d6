"""The first task of a scan: who we are, and which regions there are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import msgspec

from scanners.aws import home_region
from scanners.aws.call import Call
from scanners.aws.calls import AwsCalls
from scanners.core.coverage import gap
from scanners.core.job import Job
from scanners.core.paths import path_finder
from scanners.core.record import Record
from scanners.core.registry import scanners
from schemas.catalogue import load_catalogue
from schemas.errors import CloudError, Fatal, NoAccess, Unreachable
from schemas.scan import Coverage, Discovery, TaskOutcome

WHO_AM_I: Final = Call("sts", "get_caller_identity")
REGIONS: Final = Call("ec2", "describe_regions", "Regions", AllRegions=True)
_ARN: Final = re.compile(r"arn:[a-z-]+:(iam|sts):")
_PREFIXES: Final = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}


async def discover(job: Job) -> TaskOutcome:
    """Identity and regions. Raises ``CloudError`` when not even the identity is told."""
    home = job.task.region or home_region(job.task.partition)
    job = replace(job, task=msgspec.structs.replace(job.task, region=home))
    first = Record(job)
    who = await AwsCalls(first, proven=False)(WHO_AM_I)
    principal, account = _identity(who)
    partition = principal.split(":")[1]
    known = msgspec.structs.replace(
        job.task, region=home_region(partition), account_id=account, principal=principal, partition=partition
    )
    record = Record(replace(job, task=known), calls=first.calls, throttles=first.throttles)
    enabled, disabled = await _regions(record)
    await _cover_disabled(record, enabled)
    return record.outcome(Discovery(account, principal, partition, tuple(sorted(enabled)), tuple(sorted(disabled))))


async def _regions(record: Record) -> tuple[list[str], list[str]]:
    """Enabled and disabled regions. Where the cloud does not tell: those asked for, or all of the partition."""
    job = record.job
    try:
        told = _told_regions(await AwsCalls(record)(REGIONS))
    except (NoAccess, Unreachable):
        raise
    except CloudError as error:
        await record.cover(None, gap("ec2", job, error, "region"))
        return list(job.task.scan.regions or _regions_of(job.task.partition)), []
    off = [name for name, status in told if status == "not-opted-in"]
    return [name for name, _ in told if name not in off], off


def _identity(who: Mapping[str, Any]) -> tuple[str, str]:
    """Principal and account. Raises ``Fatal`` for an answer that does not tell them."""
    principal, account = who.get("Arn"), who.get("Account")
    if isinstance(principal, str) and isinstance(account, str) and _ARN.match(principal):
        return principal, account
    raise _unreadable(WHO_AM_I, "no principal and account")


def _told_regions(answer: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Name and opt-in status. Raises ``Fatal`` for an answer that does not tell the names."""
    told = path_finder("Regions[].[RegionName, OptInStatus]")(answer)
    if not told or not all(isinstance(name, str) for name, _ in told):
        raise _unreadable(REGIONS, "no list of regions")
    return [(name, str(status)) for name, status in told]


def _unreadable(call: Call, what: str) -> Fatal:
    return Fatal(f"unreadable answer: {what}", service=call.service, operation=call.operation)


def _regions_of(partition: str) -> list[str]:
    every = load_catalogue().providers["aws"].regions
    return [r for r in every if next((p for s, p in _PREFIXES.items() if r.startswith(s)), "aws") == partition]


async def _cover_disabled(record: Record, enabled: list[str]) -> None:
    """Each regional service that was asked for in a region that is not enabled."""
    scan, known = record.job.task.scan, scanners("aws")
    units = [known[service] for service in sorted(scan.services) if not known[service].is_global]
    for region in sorted(set(scan.regions or ()) - set(enabled)):
        for unit in units:
            reason = f"{region} is not enabled for this account"
            await record.cover(unit(), Coverage(unit.service, region, "unsupported", "region", reason=reason))
