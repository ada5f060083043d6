"""What a scan could not see, and the policy statement that would open it."""

from __future__ import annotations

from typing import Any, Literal

from scanners.aws.listing import Listing
from scanners.aws.scanner import AwsScanner
from scanners.core.job import Job
from schemas.errors import CloudError, Denied, Unreachable, Unsupported
from schemas.scan import Coverage, CoverageStatus

Scope = Literal["region", "listing", "metrics", "enrich"]


def listing_coverage(unit: AwsScanner[Any], job: Job, listing: Listing, told: int) -> Coverage:
    """How far the listing of a unit saw: exactly one of these for each service and region."""
    if listing.error is not None:
        scope: Scope = "region" if isinstance(listing.error, Unreachable) else "listing"
        return gap_of(unit, job, listing.error, scope, resources=told)
    if listing.nameless:
        reason = f"{listing.nameless} answers without an id"
        return _coverage(unit.service, job, "failed", "listing", unit.listing.name, reason=reason, resources=told)
    return _coverage(unit.service, job, "reached", "listing", unit.listing.name, resources=told)


def gap_of(unit: AwsScanner[Any], job: Job, error: CloudError, scope: Scope, *, resources: int = 0) -> Coverage:
    """What an error cost a unit."""
    return gap(unit.service, job, error, scope, resources=resources)


def gap(service: str, job: Job, error: CloudError, scope: Scope, *, resources: int = 0, region: str = "") -> Coverage:
    """What an error cost."""
    operation = f"{error.service}:{error.operation}"
    status = _status(error)
    if isinstance(error, Denied):
        return _coverage(
            service,
            job,
            status,
            scope,
            operation,
            region=region,
            action=error.action,
            principal=error.principal,
            reason=f"{error.code}: {error}",
            by_organization=error.by_organization,
            statement=None if error.by_organization else statement_for(error.action),
            resources=resources,
        )
    reason = f"{error.code}: {error}" if error.code else str(error)
    return _coverage(service, job, status, scope, operation, region=region, reason=reason, resources=resources)


def statement_for(*actions: str) -> dict[str, Any]:
    """The IAM policy statement that allows these actions."""
    return {"Effect": "Allow", "Action": sorted(actions), "Resource": "*"}


def _status(error: CloudError) -> CoverageStatus:
    if isinstance(error, Denied):
        return "denied"
    return "unsupported" if isinstance(error, Unsupported) else "failed"


def _coverage(
    service: str,
    job: Job,
    status: CoverageStatus,
    scope: Scope,
    operation: str,
    *,
    region: str = "",
    **told: Any,  # noqa: ANN401
) -> Coverage:
    where = region or job.task.region
    return Coverage(service=service, region=where, status=status, scope=scope, operation=operation, **told)
