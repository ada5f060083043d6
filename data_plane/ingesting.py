"""Ingest: a worker takes a bill into the lake; its events go over the bus, and count once all of them are stored."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

import msgspec
import structlog

from bus import Outgoing
from data_plane.backbone import Backbone
from data_plane.event_sink import HEADERS
from data_plane.event_topics import client_topic
from data_plane.jobs import Work
from finops.ingest import run
from finops.ingest.apis import APIS, OPERATIONS, ask, question
from finops.ingest.order import Desk, Order, Source
from finops.ingest.sources import PlaceSource
from finops.readers.pages import Pages
from finops.readers.registry import reader
from scanners.core.errors import TaskLostError
from schemas.errors import NoAccess
from schemas.event import Event, encode
from schemas.ingestion import IngestSpec
from stores import accounts, facts
from stores.lake import open_lake

LOOK_SECONDS: Final = 0.2

log = structlog.get_logger("data_plane.worker")


class BusTeller:
    """Events go to the topic of their client; a materializer stores them."""

    def __init__(self, backbone: Backbone, topic: str, job_id: str, still_ours: Callable[[], Awaitable[bool]]) -> None:
        self._backbone, self._topic, self._job_id, self._still_ours = backbone, topic, job_id, still_ours
        self._sender = backbone.bus.sender()

    async def tell(self, events: Sequence[Event]) -> None:
        """Waits while the bus is full. Raises ``BusError``, and ``TaskLostError`` when the job is no longer ours."""
        if not await self._still_ours():
            raise TaskLostError(self._job_id)
        await self._sender.send([Outgoing(self._topic, each.subject, encode(each), HEADERS) for each in events])

    async def settle(self) -> None:
        """Until the materializer's positions are behind all that was told."""
        highest = await self._sender.flush()
        while not await self._is_stored(highest):
            if not await self._still_ours():
                raise TaskLostError(self._job_id)
            await asyncio.sleep(LOOK_SECONDS)

    async def _is_stored(self, highest: Mapping[tuple[str, int], int]) -> bool:
        async with self._backbone.store.read() as reading:
            positions = await facts.positions(reading)
        return all(positions.get(position, 0) > offset for position, offset in highest.items())


async def _source(work: Work, spec: IngestSpec) -> Source:
    """Files at a place, or the answers of an account's API."""
    if spec.source not in APIS:
        return PlaceSource(spec.path, work.backbone.settings)
    async with work.backbone.store.read() as reading:
        account = await accounts.get_account(reading, work.job.client_id, spec.account)
    if account is None:
        raise NoAccess("the account was deleted", code="AccountDeleted")
    now, native_id = work.backbone.clock(), account.native_id or account.connection.account
    name = f"costs-{work.job.job_id}"
    asked = question(
        spec.source, account.connection, now, client_id=account.client_id, name=name, account=account.account_id
    )
    async with work.connections.of(asked, *OPERATIONS[spec.source]) as clients:
        return await ask(spec.source, clients, native_id, spec.since, spec.until, now)


async def ingest(work: Work) -> dict[str, Any]:
    """The reconciliation of each delivery. Raises ``InvalidInputError`` for a bill that is refused."""
    backbone, spec = work.backbone, msgspec.convert(work.job.spec, IngestSpec)
    told = log.bind(job_id=work.job.job_id, client_id=work.job.client_id)
    topic = await client_topic(backbone, work.job.client_id)
    source = await _source(work, spec)
    order = Order(
        reader=reader(spec.source),
        source=source,
        demo=isinstance(source, Pages) and source.demo,
        client_id=work.job.client_id,
        replace=spec.replace,
    )
    desk = Desk(
        settings=backbone.settings,
        store=backbone.store,
        lake=open_lake(backbone.settings),
        teller=BusTeller(backbone, topic, work.job.job_id, work.still_ours),
        clock=backbone.clock,
        step=lambda step: told.info("ingestion_step", step=step),
    )
    done = await run.ingest(order, desk)
    return {"deliveries": [msgspec.to_builtins(each) for each in done]}
