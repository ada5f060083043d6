"""Resources: one row each, with the newest of every fact."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import func

from schemas.event import Value
from stores.store import AnyRow, ReadSession
from stores.tables import resources
from stores.tenancy import of_client


class Fact(msgspec.Struct, frozen=True, omit_defaults=True):
    """One fact of a resource, and the scan and attempt that it comes from."""

    asof: datetime
    scan_id: str
    attempt: int
    value: Value
    unit: str | None = None
    statistic: str | None = None
    window: dict[str, str] | None = None
    samples: int | None = None
    price: dict[str, str] | None = None

    @property
    def mark(self) -> tuple[datetime, str, int]:
        """What decides between two: the highest wins."""
        return self.asof, self.scan_id, self.attempt


FACTS: Final = msgspec.json.Decoder(dict[str, Fact])


class ResourceRow(msgspec.Struct, frozen=True):
    """One resource. ``facts`` are keyed by event type, with ``#statistic`` behind it for performance."""

    client_id: str
    resource_id: str
    provider: str
    account_id: str
    region: str
    service: str
    resource_type: str
    first_seen: datetime
    last_seen: datetime
    last_scan_id: str
    demo: bool
    facts: dict[str, Fact]


async def find_resources(
    r: ReadSession,
    client_id: str,
    *,
    service: str | None = None,
    provider: str | None = None,
    account: str | None = None,
    region: str | None = None,
    type: str | None = None,  # noqa: A002 - the name that people use in the API
    scan_id: str | None = None,
    limit: int,
    cursor: str | None = None,
) -> list[ResourceRow]:
    """By resource id; ``cursor`` is that of the last one seen. ``scan_id``: last seen by this scan."""
    table = resources.c
    asked = {
        table.service: service,
        table.provider: provider,
        table.account_id: account,
        table.region: region,
        table.resource_type: type,
        table.last_scan_id: scan_id,
    }
    query = of_client(resources, client_id).order_by(table.resource_id).limit(limit)
    query = query.where(*[column == value for column, value in asked.items() if value is not None])
    if cursor is not None:
        query = query.where(table.resource_id > cursor)
    return [resource_of(row) for row in await r.rows(query)]


async def get_resource(r: ReadSession, client_id: str, resource_id: str) -> ResourceRow | None:
    """One resource with its facts."""
    row = await r.row(of_client(resources, client_id).where(resources.c.resource_id == resource_id))
    return None if row is None else resource_of(row)


async def count_by_service(r: ReadSession, client_id: str, scan_id: str | None = None) -> Mapping[str, int]:
    """How many resources there are; with ``scan_id``: last seen by this scan."""
    query = of_client(resources, client_id, resources.c.service, func.count()).group_by(resources.c.service)
    if scan_id is not None:
        query = query.where(resources.c.last_scan_id == scan_id)
    return dict(await r.rows(query.order_by(resources.c.service)))


def resource_of(row: AnyRow) -> ResourceRow:
    """From its row."""
    return ResourceRow(
        client_id=row.client_id,
        resource_id=row.resource_id,
        provider=row.provider,
        account_id=row.account_id,
        region=row.region,
        service=row.service,
        resource_type=row.resource_type,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        last_scan_id=row.last_scan_id,
        demo=row.demo,
        facts=FACTS.decode(row.facts),
    )
