"""The paragraph on findings, sentence by sentence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from schemas.finding import FindingStatus, finding_id
from schemas.scan import RuleCount, ScanSpec, TaskOutcome
from schemas.states import TaskStatus
from stores import Store, facts
from stores.decisions import Decision, decide
from stores.findings import FindingRow, find_findings, get_finding, totals
from stores.history import Entry, history
from stores.tasks import TaskRow
from tests.stores.given import ACCOUNT, DAY, NOW, VOLUME, event, put, spec, waste

RULE = "disk.unattached"
ID = finding_id("acme", VOLUME, RULE)
GRACE = {"grace": "7d"}
LONGER = {"grace": "14d"}
SECOND: dict[str, Any] = {"asof": NOW + DAY, "scanid": "scan-2"}
THIRD: dict[str, Any] = {"asof": NOW + 2 * DAY, "scanid": "scan-3"}
SEEN = event(value="in-use", **SECOND)


async def one(store: Store, now: datetime = NOW, found: str = ID) -> FindingRow:
    async with store.read() as r:
        row = await get_finding(r, "acme", found, now)
    assert row is not None
    return row


async def told(store: Store, now: datetime = NOW + 9 * DAY) -> list[Entry]:
    row = await one(store, now)
    async with store.read() as r:
        return await history(r, row, now)


async def looked(
    store: Store,
    scan: ScanSpec,
    rules: Sequence[RuleCount] = (RuleCount(RULE, "ebs", thresholds=GRACE),),
    complete: Sequence[str] = ("ebs",),
    region: str = "eu-west-1",
) -> None:
    """A task of the scan is settled."""
    outcome, done = TaskOutcome(rules=tuple(rules), complete=tuple(complete)), TaskStatus.SUCCEEDED
    task_id = f"{scan.scan_id}-{region}"
    task = TaskRow(task_id, scan.scan_id, "scan", ACCOUNT, region, "ec2", ("ebs",), done, outcome=outcome)
    async with store.write() as w:
        assert await facts.settle_task(w, task, scan, NOW)


def second(**changes: Any) -> ScanSpec:
    return spec("scan-2", **{"asof": NOW + DAY, **changes})


async def found(store: Store, rule: str = RULE) -> None:
    await put(store, waste(rule=rule, evidence={"state": "available", "thresholds": GRACE}))


async def test_the_same_rule_about_the_same_resource_of_a_client_is_one_finding(store: Store) -> None:
    others = [{"clientid": "other"}, {"rule": "disk.old"}, {"subject": "arn:2"}]
    await put(store, waste(), waste(**SECOND), *[waste(**other) for other in others])
    async with store.read() as r:
        assert len(await find_findings(r, "acme", now=NOW, limit=10)) == 3
        assert len(await find_findings(r, "other", now=NOW, limit=10)) == 1


async def test_gone(store: Store) -> None:
    """The listing is complete, and the scan tells nothing of the resource."""
    await found(store)
    await looked(store, second())
    row = await one(store)
    assert (row.status, row.resolved_at, row.resolved_reason) == ("resolved", NOW + DAY, "gone")


async def test_fixed(store: Store) -> None:
    await found(store)
    await put(store, SEEN)
    await looked(store, second())
    assert (await one(store)).resolved_reason == "fixed"


async def test_a_still_newer_scan_that_sees_it_makes_it_not_fixed_but_gone(store: Store) -> None:
    """What a scan did not show was gone then, whatever came back and was stored before."""
    await found(store)
    await put(store, event(value="in-use", **THIRD))
    await looked(store, second())
    assert (await one(store)).resolved_reason == "gone"


async def test_excluded(store: Store) -> None:
    await found(store)
    await put(store, SEEN, waste(outcome="excluded", **SECOND))
    await looked(store, second())
    row = await one(store)
    assert (row.status, row.resolved_at, row.resolved_reason) == ("resolved", NOW + DAY, "excluded")


@pytest.mark.parametrize(
    ("applied", "reason"), [(GRACE, "fixed"), (LONGER, "threshold_changed"), ({}, "threshold_changed"), (None, "fixed")]
)
async def test_threshold_changed(store: Store, applied: dict[str, Any] | None, reason: str) -> None:
    """The evidence keeps those that were applied; an older worker does not tell its own."""
    await found(store)
    await put(store, SEEN)
    await looked(store, second(), [RuleCount(RULE, "ebs", thresholds=applied)])
    assert (await one(store)).resolved_reason == reason


async def test_what_is_gone_is_gone_whatever_the_thresholds(store: Store) -> None:
    await found(store)
    await looked(store, second(), [RuleCount(RULE, "ebs", thresholds=LONGER)])
    assert (await one(store)).resolved_reason == "gone"


async def test_a_scan_without_metadata_cannot_tell_gone_from_fixed(store: Store) -> None:
    await found(store)
    await looked(store, second(categories=("waste",)))
    assert (await one(store)).resolved_reason == "gone_or_fixed"


@pytest.mark.parametrize(
    ("rule", "changes", "complete", "status"),
    [
        ("disk.bygone", {}, ("ebs",), "resolved"),
        (RULE, {}, ("ebs",), "open"),
        ("disk.bygone", {"categories": ("metadata", "security")}, ("ebs",), "open"),
        ("disk.bygone", {}, (), "open"),
    ],
    ids=["retired", "in the catalogue", "its category was not asked for", "not complete"],
)
async def test_rule_retired(
    store: Store, rule: str, changes: dict[str, Any], complete: tuple[str, ...], status: str
) -> None:
    await found(store, rule)
    await put(store, SEEN)
    await looked(store, second(**changes), [RuleCount("disk.idle", "ebs")], complete)
    row = await one(store, found=finding_id("acme", VOLUME, rule))
    assert (row.status, row.resolved_reason) == (status, "rule_retired" if status == "resolved" else None)


@pytest.mark.parametrize(
    ("scan", "where"),
    [
        (second(asof=NOW), {}),
        (second(asof=NOW - DAY), {}),
        (second(client_id="other"), {}),
        (second(), {"region": "us-east-1"}),
        (second(), {"complete": ()}),
        (second(), {"complete": ("ec2",)}),
        (second(), {"rules": ()}),
        (second(), {"rules": (RuleCount(RULE, "ec2"),)}),
    ],
    ids=[
        "same asof",
        "older",
        "client",
        "region",
        "not complete or denied",
        "another service",
        "no rule",
        "not its rule",
    ],
)
async def test_nothing_else_resolves(store: Store, scan: ScanSpec, where: dict[str, Any]) -> None:
    await found(store)
    before = await one(store)
    await looked(store, scan, **where)
    assert await one(store) == before


async def test_insufficient_data_leaves_it_open_and_unverified_since_then(store: Store) -> None:
    await found(store)
    await put(store, waste(outcome="insufficient_data", **SECOND))
    await looked(store, second())
    await put(store, waste(outcome="insufficient_data", **THIRD))
    row = await one(store)
    assert (row.status, row.unverified_since, row.last_seen) == ("open", NOW + DAY, NOW)


async def test_found_again_is_reopened_and_the_first_sight_is_kept(store: Store) -> None:
    await found(store)
    await looked(store, second())
    await put(store, waste("9.60", **THIRD))
    row = await one(store)
    assert (row.status, row.first_seen, row.last_seen, row.scan_id) == ("open", NOW, NOW + 2 * DAY, "scan-3")
    assert (row.resolved_at, row.resolved_reason) == (None, None)
    kinds = [(entry.kind, entry.scan_id, entry.resolved_reason) for entry in await told(store)]
    assert kinds == [("opened", "scan-1", None), ("resolved", "scan-2", "gone"), ("reopened", "scan-3", None)]


@pytest.mark.parametrize("outcome", ["insufficient_data", "excluded"])
async def test_an_older_overlapping_scan_changes_nothing(store: Store, outcome: str) -> None:
    await put(store, waste("9.60", **THIRD))
    before = await one(store)
    await put(store, waste("8.80", outcome, **SECOND), SEEN)
    await looked(store, second())
    assert await one(store) == before


async def decided(store: Store, status: FindingStatus, at: datetime = NOW, until: date | None = None) -> None:
    async with store.write() as w:
        await decide(w, "acme", [ID], Decision(status, "because", until, "erika", at))


@pytest.mark.parametrize(
    ("now", "status"),
    [
        (NOW, "ignored"),
        (datetime.fromisoformat("2026-11-22T23:59:59.999999Z"), "ignored"),
        (datetime.fromisoformat("2026-11-23T00:00:00Z"), "open"),
    ],
)
async def test_ignored_returns_when_its_date_passes(store: Store, now: datetime, status: str) -> None:
    await found(store)
    await decided(store, "ignored", until=date(2026, 11, 22))
    assert (await one(store, now)).status == status
    async with store.read() as r:
        assert [row.status for row in await find_findings(r, "acme", now=now, limit=10)] == ["open"] * (
            status == "open"
        )
        assert sum(each.count for each in await totals(r, "acme", now=now)) == int(status == "open")


async def test_ignored_holds_through_what_scans_say(store: Store) -> None:
    """Found again, gone, and found again after that."""
    await found(store)
    await decided(store, "ignored")
    await put(store, waste(**SECOND))
    assert (await one(store)).status == "ignored"
    await looked(store, spec("scan-3", asof=NOW + 2 * DAY))
    assert (await one(store)).status == "resolved"
    await put(store, waste(asof=NOW + 3 * DAY, scanid="scan-4"))
    assert (await one(store)).status == "ignored"


async def test_resolved_by_a_person_but_seen_again_is_open(store: Store) -> None:
    await found(store)
    await decided(store, "resolved", NOW + timedelta(hours=1))
    row = await one(store)
    assert (row.status, row.resolved_at, row.resolved_reason) == ("resolved", NOW + timedelta(hours=1), "by_person")
    await put(store, waste(scanid="scan-1b", asof=NOW + timedelta(minutes=59)))
    assert (await one(store)).status == "resolved", "that scan was accepted before the decision"
    await put(store, waste(**SECOND))
    row = await one(store)
    assert (row.status, row.resolved_at, row.resolved_reason) == ("open", None, None)
    assert row.decision is not None
    assert (row.decision.note, row.decision.decided_by) == ("because", "erika")
    last = (await told(store))[-1]
    assert (last.kind, last.scan_id, last.note) == ("reopened", "scan-2", "resolved by erika, and seen again")


async def test_a_person_takes_back_what_was_decided(store: Store) -> None:
    await found(store)
    await decided(store, "ignored")
    await decided(store, "open", NOW + DAY)
    assert (await one(store)).status == "open"
    assert [(entry.kind, entry.by) for entry in await told(store)] == [
        ("opened", None),
        ("ignored", "erika"),
        ("reopened", "erika"),
    ]


async def test_a_decision_is_of_one_client(store: Store) -> None:
    await put(store, waste(), waste(clientid="other"))
    async with store.write() as w:
        await decide(w, "other", [ID], Decision("ignored", "because", None, "mallory", NOW))
    assert (await one(store)).status == "open"


async def test_the_history_tells_what_changed(store: Store) -> None:
    first = {"age_days": 41, "state": "available", "thresholds": GRACE}
    await put(store, waste("8.80", evidence=first))
    await put(store, waste("8.80", evidence=first, **SECOND))
    await put(store, waste("9.60", severity="low", evidence={**first, "age_days": 43}, **THIRD))
    entries = await told(store)
    assert [(entry.kind, entry.at, entry.changed) for entry in entries] == [
        ("opened", NOW, ()),
        ("seen", NOW + 2 * DAY, ("severity", "monthly_saving", "evidence.age_days")),
    ]
    assert (entries[1].severity, entries[1].monthly_saving, entries[1].currency) == ("low", "9.60", "USD")


async def test_the_history_tells_a_doubt_once(store: Store) -> None:
    await found(store)
    for later in (SECOND, THIRD):
        await put(store, waste(outcome="insufficient_data", **later))
    await put(store, waste(asof=NOW + 3 * DAY, scanid="scan-4", evidence={"state": "available", "thresholds": GRACE}))
    assert [(entry.kind, entry.at) for entry in await told(store)] == [("opened", NOW), ("unverified", NOW + DAY)]


async def test_answers_of_earlier_scans_resolve_nothing(store: Store) -> None:
    await found(store)
    await looked(store, second(), rules=[RuleCount(RULE, "ebs", ok=1, thresholds=GRACE, older=True)])
    assert (await one(store)).status == "open"


async def test_an_answer_of_an_earlier_scan_reopens_nothing(store: Store) -> None:
    """What a later scan repeats of the first is as old as the first, and a scan between them saw it fixed."""
    await found(store)
    await put(store, SEEN)
    await looked(store, second())
    await put(store, waste(asof=NOW, scanid="scan-3", evidence={"state": "available", "thresholds": GRACE}))
    row = await one(store)
    assert (row.status, row.resolved_reason, row.resolved_at) == ("resolved", "fixed", NOW + DAY)
