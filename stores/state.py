"""The state of resources, folded: the facts of a batch are merged into the rows that are there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import select

from schemas.cost import is_daily_cost
from schemas.event import Event
from stores.resources import FACTS, Fact
from stores.store import AnyRow, WriteSession
from stores.tables import resources
from stores.upsert import in_pieces, replace

Key = tuple[str, str]
"""Client and resource id."""

REPLACE: Final = replace(resources)
_encode: Final = msgspec.json.Encoder(decimal_format="string", order="deterministic").encode


class Folded(NamedTuple):
    """A fact that was taken, and the one that was there before."""

    event: Event
    old: Fact | None


class State:
    """One resource while a batch is folded into it."""

    def __init__(self, row: dict[str, Any], facts: dict[str, Fact]) -> None:
        self.row, self.facts, self.changed = row, facts, False

    def fold(self, event: Event) -> Folded | None:
        """Take what is newer: the order and number of deliveries do not matter. The fact that was taken, if any."""
        if event.asof < self.row["first_seen"]:
            self.row["first_seen"], self.changed = event.asof, True
        if _mark(event) > (self.row["last_seen"], self.row["last_scan_id"], self.row["last_attempt"]):
            self.row.update(_seen(event))
            self.changed = True
        key = fact_key(event)
        if key is None:
            return None
        old = self.facts.get(key)
        if old is not None and _mark(event) <= old.mark:
            return None
        self.facts[key] = _fact(event)
        self.changed = True
        return Folded(event, old)

    def values(self) -> dict[str, Any]:
        """The row as it is stored."""
        return {**self.row, "facts": _encode(self.facts).decode()}


async def fold_state(w: WriteSession, events: Sequence[Event]) -> list[Folded]:
    """Merge facts into their resources; the highest (asof, scan, attempt) of each fact wins.

    Coverage is no fact, and the daily costs of bills are about no resource. What was taken, with what it replaced.
    """
    told = [event for event in events if event.category != "scan" and not is_daily_cost(event.type)]
    taken: list[Folded] = []
    states = await _load(w, {(event.clientid, event.subject) for event in told})
    for event in told:
        key = event.clientid, event.subject
        if key not in states:
            states[key] = _new(event)
        if folded := states[key].fold(event):
            taken.append(folded)
    await w.change(REPLACE, [state.values() for state in states.values() if state.changed])
    return taken


def fact_key(event: Event) -> str | None:
    """The type, with the statistic where there is one. Findings have their own table, which knows when they end."""
    if event.category in {"waste", "security"}:
        return None
    statistic = event.data.statistic
    return event.type if statistic is msgspec.UNSET else f"{event.type}#{statistic}"


async def _load(w: WriteSession, keys: set[Key]) -> dict[Key, State]:
    clients = sorted({client for client, _ in keys})
    found: dict[Key, State] = {}
    for subjects in in_pieces({subject for _, subject in keys}):
        query = select(resources).where(resources.c.client_id.in_(clients), resources.c.resource_id.in_(subjects))
        found |= {(row.client_id, row.resource_id): _state(row) for row in await w.rows(query)}
    return found


def _state(row: AnyRow) -> State:
    return State(dict(row._mapping), FACTS.decode(row.facts))  # noqa: SLF001 - SQLAlchemy's public name


def _new(event: Event) -> State:
    row = {"client_id": event.clientid, "resource_id": event.subject, "first_seen": event.asof, **_seen(event)}
    state = State(row, {})
    state.changed = True
    return state


def _seen(event: Event) -> dict[str, Any]:
    return {
        "provider": event.provider,
        "account_id": event.accountid,
        "region": event.region,
        "service": event.service,
        "resource_type": event.resourcetype,
        "last_seen": event.asof,
        "last_scan_id": event.scanid,
        "last_attempt": event.attempt,
        "demo": event.demo,
    }


def _fact(event: Event) -> Fact:
    data = event.data
    return Fact(
        asof=event.asof,
        scan_id=event.scanid,
        attempt=event.attempt,
        value=data.value,
        unit=data.unit,
        statistic=_set(data.statistic),
        window=_set(data.window),
        samples=_set(data.samples),
        price=_set(data.price),
    )


def _set(value: Any) -> Any:  # noqa: ANN401 - any field that may be unset
    return None if value is msgspec.UNSET else value


def _mark(event: Event) -> tuple[datetime, str, int]:
    return event.asof, event.scanid, event.attempt
