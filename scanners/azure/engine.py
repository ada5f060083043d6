"""The engine: runs the Azure scanners of one task."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Any

from scanners.azure.calls import AzureCalls
from scanners.azure.discover import discover
from scanners.azure.metrics import measure
from scanners.azure.rows import pages, resource_of
from scanners.azure.scanner import AzureScanner, unit_of
from scanners.core.family_scan import FamilyScan
from scanners.core.job import Job
from scanners.core.listing import Answer, Listing
from scanners.core.measuring import queries
from scanners.core.record import Record
from scanners.core.resource import Metric, Related, Resource
from schemas.errors import CloudError
from schemas.scan import TaskOutcome

__all__ = ["discover", "scan"]


async def scan(job: Job) -> TaskOutcome:
    """Run the scanners of the task. Raises only when the first call says it is no use."""
    return await AzureFamilyScan(job).run()


class AzureFamilyScan(FamilyScan):
    """One family of types in a subscription, all regions at once."""

    def __init__(self, job: Job) -> None:
        self._calls = AzureCalls(Record(job))
        super().__init__(self._calls)

    def listing(self, resource: type[Resource], relation: Related | None) -> Listing:  # noqa: ARG002 - AWS needs it
        """The rows of the type."""
        unit = unit_of(resource)

        def read() -> AsyncGenerator[list[Answer], None]:
            return pages(self._calls, unit)

        return Listing(unit.listing_calls()[1].name, read, lambda row: resource_of(resource, self.job.place(), row))

    async def measure(
        self,
        unit: AzureScanner[Any],  # noqa: ARG002 - its metrics say all
        items: list[Resource],
        metrics: Sequence[Metric],
        region: str,
    ) -> list[CloudError]:
        """The series, by the batch API of the region."""
        asked = queries(items, metrics, self.job.task.scan.lookback_days)
        return await measure(self._calls, asked, region)
