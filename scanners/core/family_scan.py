"""The work of a scan task, the same for every provider: listings, details, relations, series, rules, coverage."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from string import Formatter
from typing import Any

from scanners.core.calls import Calls, CloudCall
from scanners.core.coverage import gap, listing_coverage
from scanners.core.details import Details
from scanners.core.listing import Listing
from scanners.core.measuring import holds
from scanners.core.registry import scanners
from scanners.core.related import Index
from scanners.core.resource import Metric, Related, Resource, declared
from scanners.core.scanner import NOWHERE, CloudScanner, scanner_of
from schemas.errors import CloudError, NoAccess, Retriable, Unreachable
from schemas.scan import TaskOutcome

Unit = CloudScanner[Any]


class FamilyScan(ABC):
    """One API family in one region: each listing is read once, then the units work through theirs."""

    def __init__(self, calls: Calls[Any]) -> None:
        self.job, self.record = calls.job, calls.record
        self.details = Details(calls)
        job = self.job
        known = scanners(job.task.scan.provider)
        self.units: list[Unit] = [known[service]() for service in job.task.services]
        self.listings = self._listings(related=job.wants("waste", "security"))
        self._answered = False
        self._unplaced: set[str] = set()

    @abstractmethod
    def listing(self, resource: type[Resource], relation: Related | None) -> Listing:
        """The listing of a resource type: that of its unit, or the one that the relation names."""

    @abstractmethod
    async def measure(
        self,
        unit: Any,  # noqa: ANN401
        items: list[Resource],
        metrics: Sequence[Metric],
        region: str,
    ) -> list[CloudError]:
        """Set these series of these resources of one region. What could not be read stays unset; the errors say why."""

    async def run(self) -> TaskOutcome:
        """Read each listing once, then work through the units. Raises only when the first call says it is no use."""
        try:
            await self._read()
            for unit in self.units:
                with self.record.measures.turn(unit.service):
                    await self._work(unit)
            await self.record.tell_measures(self.units)
        finally:
            for listing in self.listings.values():
                listing.close()
        return self.record.outcome()

    async def _read(self) -> None:
        """Fetch the listings; where nothing answers, the rest is not asked."""
        dead: CloudError | None = None
        for resource, listing in self.listings.items():
            if dead is None:
                with self.record.measures.turn(self._payer(resource)):
                    await listing.fetch()
            else:
                listing.error = dead
            if isinstance(listing.error, Unreachable):
                dead = listing.error
            first = not (self._answered or listing.read)
            if isinstance(listing.error, NoAccess) or (isinstance(listing.error, Retriable) and first):
                raise listing.error
            self._answered = self._answered or bool(listing.read) or listing.error is None

    def _payer(self, resource: type[Resource]) -> str:
        """The service whose listing it is, else the first that needs it."""
        own = (unit for unit in self.units if unit.resource is resource)
        needs = (u for u in self.units if any(u.declared().target(one) is resource for one in u.declared().relations))
        return next((unit.service for units in (own, needs) for unit in units), "")

    async def _work(self, unit: Unit) -> None:
        """Emit what the listing of one unit told, then how far it saw."""
        listing = self.listings[unit.resource]
        self.record.evaluated(unit)
        told = 0
        for chunk in listing.chunks():
            items = await self._ours(unit, chunk)
            told += len(items)
            await self._deepen(unit, items)
            await self.record.resources(unit, [(unit.subject(item), item) for item in items])
        if listing.complete and self._everything(unit):
            self.record.complete(unit)
        seen = listing_coverage(unit, self.job, listing, told)
        await self.record.cover(unit, self.record.with_untold(unit, seen))
        self._related_gaps(unit)
        await self.record.cover_gaps(unit)

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
        return [item for item in chunk if item.id in wanted or unit.subject(item) in wanted]

    async def _place(self, unit: Unit, item: Resource) -> Resource | None:
        region = await unit.locate(Asker(self, unit), item)
        asked = self.job.task.scan.regions
        if asked is not None and region not in (*asked, NOWHERE):
            self._unplaced |= {unit.service} if region is None else set()
            return None
        item.place = self.job.place(region or self.job.task.region)
        return item

    async def _deepen(self, unit: Unit, items: list[Resource]) -> None:
        """All that the listing does not tell: relations, details (and relations that these tell), series."""
        ask, late = Asker(self, unit), {one.name for told in unit.details().values() for one in told}
        relations = unit.declared().relations
        for relation in (one for one in relations if one.field not in late):
            self._relate(unit, relation, items)
        if (unit.details() or unit.calls) and self.job.wants("metadata", "waste", "security"):
            await asyncio.gather(*(unit.enrich(ask, item) for item in items))
        for relation in (one for one in relations if one.field in late):
            self._relate(unit, relation, items)
        if unit.declared().metrics and self.job.wants("performance", "waste"):
            await self._measure(unit, unit, items, unit.declared().metrics)
        for relation in relations if self.job.wants("waste") else ():
            await self._measure_related(unit, relation, items)

    def _relate(self, unit: Unit, relation: Related, items: list[Resource]) -> None:
        listing = self.listings.get(unit.declared().target(relation))
        index = listing.indexes.get(relation.by) if listing else None
        if index is not None and index.complete:
            for item in items:
                item.__dict__[relation.name] = index.find(item, relation)

    async def _measure_related(self, unit: Unit, relation: Related, items: list[Resource]) -> None:
        """The series of related resources that the relation keeps."""
        target = unit.declared().target(relation)
        kept = [one for one in declared(target).metrics if one.name in relation.keep]
        owner = scanner_of(unit.provider, target)
        if kept and owner is not None:
            lists = [getattr(item, relation.name) for item in items if item.has(relation.name)]
            await self._measure(unit, owner(), list({id(one): one for found in lists for one in found}.values()), kept)

    async def _measure(self, payer: Unit, unit: Unit, items: list[Resource], metrics: Sequence[Metric]) -> None:
        by_region: dict[str, list[Resource]] = defaultdict(list)
        for item in items:
            if holds(item, "measured"):
                by_region[item.region].append(item)
        for region in sorted(by_region):
            for error in await self.measure(unit, by_region[region], metrics, region):
                self.record.gap(gap(payer.service, self.job, error, "metrics"))

    def _related_gaps(self, unit: Unit) -> None:
        own = self.listings[unit.resource].error
        for relation in unit.declared().relations:
            listing = self.listings.get(unit.declared().target(relation))
            if listing is not None and listing.error is not None and listing.error is not own:
                self.record.gap(gap(unit.service, self.job, listing.error, "enrich"))

    def _listings(self, *, related: bool) -> dict[type[Resource], Listing]:
        """The listings that a task needs, each once: those of its units, and those that their relations need."""
        found = {unit.resource: self.listing(unit.resource, None) for unit in self.units}
        for target, relation in self._relations() if related else ():
            if target not in found:
                found[target] = self.listing(target, relation)
                found[target].keep_items = False
            index = found[target].indexes.setdefault(relation.by, Index(relation.by))
            index.keep.update(relation.keep)
        for listing in found.values():
            listing.sample = self.job.sample
        return found

    def _relations(self) -> Iterator[tuple[type[Resource], Related]]:
        for unit in self.units:
            fields = unit.declared()
            yield from ((fields.target(relation), relation) for relation in fields.relations)


class Asker:
    """The engine's call as a unit gets it: arguments filled from the resource, refusals turned into gaps."""

    def __init__(self, run: FamilyScan, unit: Unit) -> None:
        self._run, self._unit = run, unit

    async def __call__(self, call: CloudCall, item: Resource) -> Mapping[str, Any] | None:
        """The answer for one resource; None when it was refused."""
        arguments = {name: _filled(value, item) for name, value in call.arguments.items()}
        try:
            told = await self._run.details(call, item.region, arguments)
        except NoAccess:
            raise
        except CloudError as error:
            self._run.record.gap(gap(self._unit.service, self._run.job, error, "enrich"))
            return None
        item.asof = min(item.asof, told.asof)
        return told.answer


def _filled(value: object, item: Resource) -> object:
    if isinstance(value, list):
        return [_filled(one, item) for one in value]
    if not isinstance(value, str):
        return value
    names = [name for _, name, _, _ in Formatter().parse(value) if name]
    return value.format(**{name: getattr(item, name) for name in names})
