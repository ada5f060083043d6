"""The event log, queried: newest first, by keyset, each filter over an index that keeps the order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, func, tuple_

from schemas.errors import InvalidInputError
from stores.store import ReadSession
from stores.tables import events
from stores.tenancy import of_client

_TYPE_FORMS = "a full type (provider.category.service.detail), or whole parts with .* behind, such as aws.waste.*"


class EventQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which events. ``until`` is exclusive; ``cursor`` is the (time, id) of the last one seen."""

    client_id: str
    scan_id: str | None = None
    account: str | None = None
    provider: str | None = None
    category: str | None = None
    type: str | None = None
    resource_id: str | None = None
    region: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 100
    cursor: tuple[datetime, str] | None = None


async def find_events(r: ReadSession, query: EventQuery) -> list[bytes]:
    """The bodies as they were received, newest first. Raises ``InvalidInputError`` for a ``type`` that cannot be."""
    return [row.body for row in await r.rows(page_of(query))]


def page_of(query: EventQuery) -> Select[Any]:
    """The statement of one page."""
    table = events.c
    found = of_client(events, query.client_id, table.body).where(*_conditions(query), *of_type(query.type))
    return found.order_by(table.time.desc(), table.id.desc()).limit(query.limit)


async def get_event(r: ReadSession, client_id: str, event_id: str) -> bytes | None:
    """The body of one event."""
    row = await r.row(of_client(events, client_id, events.c.body).where(events.c.id == event_id))
    return None if row is None else bytes(row.body)


async def count_by_category(r: ReadSession, client_id: str, scan_id: str) -> Mapping[str, int]:
    """How many events of a scan are stored."""
    table = events.c
    query = of_client(events, client_id, table.category, func.count()).where(table.scan_id == scan_id)
    return {row[0]: row[1] for row in await r.rows(query.group_by(table.category).order_by(table.category))}


def of_type(asked: str | None) -> list[ColumnElement[bool]]:
    """A type, or a prefix of whole dotted parts, as equality on the prefix columns."""
    if asked is None or asked == "*":
        return []
    prefix, star = asked.removesuffix(".*"), asked.endswith(".*")
    parts = prefix.split(".")
    if "*" in prefix or not all(parts) or (not star and len(parts) < 4):  # noqa: PLR2004 - the parts of a type
        raise InvalidInputError("type", asked, f"allowed: {_TYPE_FORMS}")
    table = events.c
    columns = (table.p1, table.p2, table.p3)
    conditions: list[ColumnElement[bool]] = [columns[min(len(parts), 3) - 1] == ".".join(parts[:3])]
    if not star:
        conditions.append(table.type == prefix)
    elif len(parts) > len(columns):
        conditions += [table.type >= f"{prefix}.", table.type < f"{prefix}/"]
    return conditions


def _conditions(query: EventQuery) -> list[ColumnElement[bool]]:
    table = events.c
    asked = {
        table.scan_id: query.scan_id,
        table.account_id: query.account,
        table.p1: query.provider,
        table.category: query.category,
        table.subject: query.resource_id,
        table.region: query.region,
    }
    conditions = [column == value for column, value in asked.items() if value is not None]
    if query.provider is not None and query.category is not None:
        conditions.append(table.p2 == f"{query.provider}.{query.category}")
    if query.since is not None:
        conditions.append(table.time >= query.since)
    if query.until is not None:
        conditions.append(table.time < query.until)
    if query.cursor is not None:
        conditions.append(tuple_(table.time, table.id) < query.cursor)
    return conditions
