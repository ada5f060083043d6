"""What a scan could not see, and what would open it."""

from __future__ import annotations

from typing import Any, Literal

from scanners.core.job import Job
from scanners.core.listing import Listing
from scanners.core.scanner import CloudScanner
from schemas.errors import CloudError, Denied, Unreachable, Unsupported
from schemas.scan import Coverage, CoverageStatus

Scope = Literal["region", "listing", "metrics", "enrich"]


def listing_coverage(unit: CloudScanner[Any], job: Job, listing: Listing, told: int) -> Coverage:
    """How far the listing of a unit saw: exactly one of these for each service and region."""
    if listing.error is not None:
        scope: Scope = "region" if isinstance(listing.error, Unreachable) else "listing"
        return gap(unit.service, job, listing.error, scope, resources=told)
    if listing.nameless:
        reason = f"{listing.nameless} answers without an id"
        return _coverage(unit.service, job, "failed", "listing", listing.operation, reason=reason, resources=told)
    return _coverage(unit.service, job, "reached", "listing", listing.operation, resources=told)


def gap(service: str, job: Job, error: CloudError, scope: Scope, *, resources: int = 0, region: str = "") -> Coverage:
    """What an error cost."""
    operation = f"{error.service}:{error.operation}"
    reason = f"{error.code}: {error}" if error.code else str(error)
    denial: dict[str, Any] = {}
    if isinstance(error, Denied):
        denial = {"action": error.action, "principal": error.principal, "by_organization": error.by_organization}
        denial["statement"] = error.statement
    return _coverage(
        service, job, _status(error), scope, operation, region=region, reason=reason, resources=resources, **denial
    )


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
