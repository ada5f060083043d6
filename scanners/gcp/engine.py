"""The engine: runs the Google Cloud scanners of one task."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Any

from scanners.core.errors import BadUnitError
from scanners.core.family_scan import FamilyScan
from scanners.core.fields import Related
from scanners.core.job import Job
from scanners.core.listing import Answer, Listing, learn_tags
from scanners.core.measuring import queries
from scanners.core.record import Record
from scanners.core.resource import Metric, Resource
from scanners.core.scanner import scanner_of
from scanners.gcp.call import LIST_ASSETS
from scanners.gcp.calls import GcpCalls
from scanners.gcp.discover import discover
from scanners.gcp.metrics import measure
from scanners.gcp.paging import pages
from scanners.gcp.regions import region_of
from scanners.gcp.scanner import PAGE_SIZE, GcpScanner
from schemas.errors import CloudError
from schemas.scan import TaskOutcome

__all__ = ["discover", "scan"]


async def scan(job: Job) -> TaskOutcome:
    """Run the scanners of the task. Raises only when the first call says it is no use."""
    return await GcpFamilyScan(job).run()


class GcpFamilyScan(FamilyScan):
    """One family of asset types of one project."""

    def __init__(self, job: Job) -> None:
        self._calls = GcpCalls(Record(job))
        super().__init__(self._calls)

    def listing(self, resource: type[Resource], relation: Related | None) -> Listing:  # noqa: ARG002 - none has its own
        """The assets of the type, each in the region of its location, with its labels as tags."""
        scanner = scanner_of("gcp", resource)
        if scanner is None:
            raise BadUnitError(f"{resource.__name__} has no scanner, whose asset type could be listed")
        parent, kind = f"projects/{self.job.task.account_id}", scanner.resource_type

        def read() -> AsyncGenerator[list[Answer], None]:
            return pages(self._calls, LIST_ASSETS, parent=parent, asset_types=[kind], page_size=PAGE_SIZE)

        def resource_of(answer: Answer) -> Resource:
            item = resource(self.job.place(region_of(answer["location"])), answer)
            learn_tags(item, answer.get("labels") or {})
            return item

        return Listing(LIST_ASSETS.name, read, resource_of)

    async def measure(
        self, unit: GcpScanner[Any], items: list[Resource], metrics: Sequence[Metric], region: str
    ) -> list[CloudError]:
        """The series, by ListTimeSeries."""
        asked = queries(items, metrics, self.job.task.scan.lookback_days)
        return await measure(self._calls, unit, asked, self.job.task.account_id, region)
