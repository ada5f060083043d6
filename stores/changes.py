"""What really changed, as an outbox: written in the transaction that changes it, sent by a relay, then deleted.

A fact changes when its value or unit does; a finding when it opens or is resolved, when its severity or saving is
another one, and when scans begin or cease to be able to judge it. What is gone leaves a tombstone: its key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, delete, insert, select

from schemas.catalogue import load_catalogue
from schemas.event import Event
from schemas.finding import FindingValue, finding_id
from schemas.scan import ScanSpec
from schemas.topics import change_key
from stores.listings import Gone, listed, listed_at
from stores.state import Folded, fact_key
from stores.store import AnyRow, ReadSession, WriteSession
from stores.tables import changes, events, findings
from stores.tasks import TaskRow
from stores.upsert import in_pieces

JUDGED: Final = ("security", "waste")
_WATCHED: Final = ("status", "severity", "monthly_saving", "currency")
_COLUMNS: Final = [column for column in findings.c if column.name not in {"evidence", "reason"}]

Findings = Mapping[str, AnyRow]
"""Findings by id, as they stand at one moment."""


class ChangeRow(NamedTuple):
    """What one transaction changed: the events that tell it, in order, with their bodies; the keys of what is gone."""

    seq: int
    bodies: list[bytes]
    gone: list[str]


async def verdicts_before(w: WriteSession, told: Sequence[Event]) -> Findings:
    """The findings that these events are about, before they are applied."""
    return await _findings(w, {_id(event) for event in told if event.category in JUDGED})


async def note_batch(w: WriteSession, told: Sequence[Event], folded: Sequence[Folded], before: Findings) -> None:
    """What a batch changed, once it is applied. ``before``: what ``verdicts_before`` told of it."""
    if not told:
        return
    known = await listed(w, {(event.clientid, event.accountid) for event, _ in folded})
    changed = [event for event, old in folded if _differs(event, old, _listed(event, known) if known else None)]
    judged = {_id(event): event for event in sorted((each for each in told if each.category in JUDGED), key=_mark)}
    after = await _findings(w, set(judged))
    touched = {found for found, row in after.items() if _watched(row) != _watched(before.get(found))}
    opened = [_evidence(after[found], judged[found]) for found in touched if after[found].status == "open"]
    closed = [_key(after[found]) for found in touched if after[found].status != "open"]
    await _note(w, [*((event.id, event.asof) for event in changed), *opened], closed, told[0].asof)


async def open_before(w: WriteSession, task: TaskRow, spec: ScanSpec) -> Findings:
    """The open findings that a task may resolve: of the services that it listed to the end."""
    if task.outcome is None or not task.outcome.complete:
        return {}
    mine = findings.c.client_id == spec.client_id, findings.c.account_id == task.account_id
    of_services = findings.c.service.in_(task.outcome.complete), findings.c.status == "open"
    return {row.id: row for row in await w.rows(select(*_COLUMNS).where(*mine, *of_services))}


async def note_settled(w: WriteSession, spec: ScanSpec, before: Findings, gone: Sequence[Gone]) -> None:
    """What a task resolved of the findings that were open, and the resources that it did not see any more."""
    after = await _findings(w, set(before))
    closed = [_key(row) for row in after.values() if row.status != "open"]
    facts = [change_key(client, resource, fact) for client, resource, keys in gone for fact in keys]
    await _note(w, [], {*closed, *facts}, spec.asof)


async def unpublished_changes(r: ReadSession, limit: int) -> list[ChangeRow]:
    """The oldest that were not sent yet. An event that the retention took meanwhile is left out."""
    rows = await r.rows(select(changes).order_by(changes.c.seq).limit(limit))
    return [ChangeRow(row.seq, await _bodies(r, row), row.gone) for row in rows]


async def delete_changes_up_to(w: WriteSession, seq: int) -> None:
    """They were sent."""
    await w.change(delete(changes).where(changes.c.seq <= seq))


def _listed(event: Event, known: Mapping[Any, datetime]) -> datetime | None:
    return listed_at(known, (event.clientid, event.accountid, event.region, event.service))


def _differs(event: Event, old: Any, seen_by: datetime | None) -> bool:  # noqa: ANN401 - a Fact or None
    """Whether subscribers hold another value: also none, where the resource had been gone."""
    if seen_by is not None and event.asof < seen_by:
        return False
    gone = seen_by is not None and old is not None and old.asof < seen_by
    return old is None or gone or (old.value, old.unit) != (event.data.value, event.data.unit)


async def _findings(w: WriteSession, ids: set[str]) -> Findings:
    found: dict[str, AnyRow] = {}
    for piece in in_pieces(ids):
        found |= {row.id: row for row in await w.rows(select(*_COLUMNS).where(findings.c.id.in_(piece)))}
    return found


def _id(event: Event) -> str:
    return finding_id(event.clientid, event.subject, msgspec.convert(event.data.value, FindingValue).rule)


def _watched(row: AnyRow | None) -> tuple[Any, ...]:
    """What subscribers are told of; a finding that is not open is nothing."""
    if row is None or row.status != "open":
        return ()
    return (*(getattr(row, name) for name in _WATCHED), row.unverified_since is None)


def _mark(event: Event) -> tuple[datetime, str, int]:
    return event.asof, event.scanid, event.attempt


def _evidence(row: AnyRow, last: Event) -> tuple[str, datetime]:
    """The event that tells how an open finding stands: its last sight, or that it cannot be judged."""
    return (row.event_id, row.last_seen) if row.unverified_since is None else (last.id, last.asof)


def _key(row: AnyRow) -> str:
    kind = _types().get((row.provider, row.service, row.rule))
    guess = f"{row.provider}.{row.category}.{row.service}.{row.rule.partition('.')[2]}"
    return change_key(row.client_id, row.resource_id, f"{kind or guess}#{row.rule}")


@cache
def _types() -> Mapping[tuple[str, str, str], str]:
    """The event type of each rule, by provider and service."""
    providers = load_catalogue().providers
    return {
        (name, service.service, rule.id): rule.event_type
        for name, entry in providers.items()
        for service in entry.services
        for rule in service.rules
    }


async def _note(w: WriteSession, changed: Sequence[tuple[str, datetime]], gone: Iterable[str], asof: datetime) -> None:
    """``asof`` stands in where no event is told."""
    keys = sorted(gone)
    if changed or keys:
        asofs = [each for _, each in changed] or [asof]
        row = {"first_asof": min(asofs), "last_asof": max(asofs), "event_ids": [each for each, _ in changed]}
        await w.change(insert(changes).values(**row, gone=keys))


async def _bodies(r: ReadSession, row: AnyRow) -> list[bytes]:
    """In the order in which they were noted. ``asof`` leads to the days of the log that hold them."""
    found: dict[str, bytes] = {}
    days: list[ColumnElement[bool]] = [events.c.asof >= row.first_asof, events.c.asof <= row.last_asof]
    for piece in in_pieces(row.event_ids):
        query = select(events.c.id, events.c.body).where(events.c.id.in_(piece), *days)
        found |= {each.id: bytes(each.body) for each in await r.rows(query)}
    return [found[each] for each in row.event_ids if each in found]


def key_of(event: Event) -> str:
    """The key of the change that an event tells."""
    fact = fact_key(event)
    if fact is None:
        fact = f"{event.type}#{msgspec.convert(event.data.value, FindingValue).rule}"
    return change_key(event.clientid, event.subject, fact)
