"""Scans that are started together, and the runs of a schedule that start them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from schemas.account import AccountStatus
from schemas.scan import Connection
from schemas.schedule import RunRow, ScanWish, ScheduleSpec, Started
from schemas.selection import AccountSelection
from schemas.states import ScanStatus
from schemas.timetable import Timetable
from stores import Store, accounts, batches, scans, schedules
from stores.accounts import AccountRow
from tests.stores.given import NOW

DAY = timedelta(days=1)
EVERY = AccountSelection(all=True)
ALL = ScanWish()


def account(name: str, provider: Any = "aws", **changes: Any) -> AccountRow:
    values = {
        "account_id": f"{name}-id",
        "client_id": "acme",
        "provider": provider,
        "native_id": f"{name}-native",
        "name": name,
        "connection": Connection(mode="demo", account="111111111111"),
        "tags": {},
        "group": None,
        "unit_path": None,
        "status": AccountStatus.ACTIVE,
        "created_at": NOW,
        "updated_at": NOW,
    }
    return AccountRow(**{**values, **changes})


@pytest.fixture(autouse=True)
async def _accounts(store: Store) -> None:
    async with store.write() as w:
        for row in (
            account("bills", unit_path="root/finance", tags={"team": "money"}),
            account("cluster", "gcp", group="web", unit_path="root/production/web"),
            account("old", status=AccountStatus.CLOSED, group="web"),
            account("shop", group="web", unit_path="root/production", tags={"team": "shop", "env": "prod"}),
            account("theirs", client_id="other", group="web"),
        ):
            assert await accounts.insert_account(w, row)


async def start(store: Store, selection: AccountSelection, wish: ScanWish = ALL, **changes: Any) -> Started:
    async with store.write() as w:
        told = {"parent_id": "together", "asof": NOW, "now": NOW, **changes}
        return await batches.start_scans(w, "acme", selection, wish, **told)


@pytest.mark.parametrize(
    ("selection", "scanned"),
    [
        (EVERY, ["bills-id", "cluster-id", "shop-id"]),
        (AccountSelection(group="web"), ["cluster-id", "shop-id"]),
        (AccountSelection(unit_path="root/production"), ["cluster-id", "shop-id"]),
        (AccountSelection(unit_path="root/prod"), []),
        (AccountSelection(tag="team=shop"), ["shop-id"]),
        (AccountSelection(tag="team"), ["bills-id", "shop-id"]),
        (AccountSelection(tag="team="), []),
        (AccountSelection(accounts=("shop-id", "bills-id", "shop-id", "theirs-id")), ["bills-id", "shop-id"]),
    ],
)
async def test_each_account_that_is_meant_gets_a_scan(
    store: Store, selection: AccountSelection, scanned: list[str]
) -> None:
    assert [each.account_id for each in (await start(store, selection)).scans] == scanned


async def test_the_scans_can_be_found_together_and_know_their_accounts(store: Store) -> None:
    started = await start(store, AccountSelection(group="web"))
    async with store.read() as r:
        rows = await scans.list_scans(r, "acme", parent_id="together", limit=10)
        assert await scans.list_scans(r, "acme", parent_id="another", limit=10) == []
    assert {row.spec.scan_id for row in rows} == {each.scan_id for each in started.scans}
    assert {row.spec.account for row in rows} == {"cluster-id", "shop-id"}


async def test_what_is_left_out_is_told_with_the_reason(store: Store) -> None:
    started = await start(store, EVERY, ScanWish(services=("ebs",)), busy={"bills-id"})
    assert [each.account_id for each in started.scans] == ["shop-id"]
    assert {each.account_id: each.reason for each in started.left_out} == {
        "bills-id": "its scan of the run before still runs",
        "cluster-id": "gcp has none of the services",
        "old-id": "the account is closed",
    }


async def test_regions_that_the_cloud_has_not_are_no_reason_to_scan_all_of_it(store: Store) -> None:
    started = await start(store, EVERY, ScanWish(regions=("eu-west-1",)))
    assert {each.account_id: each.reason for each in started.left_out}["cluster-id"] == "gcp has none of the regions"
    async with store.read() as r:
        rows = await scans.list_scans(r, "acme", parent_id="together", limit=10)
    assert {row.spec.regions for row in rows} == {("eu-west-1",)}


async def run(store: Store, due: int) -> RunRow:
    spec = ScheduleSpec("nightly", Timetable("0 4 * * *"), AccountSelection(group="web"))
    async with store.write() as w:
        row = await schedules.insert_schedule(w, "acme", "s-1", spec, NOW) or await schedules.get_schedule(
            w, "acme", "s-1"
        )
        assert row is not None
        at = NOW + due * DAY
        return await schedules.start_run(w, row, due_at=at, asof=at, now=at)


async def test_an_account_whose_last_scan_still_runs_is_left_out(store: Store) -> None:
    first = await run(store, 1)
    running, ended = first.started.scans
    async with store.write() as w:
        assert await scans.start_scan(w, ended.scan_id, "d", NOW)
        assert await scans.finish_scan(w, ended.scan_id, ScanStatus.COMPLETED, None, NOW, {})
    second = await run(store, 2)
    assert [each.account_id for each in second.started.scans] == [ended.account_id]
    assert running.account_id in {each.account_id for each in second.started.left_out}


async def test_the_first_account_of_a_client_brings_a_nightly_schedule_and_no_other_does(store: Store) -> None:
    async with store.write() as w:
        await schedules.begin_nightly(w, "other", NOW)
        await schedules.begin_nightly(w, "acme", NOW)
        (nightly,) = await schedules.list_schedules(w, "other")
        assert await schedules.list_schedules(w, "acme") == []
    assert (nightly.spec.name, nightly.spec.selection, nightly.spec.timetable.cron) == ("nightly", EVERY, "0 2 * * *")
