"""The latest scan of each account: what is known now rests on these."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from control_plane.principal import Principal
from stores import ReadSession, scans, tasks
from stores.scans import ScanRow
from stores.tasks import TaskRow

LOOKED_AT: Final = 100

Followed = tuple[ScanRow, Sequence[TaskRow]]


async def latest(reading: ReadSession, principal: Principal, account: str | None = None) -> list[Followed]:
    """One scan an account, with its tasks, newest first; all accounts, or this one."""
    rows = await scans.list_scans(reading, principal.client_id, limit=LOOKED_AT)
    chosen = [row for row in _one_an_account(rows) if account is None or row.account_id in {account, None}]
    return [(row, await tasks.list_tasks(reading, row.spec.scan_id)) for row in chosen]


def _one_an_account(rows: Sequence[ScanRow]) -> list[ScanRow]:
    """A scan that does not know its account yet counts only while it is the newest of all."""
    chosen: dict[str | None, ScanRow] = {}
    for number, row in enumerate(rows):
        if row.account_id is not None or number == 0:
            chosen.setdefault(row.account_id, row)
    return list(chosen.values())
