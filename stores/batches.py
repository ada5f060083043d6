"""Scans that are started together: one for each account that a selection means, in one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import Final

from schemas.account import AccountStatus
from schemas.event import CATEGORIES
from schemas.scan import ScanSpec
from schemas.schedule import LeftOut, ScanWish, Started, StartedScan
from schemas.selection import AccountSelection
from stores import accounts, scans
from stores.accounts import AccountFilters, AccountRow
from stores.store import ReadSession, WriteSession

PAGE: Final = 1000
_NAMESPACE: Final = uuid.UUID("0b8a5d8e-4d4b-5a0c-9a1e-3c1c1f6f2a77")


async def start_scans(
    w: WriteSession,
    client_id: str,
    selection: AccountSelection,
    wish: ScanWish,
    *,
    parent_id: str,
    asof: datetime,
    now: datetime,
    busy: Collection[str] = (),
) -> Started:
    """One scan for each account that is active and not ``busy``; the ids follow from ``parent_id`` and the account."""
    made: list[StartedScan] = []
    left_out: list[LeftOut] = []
    for row in await selected(w, client_id, selection):
        reason = _reason(row, wish, busy)
        if reason:
            left_out.append(LeftOut(row.account_id, reason))
            continue
        spec = scan_of(row, wish, str(uuid.uuid5(_NAMESPACE, f"{parent_id}/{row.account_id}")), parent_id, asof)
        await scans.insert_scan(w, spec, now)
        made.append(StartedScan(spec.scan_id, row.account_id, row.provider, row.native_id or ""))
    return Started(parent_id, tuple(made), tuple(left_out))


async def selected(r: ReadSession, client_id: str, selection: AccountSelection) -> list[AccountRow]:
    """Every account that is meant, whatever its status, by name. Ids that the client has not are not there."""
    if selection.accounts is not None:
        found = [await accounts.get_account(r, client_id, each) for each in dict.fromkeys(selection.accounts)]
        return sorted((row for row in found if row is not None), key=_place)
    key, equals, value = (selection.tag or "").partition("=")
    tag = (key, value if equals else None) if selection.tag is not None else None
    wanted = AccountFilters(group=selection.group, unit_path=selection.unit_path, tag=tag)
    rows: list[AccountRow] = []
    while page := await accounts.find_accounts(
        r, client_id, wanted, limit=PAGE, after=_place(rows[-1]) if rows else None
    ):
        rows += page
    return rows


def _place(row: AccountRow) -> tuple[str, str]:
    return row.name, row.account_id


def scan_of(row: AccountRow, wish: ScanWish, scan_id: str, parent_id: str | None, asof: datetime) -> ScanSpec:
    """The scan of an account, as the data plane gets it."""
    return ScanSpec(
        scan_id=scan_id,
        client_id=row.client_id,
        provider=row.provider,
        connection=row.connection,
        services=wish.services_of(row.provider),
        regions=wish.regions_of(row.provider),
        categories=tuple(each for each in CATEGORIES if wish.categories is None or each in wish.categories),
        resource_ids=None,
        lookback_days=wish.lookback_days,
        asof=asof,
        account=row.account_id,
        parent_id=parent_id,
    )


def _reason(row: AccountRow, wish: ScanWish, busy: Collection[str]) -> str | None:
    """Why it is not scanned; None when it is."""
    if row.status is not AccountStatus.ACTIVE:
        return f"the account is {row.status}"
    if row.account_id in busy:
        return "its scan of the run before still runs"
    if not wish.services_of(row.provider):
        return f"{row.provider} has none of the services"
    return f"{row.provider} has none of the regions" if wish.regions_of(row.provider) == () else None
