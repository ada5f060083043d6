"""One request, many accounts: a scan for each that a selection means."""

from __future__ import annotations

import uuid
from typing import Annotated

import structlog
from pydantic import Field

from control_plane.accounts.selection import SelectionRequest
from control_plane.audit.record import record
from control_plane.context import Context
from control_plane.errors import ConflictError, InvalidRequestError
from control_plane.principal import Principal
from control_plane.scans.accepting import fingerprint
from control_plane.schedules.request import Categories, Lookback, Names
from control_plane.schedules.service import unknown_names
from control_plane.strict import Strict
from schemas.scan import DEFAULT_LOOKBACK_DAYS
from schemas.schedule import ScanWish, Started, StartedScan
from stores import ReadSession, batches, idempotency, scans
from stores.idempotency import KeptKey

MOST = 100_000
"""Scans that are told again for a request that is repeated."""

log = structlog.get_logger("control_plane")


class BatchRequest(Strict):
    """Which accounts, and what of each. What is left out means all."""

    selection: SelectionRequest
    services: Names | None = Field(
        None, description="Services and `@groups`; an account whose cloud has none of them is left out."
    )
    regions: Names | None = None
    categories: Categories | None = None
    lookback_days: Annotated[Lookback, Field()] = DEFAULT_LOOKBACK_DAYS

    def wish(self) -> ScanWish:
        """As it is kept."""
        named = {
            name: None if (given := getattr(self, name)) is None else tuple(given)
            for name in ("services", "regions", "categories")
        }
        return ScanWish(**named, lookback_days=self.lookback_days)


async def accept_batch(
    context: Context, principal: Principal, asked: BatchRequest, key: str | None
) -> tuple[Started, bool]:
    """Store the scans in one transaction; and whether the key of the request stood for them already.

    Raises ``InvalidRequestError`` or ``ConflictError``.
    """
    wish, client_id, now = asked.wish(), principal.client_id, context.clock()
    if errors := [*unknown_names(wish)]:
        raise InvalidRequestError(errors)
    parent_id = uuid.uuid4().hex
    async with context.store.write() as writing:
        if key is not None:
            wanted = KeptKey(parent_id, fingerprint({"batch": asked.model_dump(exclude_defaults=True)}))
            if not await idempotency.take_key(writing, client_id, key, wanted, now):
                return await _replayed(writing, client_id, key, wanted.fingerprint), True
        asof = context.settings.fixed_now or now
        selection = asked.selection.selection()
        started = await batches.start_scans(
            writing, client_id, selection, wish, parent_id=parent_id, asof=asof, now=now
        )
        await record(writing, context, principal, "scan.create", f"batch:{parent_id}", scans=len(started.scans))
    log.info("batch_accepted", parent_id=parent_id, client_id=client_id, scans=len(started.scans))
    return started, False


async def _replayed(reading: ReadSession, client_id: str, key: str, request: str) -> Started:
    kept = await idempotency.find_key(reading, client_id, key)
    if kept is None or kept.fingerprint != request:
        raise ConflictError(f'Idempotency-Key "{key}" stands for another request; give each request a key of its own')
    rows = await scans.list_scans(reading, client_id, parent_id=kept.scan_id, limit=MOST)
    told = [
        StartedScan(row.spec.scan_id, row.spec.account or "", row.spec.provider, row.account_id or "") for row in rows
    ]
    return Started(kept.scan_id, tuple(told))
