"""The engine: runs the AWS scanners of one task."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from string import Formatter
from typing import Any

from scanners.aws.call import Call
from scanners.aws.calls import Calls
from scanners.aws.coverage import gap_of, listing_coverage
from scanners.aws.discover import discover
from scanners.aws.listing import Listing
from scanners.aws.metrics import holds, measure, queries
from scanners.aws.scanner import AwsScanner, listing_of, scanner_of
from scanners.core.errors import BadUnitError
from scanners.core.job import Job
from scanners.core.record import Record
from scanners.core.registry import scanners
from scanners.core.related import Index
from scanners.core.resource import Related, Resource
from schemas.errors import CloudError, NoAccess, Retriable, Unreachable
from schemas.scan import TaskOutcome

Unit = AwsScanner[Any]
__all__ = ["discover", "scan"]


async def scan(job: Job) -> TaskOutcome:
    """Read each listing once, then work through the units. Raises only when the first call says it is no use."""
    record = Record(job)
    run = FamilyScan(job, record, Calls(record))
    try:
        await run.read()
        for unit in run.units:
            await run.work(unit)
    finally:
        run.close()
    return record.outcome()


class FamilyScan:
    """One API family in one region."""

    def __init__(self, job: Job, record: Record, calls: Calls) -> None:
        self.job, self.record, self.calls = job, record, calls
        self.units = [_unit(service) for service in job.task.services]
        self.listings = _listings(self.units, related=job.wants("waste", "security"))
        self._answered = False
        self._unplaced: set[str] = set()

    async def read(self) -> None:
        """Fetch the listings; where nothing answers, the rest is not asked."""
        dead: CloudError | None = None
        for listing in self.listings.values():
            if dead is None:
                await listing.fetch(self.job, self.calls)
            else:
                listing.error = dead
            if isinstance(listing.error, Unreachable):
                dead = listing.error
            first = not (self._answered or listing.read)
            if isinstance(listing.error, NoAccess) or (isinstance(listing.error, Retriable) and first):
                raise listing.error
            self._answered = self._answered or bool(listing.read) or listing.error is None

    async def work(self, unit: Unit) -> None:
        """Emit what the listing of one unit told, then how far it saw."""
        listing = self.listings[unit.resource]
        self.record.evaluated(unit)
        told = 0
        for chunk in listing.chunks(self.job):
            items = await self._ours(unit, chunk)
            told += len(items)
            await self._deepen(unit, items)
            await self.record.resources(unit, [(_subject(unit, item), item) for item in items])
        if listing.complete and self._everything(unit):
            self.record.complete(unit)
        await self.record.cover(unit, listing_coverage(unit, self.job, listing, told))
        self._related_gaps(unit)
        await self.record.cover_gaps(unit)

    def close(self) -> None:
        """Give the disk back."""
        for listing in self.listings.values():
            listing.close()

    def _everything(self, unit: Unit) -> bool:
        """Whether a resource of the regions asked for that was not seen is gone, and not just left out."""
        return self.job.task.scan.resource_ids is None and unit.service not in self._unplaced

    async def _ours(self, unit: Unit, chunk: list[Resource]) -> list[Resource]:
        """Those that were asked for, each placed in its region."""
        if unit.is_global:
            chunk = [item for item in await asyncio.gather(*(self._place(unit, item) for item in chunk)) if item]
        wanted = self.job.task.scan.resource_ids
        if wanted is None:
            return chunk
        return [item for item in chunk if item.id in wanted or _subject(unit, item) in wanted]

    async def _place(self, unit: Unit, item: Resource) -> Resource | None:
        region = await unit.locate(_Asker(self, unit), item)
        asked = self.job.task.scan.regions
        if asked is not None and region not in asked:
            self._unplaced |= {unit.service} if region is None else set()
            return None
        item.place = self.job.place(region or self.job.task.region)
        return item

    async def _deepen(self, unit: Unit, items: list[Resource]) -> None:
        """All that the listing does not tell: details, relations, series."""
        ask = _Asker(self, unit)
        if (unit.details() or unit.calls) and self.job.wants("metadata", "waste", "security"):
            await asyncio.gather(*(unit.enrich(ask, item) for item in items))
        for relation in unit.declared().relations:
            self._relate(unit, relation, items)
        if unit.declared().metrics and self.job.wants("performance", "waste"):
            await self._measure(unit, items)

    def _relate(self, unit: Unit, relation: Related, items: list[Resource]) -> None:
        listing = self.listings.get(unit.declared().target(relation))
        index = listing.indexes.get(relation.by) if listing else None
        if index is not None and index.complete:
            for item in items:
                item.__dict__[relation.name] = index.find(item, relation)

    async def _measure(self, unit: Unit, items: list[Resource]) -> None:
        by_region: dict[str, list[Resource]] = defaultdict(list)
        for item in items:
            if holds(item, "measured"):
                by_region[item.region].append(item)
        days = self.job.task.scan.lookback_days
        for region in sorted(by_region):
            asked = queries(by_region[region], unit.declared().metrics, days)
            for error in await measure(self.calls, asked, unit.dimension, region):
                self.record.gap(gap_of(unit, self.job, error, "metrics"))

    def _related_gaps(self, unit: Unit) -> None:
        own = self.listings[unit.resource].error
        for relation in unit.declared().relations:
            listing = self.listings.get(unit.declared().target(relation))
            if listing is not None and listing.error is not None and listing.error is not own:
                self.record.gap(gap_of(unit, self.job, listing.error, "enrich"))


def _unit(service: str) -> Unit:
    unit = scanners("aws")[service]()
    if not isinstance(unit, AwsScanner):
        raise BadUnitError(f"{type(unit).__qualname__} is no AwsScanner")
    return unit


class _Asker:
    """The engine's call as a unit gets it: arguments filled from the resource, refusals turned into gaps."""

    def __init__(self, run: FamilyScan, unit: Unit) -> None:
        self._run, self._unit = run, unit

    async def __call__(self, call: Call, item: Resource) -> Mapping[str, Any] | None:
        arguments = {name: _filled(value, item) for name, value in call.arguments.items()}
        try:
            return await self._run.calls(call, region=item.region, **arguments)
        except NoAccess:
            raise
        except CloudError as error:
            self._run.record.gap(gap_of(self._unit, self._run.job, error, "enrich"))
            return None


def _filled(value: object, item: Resource) -> object:
    if not isinstance(value, str):
        return value
    names = [name for _, name, _, _ in Formatter().parse(value) if name]
    return value.format(**{name: getattr(item, name) for name in names})


def _subject(unit: Unit, item: Resource) -> str:
    place = item.place
    return unit.arn.format(partition=place.partition, region=place.region, account=place.account, id=item.id)


def _listings(units: list[Unit], *, related: bool) -> dict[type[Resource], Listing]:
    """The listings that a task needs, each once: those of its units, and those that their relations need."""
    found = {unit.resource: Listing(unit.listing, unit.resource, unit.tagged) for unit in units}
    for unit in units if related else ():
        fields = unit.declared()
        for relation in fields.relations:
            target = fields.target(relation)
            if target not in found:
                found[target] = _index_only(target, relation)
            index = found[target].indexes.setdefault(relation.by, Index(relation.by))
            index.keep.update(relation.keep)
    return found


def _index_only(target: type[Resource], relation: Related) -> Listing:
    scanner = scanner_of(target)
    call: Call = relation.listing or listing_of(target)
    return Listing(call, target, scanner.tagged if scanner else False, keep_items=False)
