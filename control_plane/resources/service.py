"""Resources: the latest state of each, from the folded facts."""

from __future__ import annotations

from typing import Final

from control_plane.context import Context
from control_plane.errors import NotFoundError
from control_plane.findings.answer import FindingAnswer
from control_plane.paging import read_cursor, write_cursor
from control_plane.principal import Principal
from control_plane.resources.answer import ResourceAnswer, ResourceDetail, ResourceList
from control_plane.resources.request import ResourceFilters
from control_plane.scans.find import find_scan
from stores import findings, resources

MOST_FINDINGS: Final = 100
"""More than there are rules for one resource."""


async def page(context: Context, principal: Principal, asked: ResourceFilters) -> ResourceList:
    """By resource id. Raises ``NotFoundError`` for an unknown scan."""
    cursor = read_cursor(asked.cursor, str)
    filters = asked.model_dump(exclude={"limit", "cursor"})
    async with context.store.read() as reading:
        if asked.scan_id is not None:
            await find_scan(reading, principal, asked.scan_id)
        rows = await resources.find_resources(reading, principal.client_id, **filters, limit=asked.limit, cursor=cursor)
    following = write_cursor(rows[-1].resource_id) if len(rows) == asked.limit else None
    return ResourceList(items=[ResourceAnswer.of(row) for row in rows], next_cursor=following)


async def one(context: Context, principal: Principal, resource_id: str) -> ResourceDetail:
    """Raises ``NotFoundError``."""
    async with context.store.read() as reading:
        row = await resources.get_resource(reading, principal.client_id, resource_id)
        if row is None:
            raise NotFoundError("resource", resource_id)
        about = findings.FindingFilters(resource_id=resource_id)
        now, client_id = context.clock(), principal.client_id
        found = await findings.find_findings(reading, client_id, about, now=now, limit=MOST_FINDINGS)
    return ResourceDetail(resource=ResourceAnswer.of(row), findings=[FindingAnswer.of(each) for each in found])
