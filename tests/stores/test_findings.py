from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.finding import SEVERITIES, finding_id
from stores import Store, findings
from stores.findings import Cursor, FindingFilters, FindingRow, FindingTotal
from tests.stores.given import ACCOUNT, DAY, NOW, VOLUME, event, put, settled, spec, waste

ID = finding_id("acme", VOLUME, "disk.unattached")
NEXT: dict[str, Any] = {"asof": NOW + DAY, "scanid": "scan-2"}
LAST: dict[str, Any] = {"asof": NOW + 2 * DAY, "scanid": "scan-3"}
S2 = spec("scan-2", asof=NOW + DAY)


async def finding(store: Store, found: str = ID) -> FindingRow | None:
    async with store.read() as r:
        return await findings.get_finding(r, "acme", found, NOW)


async def one(store: Store) -> FindingRow:
    row = await finding(store)
    assert row is not None
    return row


async def status(store: Store, found: str) -> str:
    row = await finding(store, found)
    assert row is not None
    return row.status


async def listed(store: Store, client: str = "acme", **asked: Any) -> list[str]:
    async with store.read() as r:
        rows = await findings.find_findings(r, client, FindingFilters(**asked), now=NOW, limit=100)
    return [row.resource_id for row in rows]


@pytest.mark.parametrize("outcome", ["waste", "exposed"])
async def test_a_finding_opens_with_its_evidence(store: Store, outcome: str) -> None:
    told = waste(outcome=outcome)
    await put(store, told)
    assert await one(store) == FindingRow(
        id=ID,
        client_id="acme",
        resource_id=VOLUME,
        rule="disk.unattached",
        category="waste",
        provider="aws",
        account_id=ACCOUNT,
        region="eu-west-1",
        service="ebs",
        severity="high",
        severity_rank=1,
        reason="attached to nothing",
        monthly_saving=Decimal("8.80"),
        currency="USD",
        evidence={"state": "available"},
        status="open",
        first_seen=NOW,
        last_seen=NOW,
        event_id=told.id,
        scan_id="scan-1",
        demo=False,
        unverified_since=None,
        resolved_at=None,
        resolved_reason=None,
    )


@pytest.mark.parametrize("outcome", ["excluded", "insufficient_data"])
async def test_an_outcome_that_is_no_finding_opens_nothing(store: Store, outcome: str) -> None:
    await put(store, waste(outcome=outcome))
    assert await finding(store) is None


async def test_a_finding_that_is_seen_again_keeps_its_first_sight(store: Store) -> None:
    await put(store, waste("8.80"))
    await put(store, waste("9.60", **NEXT))
    row = await one(store)
    assert (row.first_seen, row.last_seen, row.monthly_saving) == (NOW, NOW + DAY, Decimal("9.60"))
    assert row.scan_id == "scan-2"


@pytest.mark.parametrize("late", ["excluded", "insufficient_data"])
async def test_an_older_scan_changes_nothing(store: Store, late: str) -> None:
    await put(store, waste("9.60", **NEXT))
    before = await one(store)
    await put(store, waste("8.80", outcome=late))
    assert await one(store) == before


async def test_an_older_scan_that_found_it_too_tells_only_how_long_it_is_there(store: Store) -> None:
    await put(store, waste("9.60", **NEXT))
    before = await one(store)
    await put(store, waste("8.80"))
    assert await one(store) == msgspec.structs.replace(before, first_seen=NOW)


async def test_a_higher_attempt_of_the_same_scan_wins(store: Store) -> None:
    await put(store, waste("8.80", attempt=2))
    await put(store, waste("1.00", attempt=1))
    assert (await one(store)).monthly_saving == Decimal("8.80")


async def test_excluded_resolves_what_is_open(store: Store) -> None:
    await put(store, waste())
    await put(store, waste(outcome="excluded", **NEXT))
    row = await one(store)
    assert (row.status, row.resolved_reason, row.resolved_at) == ("resolved", "excluded", NOW + DAY)


async def test_insufficient_data_leaves_it_open_and_unverified(store: Store) -> None:
    await put(store, waste())
    await put(store, waste(outcome="insufficient_data", **NEXT))
    await put(store, waste(outcome="insufficient_data", **LAST))
    row = await one(store)
    assert (row.status, row.unverified_since, row.scan_id) == ("open", NOW + DAY, "scan-1")
    await put(store, waste(asof=NOW + 3 * DAY, scanid="scan-4"))
    assert (await one(store)).unverified_since is None


async def test_what_is_found_again_is_reopened(store: Store) -> None:
    await put(store, waste())
    await put(store, waste(outcome="excluded", **NEXT))
    await put(store, waste(**LAST))
    row = await one(store)
    assert (row.status, row.first_seen, row.last_seen) == ("open", NOW, NOW + 2 * DAY)
    assert (row.resolved_at, row.resolved_reason) == (None, None)


async def test_several_verdicts_in_one_batch_are_one_history(store: Store) -> None:
    await put(store, waste(**LAST), waste(), waste(outcome="excluded", **NEXT))
    row = await one(store)
    assert (row.status, row.scan_id) == ("open", "scan-3")


async def test_a_newer_complete_scan_resolves_what_it_no_longer_shows(store: Store) -> None:
    await put(store, waste())
    assert await settled(store, S2)
    row = await one(store)
    assert (row.status, row.resolved_reason, row.resolved_at) == ("resolved", "gone", NOW + DAY)
    assert (row.scan_id, row.last_seen) == ("scan-1", NOW)


@pytest.mark.parametrize(
    ("why", "looked"),
    [
        ("its listing was not complete", {"complete": ()}),
        ("another service was complete", {"complete": ("ec2",)}),
        ("the rule was not evaluated", {"rules": ("disk.other",)}),
        ("it looked at another region", {"region": "us-east-1"}),
        ("it looked at another service", {"service": "ec2", "complete": ("ec2", "ebs")}),
    ],
)
async def test_nothing_is_resolved_when(store: Store, why: str, looked: dict[str, Any]) -> None:
    await put(store, waste())
    await settled(store, S2, **looked)
    assert (await one(store)).status == "open", why


async def exposed_bucket(store: Store, region: str) -> str:
    """Found by the first scan; the id of the finding."""
    value = {"rule": "bucket.public", "outcome": "exposed", "reason": "anybody can read it", "severity": "critical"}
    subject = f"arn:aws:s3:::in-{region}"
    await put(store, event("aws.security.s3.public", value, subject=subject, region=region))
    return finding_id("acme", subject, "bucket.public")


async def looked_at_buckets(store: Store, scan_id: str, asof: datetime, regions: tuple[str, ...] | None) -> None:
    home: dict[str, Any] = {"region": "us-east-1", "service": "s3", "rules": ("bucket.public",), "complete": ("s3",)}
    assert await settled(store, spec(scan_id, asof=asof, regions=regions), **home)


async def test_a_global_service_is_resolved_in_the_regions_that_were_asked_for(store: Store) -> None:
    there = await exposed_bucket(store, "eu-west-1")
    elsewhere = await exposed_bucket(store, "eu-central-1")
    home = await exposed_bucket(store, "us-east-1")
    await looked_at_buckets(store, "scan-2", NOW + DAY, ("eu-west-1", "eu-north-1"))
    rows = [await finding(store, each) for each in (there, elsewhere, home)]
    assert [row.status for row in rows if row] == ["resolved", "open", "open"]


async def test_an_older_event_opens_nothing_in_a_region_that_a_newer_scan_looked_at(store: Store) -> None:
    await looked_at_buckets(store, "scan-2", NOW + DAY, ("eu-west-1",))
    assert await status(store, await exposed_bucket(store, "eu-west-1")) == "resolved"
    assert await status(store, await exposed_bucket(store, "eu-central-1")) == "open"


async def test_the_newest_look_counts_of_a_region_and_of_all_regions(store: Store) -> None:
    await looked_at_buckets(store, "scan-0", NOW - DAY, ("eu-west-1",))
    await looked_at_buckets(store, "scan-2", NOW + DAY, None)
    assert await status(store, await exposed_bucket(store, "eu-west-1")) == "resolved"


@pytest.mark.parametrize("change", [{"asof": NOW}, {"asof": NOW - DAY}, {"client_id": "other"}])
async def test_a_scan_that_is_not_newer_or_not_of_the_client_resolves_nothing(
    store: Store, change: dict[str, Any]
) -> None:
    await put(store, waste())
    await settled(store, spec("scan-2", **{"asof": NOW + DAY, **change}))
    assert (await one(store)).status == "open"


async def test_another_account_resolves_nothing(store: Store) -> None:
    await put(store, waste(accountid="222222222222"))
    await settled(store, S2)
    assert (await one(store)).status == "open"


async def test_what_the_newer_scan_saw_itself_stays(store: Store) -> None:
    await put(store, waste())
    await put(store, waste(**NEXT))
    await settled(store, S2)
    assert (await one(store)).status == "open"


async def test_what_the_newer_scan_could_not_judge_stays(store: Store) -> None:
    await put(store, waste())
    await put(store, waste(outcome="insufficient_data", **NEXT))
    await settled(store, S2)
    assert (await one(store)).status == "open"


@pytest.mark.parametrize("settled_first", [True, False])
async def test_what_a_newer_scan_could_not_judge_opens_unverified_when_it_comes_late(
    store: Store, settled_first: bool
) -> None:
    await put(store, waste(outcome="insufficient_data", **NEXT))
    if settled_first:
        await settled(store, S2)
        await put(store, waste())
    else:
        await put(store, waste())
        await settled(store, S2)
    row = await one(store)
    assert (row.status, row.unverified_since, row.scan_id) == ("open", NOW + DAY, "scan-1")


async def test_what_a_newer_scan_excluded_does_not_open_when_it_comes_late(store: Store) -> None:
    await put(store, waste(outcome="excluded", **NEXT))
    await put(store, waste())
    assert (await one(store)).status == "resolved"


async def test_what_the_newest_scan_did_not_show_does_not_open_whatever_was_said_before(store: Store) -> None:
    await put(store, waste(outcome="insufficient_data", **NEXT))
    await settled(store, spec("scan-3", asof=NOW + 2 * DAY))
    await put(store, waste())
    row = await one(store)
    assert (row.status, row.resolved_at, row.unverified_since) == ("resolved", NOW + 2 * DAY, NOW + DAY)


async def test_an_older_event_cannot_reopen_what_was_resolved(store: Store) -> None:
    await put(store, waste())
    await settled(store, spec("scan-3", asof=NOW + 2 * DAY))
    await put(store, waste(**NEXT))
    assert (await one(store)).status == "resolved"


async def test_an_older_event_cannot_open_what_a_newer_scan_did_not_show(store: Store) -> None:
    await settled(store, S2)
    await put(store, waste())
    row = await one(store)
    assert (row.status, row.resolved_at) == ("resolved", NOW + DAY)
    await put(store, waste(**LAST))
    row = await one(store)
    assert (row.status, row.first_seen, row.last_seen) == ("open", NOW, NOW + 2 * DAY)


async def test_a_global_service_is_resolved_in_all_regions(store: Store) -> None:
    """Its one task runs in the home region; the catalogue says that s3 is global."""
    value = {"rule": "bucket.public", "outcome": "exposed", "reason": "anybody can read it", "severity": "critical"}
    made = event("aws.security.s3.public", value, subject="arn:aws:s3:::b", region="eu-central-1")
    await put(store, made)
    home: dict[str, Any] = {"region": "us-east-1", "service": "s3", "rules": ("bucket.public",), "complete": ("s3",)}
    await settled(store, S2, **home)
    row = await finding(store, finding_id("acme", "arn:aws:s3:::b", "bucket.public"))
    assert row is not None
    assert row.status == "resolved"
    await put(store, waste(outcome="exposed", rule="bucket.public", subject="arn:x"))
    assert await listed(store) == ["arn:x"]


async def test_the_filters(store: Store) -> None:
    await put(
        store,
        waste(subject="arn:1"),
        waste(subject="arn:2", severity="low", region="us-east-1", scanid="scan-2", accountid="2"),
        waste(subject="arn:3", rule="disk.on_stopped_vm", clientid="acme"),
        waste(subject="arn:4"),
        waste(subject="arn:5", clientid="other"),
    )
    await put(store, waste(subject="arn:4", outcome="excluded", **NEXT))
    assert sorted(await listed(store)) == ["arn:1", "arn:2", "arn:3"]
    assert await listed(store, status="resolved") == ["arn:4"]
    assert len(await listed(store, status=None)) == 4
    assert await listed(store, severity="low") == ["arn:2"]
    assert await listed(store, region="us-east-1") == ["arn:2"]
    assert await listed(store, account="2") == ["arn:2"]
    assert await listed(store, scan_id="scan-2") == ["arn:2"]
    assert await listed(store, rule="disk.on_stopped_vm") == ["arn:3"]
    assert await listed(store, resource_id="arn:3") == ["arn:3"]
    assert await listed(store, category="security") == []
    assert await listed(store, service="ec2") == []
    assert await listed(store, "other") == ["arn:5"]
    async with store.read() as r:
        assert await findings.get_finding(r, "other", ID, NOW) is None


async def test_money_is_summed_exactly_by_severity_and_currency(store: Store) -> None:
    await put(
        store,
        *[waste("0.10", subject=f"arn:{n}") for n in range(3)],
        waste("1234567890.123456", subject="arn:4"),
        waste("5", currency="EUR", subject="arn:5"),
        waste(None, severity="critical", subject="arn:6"),
        waste("99", clientid="other"),
    )
    async with store.read() as r:
        totals = await findings.totals(r, "acme", now=NOW)
    assert totals == [
        FindingTotal("critical", None, 1, None),
        FindingTotal("high", "EUR", 1, Decimal("5.00")),
        FindingTotal("high", "USD", 4, Decimal("1234567890.423456")),
    ]


savings = st.one_of(st.none(), st.decimals("0", "30", places=2).map(str), st.sampled_from(["9.90", "10.00", "100.00"]))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(savings, st.sampled_from(SEVERITIES)), min_size=1, max_size=15), size=st.integers(1, 5))
async def test_pages_go_by_money_without_gap_or_double(
    store: Store, rows: list[tuple[str | None, str]], size: int
) -> None:
    from uuid import uuid4

    client = uuid4().hex
    made = [waste(s, severity=v, clientid=client, subject=f"arn:{n}") for n, (s, v) in enumerate(rows)]
    await put(store, *made)
    seen: list[Cursor] = []
    while True:
        async with store.read() as r:
            page = await findings.find_findings(r, client, now=NOW, limit=size, cursor=seen[-1] if seen else None)
        seen += [findings.cursor_of(row) for row in page]
        if len(page) < size:
            break
    expected = [
        (None if s is None else Decimal(s), SEVERITIES.index(v), finding_id(client, f"arn:{n}", "disk.unattached"))
        for n, (s, v) in enumerate(rows)
    ]
    assert seen == sorted(expected, key=lambda row: (row[0] is None, -(row[0] or Decimal(0)), row[1], row[2]))


@pytest.mark.parametrize("wrong", ["much", "NaN", "-Infinity", "1e10"])
async def test_a_saving_that_is_no_amount_is_refused(store: Store, wrong: str) -> None:
    with pytest.raises(ValueError, match=f"'{wrong}' is no amount"):
        await put(store, waste(wrong))
    assert await finding(store) is None
    await put(store, waste("9999999999.999999"))
    assert (await one(store)).monthly_saving == Decimal("9999999999.999999")


async def test_the_largest_amounts_are_summed_exactly(store: Store) -> None:
    await put(store, *[waste("9999999999.999999", subject=f"{VOLUME}{n}") for n in range(900)])
    async with store.read() as r:
        (total,) = await findings.totals(r, "acme", now=NOW)
    assert total.monthly_saving == Decimal("8999999999999.9991")
