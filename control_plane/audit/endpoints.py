"""/api/v1/audit."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query

from control_plane.audit.answer import DeedAnswer, DeedList
from control_plane.audit.request import DeedFilters
from control_plane.context import CurrentContext
from control_plane.paging import read_cursor, write_cursor
from control_plane.principal import Principal, needs
from stores import audit
from stores.audit import AuditFilters

Seq = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]

router = APIRouter(prefix="/audit", tags=["audit log"])


@router.get("", summary="Read the audit log")
async def index(
    filters: Annotated[DeedFilters, Query()],
    context: CurrentContext,
    principal: Annotated[Principal, needs("audit:read")],
) -> DeedList:
    """Who did what, when, from where; newest first. Nothing in it can be changed."""
    before, wanted = read_cursor(filters.cursor, Seq), AuditFilters(filters.action, filters.actor, filters.target)
    async with context.store.read() as reading:
        found = await audit.find_entries(reading, principal.client_id, wanted, limit=filters.limit + 1, before=before)
    shown = found[: filters.limit]
    more = write_cursor(shown[-1].seq) if len(found) > len(shown) else None
    return DeedList(items=[DeedAnswer.of(each) for each in shown], next_cursor=more)
