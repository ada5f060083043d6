"""The first task of a scan: who we are, and which regions there are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import msgspec

from scanners.aws import home_region
from scanners.aws.call import Call
from scanners.aws.calls import AwsCalls
from scanners.core.coverage import gap
from scanners.core.job import Job
from scanners.core.record import Record
from scanners.core.registry import scanners
from schemas.catalogue import load_catalogue
from schemas.errors import CloudError, NoAccess, Unreachable
from schemas.scan import Coverage, Discovery, TaskOutcome

WHO_AM_I: Final = Call("sts", "get_caller_identity")
REGIONS: Final = Call("ec2", "describe_regions", "Regions", AllRegions=True)
_PREFIXES: Final = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}


async def discover(job: Job) -> TaskOutcome:
    """Identity and regions. Raises ``CloudError`` when not even the identity is told."""
    home = job.task.region or home_region(job.task.partition)
    job = replace(job, task=msgspec.structs.replace(job.task, region=home))
    first = Record(job)
    who = await AwsCalls(first, proven=False)(WHO_AM_I)
    principal, account = str(who["Arn"]), str(who["Account"])
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
        answer = await AwsCalls(record)(REGIONS)
    except (NoAccess, Unreachable):
        raise
    except CloudError as error:
        await record.cover(None, gap("ec2", job, error, "region"))
        return list(job.task.scan.regions or _regions_of(job.task.partition)), []
    told: list[dict[str, Any]] = answer["Regions"]
    off = [one["RegionName"] for one in told if one.get("OptInStatus") == "not-opted-in"]
    return [one["RegionName"] for one in told if one["RegionName"] not in off], off


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
