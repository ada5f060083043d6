"""The engine: runs the AWS scanners of one task."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Any

from scanners.aws.call import Call
from scanners.aws.calls import AwsCalls
from scanners.aws.discover import discover
from scanners.aws.metrics import measure
from scanners.aws.paging import pages, pages_of_each
from scanners.aws.scanner import AwsScanner, listing_of
from scanners.core.family_scan import FamilyScan
from scanners.core.job import Job
from scanners.core.listing import Answer, Listing, learn_tags
from scanners.core.measuring import queries
from scanners.core.paths import path_finder
from scanners.core.record import Record
from scanners.core.resource import Metric, Related, Resource
from scanners.core.scanner import scanner_of
from schemas.errors import CloudError
from schemas.scan import TaskOutcome

__all__ = ["discover", "scan"]
_PAIRS = path_finder("Tags[].[Key, Value]")


async def scan(job: Job) -> TaskOutcome:
    """Run the scanners of the task. Raises only when the first call says it is no use."""
    return await AwsFamilyScan(job).run()


class AwsFamilyScan(FamilyScan):
    """One AWS API family in one region."""

    def __init__(self, job: Job) -> None:
        self._calls = AwsCalls(Record(job))
        super().__init__(self._calls)

    def listing(self, resource: type[Resource], relation: Related | None) -> Listing:
        """The pages of the type's listing; its tags, where the listing has them."""
        call: Call = (relation and relation.listing) or listing_of(resource)
        scanner = scanner_of("aws", resource)
        unit = scanner if scanner and issubclass(scanner, AwsScanner) else None

        def read() -> AsyncGenerator[list[Answer], None]:
            if unit and unit.parents and call is unit.listing:
                return pages_of_each(self._calls, unit.parents, call)
            return pages(self._calls, call)

        def resource_of(answer: Answer) -> Resource:
            item = resource(self.job.place(), answer)
            if unit and unit.single:
                item.__dict__["id"] = item.place.account
            if unit and unit.tagged:
                told = answer.get("Tags")
                learn_tags(item, _PAIRS(answer) if isinstance(told, list) else told)
            return item

        return Listing(call.name, read, resource_of)

    async def measure(
        self, unit: AwsScanner[Any], items: list[Resource], metrics: Sequence[Metric], region: str
    ) -> list[CloudError]:
        """The series, by GetMetricData."""
        asked = queries(items, metrics, self.job.task.scan.lookback_days)
        return await measure(self._calls, asked, unit.dimension, region)
