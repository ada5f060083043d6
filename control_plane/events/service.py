"""Events out of the log: pages and streams of their stored bodies."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Final, NamedTuple

import msgspec

from control_plane.context import Context
from control_plane.errors import NotFoundError
from control_plane.events.request import EventFilters, Form
from control_plane.paging import read_cursor, write_cursor
from control_plane.principal import Principal
from control_plane.scans.find import find_scan
from schemas.event import decode, encode_2cbp
from stores import events
from stores.events import EventQuery

STREAM_PAGE: Final = 250


class Key(NamedTuple):
    """The order of the log."""

    time: datetime
    id: str


async def page(context: Context, principal: Principal, filters: EventFilters) -> bytes:
    """One page as JSON. The bodies go out as they are stored. Raises ``NotFoundError`` for an unknown scan."""
    bodies = await _bodies(context, principal, filters, read_cursor(filters.cursor, Key), filters.limit)
    following = write_cursor(_key(bodies[-1])) if len(bodies) == filters.limit else None
    items = b",".join(in_form(body, filters.format) for body in bodies)
    return b'{"items":[' + items + b'],"next_cursor":' + msgspec.json.encode(following) + b"}"


async def check(context: Context, principal: Principal, filters: EventFilters) -> None:
    """Raises what a page would raise, before a stream begins."""
    read_cursor(filters.cursor, Key)
    events.of_type(filters.type)
    if filters.scan_id is not None:
        async with context.store.read() as reading:
            await find_scan(reading, principal, filters.scan_id)


async def stream(context: Context, principal: Principal, filters: EventFilters) -> AsyncIterator[bytes]:
    """Everything that matches, one line each, read page by page."""
    after = read_cursor(filters.cursor, Key)
    while True:
        bodies = await _bodies(context, principal, filters, after, STREAM_PAGE)
        if bodies:
            yield b"".join(in_form(body, filters.format) + b"\n" for body in bodies)
        if len(bodies) < STREAM_PAGE:
            return
        after = _key(bodies[-1])


async def one(context: Context, principal: Principal, event_id: str) -> bytes:
    """The body of one event. Raises ``NotFoundError``."""
    async with context.store.read() as reading:
        body = await events.get_event(reading, principal.client_id, event_id)
    if body is None:
        raise NotFoundError("event", event_id)
    return body


def in_form(body: bytes, form: Form) -> bytes:
    """The event as CloudEvents (untouched) or as 2CBP."""
    return body if form == "cloudevents" else encode_2cbp(decode(body))


async def _bodies(
    context: Context, principal: Principal, filters: EventFilters, after: Key | None, limit: int
) -> Sequence[bytes]:
    async with context.store.read() as reading:
        if filters.scan_id is not None:
            await find_scan(reading, principal, filters.scan_id)
        return await events.find_events(
            reading,
            EventQuery(
                client_id=principal.client_id,
                scan_id=filters.scan_id,
                account=filters.account,
                provider=filters.provider,
                category=filters.category,
                type=filters.type,
                resource_id=filters.resource_id,
                region=filters.region,
                since=filters.since,
                until=filters.until,
                limit=limit,
                cursor=after,
            ),
        )


def _key(body: bytes) -> Key:
    event = decode(body)
    return Key(event.time, event.id)
