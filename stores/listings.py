"""Complete listings: a resource that was not seen since the newest one of its place is gone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, select, tuple_

from schemas.scan import ScanSpec
from stores.evaluations import evaluations_of
from stores.resources import FACTS
from stores.store import ReadSession, WriteSession
from stores.tables import listings, resources
from stores.tasks import TaskRow
from stores.upsert import highest

Place = tuple[str, str, str, str]
"""Client, account, region (empty for a global service that was looked at everywhere), service."""

Gone = tuple[str, str, tuple[str, ...]]
"""Client and id of a resource that is gone, and the keys of its facts."""

_HIGHEST: Final = highest(listings, "asof")
_NAMES: Final = ("client_id", "account_id", "region", "service")


async def list_completely(w: WriteSession, task: TaskRow, spec: ScanSpec) -> list[Gone]:
    """Note what a task listed to the end; the resources that are gone since.

    A scan without metadata says nothing of a resource that is as it should be: its silence means nothing.
    """
    places = [
        (each.client_id, each.account_id, region, each.service)
        for each in evaluations_of(task, spec)
        if "metadata" in each.categories
        for region in each.regions or ("",)
    ]
    return [gone for place in places for gone in await _list_place(w, place, spec.asof)]


async def listed(r: ReadSession, accounts: Iterable[tuple[str, str]]) -> Mapping[Place, datetime]:
    """The newest complete listing of each place of these clients' accounts."""
    within = tuple_(listings.c.client_id, listings.c.account_id).in_(sorted(set(accounts)))
    return {tuple(row[:4]): row.asof for row in await r.rows(select(listings).where(within))}


async def _list_place(w: WriteSession, place: Place, asof: datetime) -> list[Gone]:
    """Those last seen before this listing, but not before the one that went before: they were gone already."""
    before = await w.row(select(listings.c.asof).where(tuple_(*[listings.c[name] for name in _NAMES]) == place))
    if before is not None and before.asof >= asof:
        return []
    await w.change(_HIGHEST.values(asof=asof, **dict(zip(_NAMES, place, strict=True))))
    missed = [*_within(place), resources.c.last_seen < asof]
    if before is not None:
        missed.append(resources.c.last_seen >= before.asof)
    rows = await w.rows(select(resources).where(*missed))
    return [(row.client_id, row.resource_id, tuple(FACTS.decode(row.facts))) for row in rows]


def listed_at(known: Mapping[Place, datetime], place: Place) -> datetime | None:
    """The newest listing that would have shown a resource of this place."""
    everywhere = (*place[:2], "", place[3])
    return max((known[each] for each in (place, everywhere) if each in known), default=None)


def _within(place: Place) -> list[ColumnElement[bool]]:
    table = resources.c
    return [table[name] == value for name, value in zip(_NAMES, place, strict=True) if name != "region" or value]
