"""GET /api/v1/findings, /findings/{id} and /resources."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from schemas.states import ScanStatus
from stores import Store
from tests.control_plane.facts import (
    ACCOUNT,
    OTHER_ACCOUNT,
    accept,
    denied,
    exposed,
    fact,
    keep,
    read,
    run,
    spec,
    volume,
    wasted,
)

A, B, C = volume("vol-a"), volume("vol-b", "us-east-1", OTHER_ACCOUNT), volume("vol/c:1")
BUCKET = "arn:aws:s3:::logs"

FINDINGS = [
    wasted(A, "disk.unattached", "8.80", evidence={"price": {"key": "ebs", "source_date": "2026-11-01"}}),
    wasted(B, "disk.unattached", "1000.05", account=OTHER_ACCOUNT, region="us-east-1", scan_id="scan-2"),
    wasted(C, "snapshot.old", None, severity="medium", service="snapshot"),
    exposed(BUCKET, "bucket.public", service="s3"),
    wasted(A, "disk.on_stopped_vm", "8.80", severity="low"),
]
BY_MONEY = [
    "1000.05 disk.unattached",
    "8.80 disk.unattached",
    "8.80 disk.on_stopped_vm",
    "None bucket.public",
    "None snapshot.old",
]


@pytest.fixture(autouse=True)
async def _stored(store: Store) -> None:
    await run(store, spec("scan-1"), [read("ebs"), denied("s3")], status=ScanStatus.PARTIAL)
    await run(store, spec("scan-2"), [read("ebs"), read("s3")], account=OTHER_ACCOUNT, seconds=1)
    await keep(store, FINDINGS)
    await keep(store, [fact(C, "aws.metadata.ebs.size_gib", 100, unit="GiB"), fact(A, "aws.metadata.ebs.size_gib", 1)])
    await keep(store, [fact(C, "aws.performance.ebs.read_ops", 0.5, statistic="average", samples=336, unit="Count")])


def short(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [f"{item['monthly_saving']} {item['rule']}" for item in answer.json()["items"]]


async def test_findings_come_by_money_and_the_unknown_price_last(api: httpx.AsyncClient) -> None:
    answer = await api.get("/api/v1/findings")
    assert short(answer) == BY_MONEY
    assert answer.json()["totals"] == {
        "findings": 5,
        "monthly_saving": {"USD": "1017.65"},
        "by_severity": {
            "critical": {"findings": 1, "monthly_saving": {}},
            "high": {"findings": 2, "monthly_saving": {"USD": "1008.85"}},
            "medium": {"findings": 1, "monthly_saving": {}},
            "low": {"findings": 1, "monthly_saving": {"USD": "8.80"}},
        },
    }


@pytest.mark.parametrize("limit", [1, 2, 3])
async def test_pages_show_everything_once_and_always_the_totals_of_all(api: httpx.AsyncClient, limit: int) -> None:
    seen: list[str] = []
    cursor: dict[str, Any] = {}
    while True:
        answer = await api.get("/api/v1/findings", params={"limit": limit, **cursor})
        seen += short(answer)
        assert answer.json()["totals"]["findings"] == 5
        if answer.json()["next_cursor"] is None:
            break
        cursor = {"cursor": answer.json()["next_cursor"]}
    assert seen == BY_MONEY


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"category": "security"}, ["None bucket.public"]),
        ({"severity": "low"}, ["8.80 disk.on_stopped_vm"]),
        ({"rule": "disk.unattached"}, ["1000.05 disk.unattached", "8.80 disk.unattached"]),
        ({"account": OTHER_ACCOUNT}, ["1000.05 disk.unattached"]),
        ({"region": "us-east-1"}, ["1000.05 disk.unattached"]),
        ({"service": "snapshot"}, ["None snapshot.old"]),
        ({"scan_id": "scan-2"}, ["1000.05 disk.unattached"]),
        ({"resource_id": A}, ["8.80 disk.unattached", "8.80 disk.on_stopped_vm"]),
        ({"status": "resolved"}, []),
        ({"status": "all"}, BY_MONEY),
    ],
)
async def test_each_filter_lets_through_what_it_says(
    api: httpx.AsyncClient, query: dict[str, str], expected: list[str]
) -> None:
    answer = await api.get("/api/v1/findings", params=query)
    assert short(answer) == expected
    assert answer.json()["totals"]["findings"] == len(expected)


async def test_an_empty_answer_about_a_scan_with_gaps_does_not_read_as_clean(api: httpx.AsyncClient) -> None:
    told = (await api.get("/api/v1/findings", params={"scan_id": "scan-1", "rule": "vm.idle"})).json()
    assert told["items"] == []
    assert told["coverage"]["complete"] is False
    assert (told["coverage"]["services_reached"], told["coverage"]["services_total"]) == (1, 2)
    assert [(gap["account_id"], gap["action"]) for gap in told["coverage"]["gaps"]] == [(ACCOUNT, "s3:List")]


async def test_a_clean_later_scan_of_another_account_hides_no_gap(api: httpx.AsyncClient, store: Store) -> None:
    told = (await api.get("/api/v1/findings")).json()["coverage"]
    assert (told["scan_ids"], told["complete"]) == (["scan-2", "scan-1"], False)
    assert (await api.get("/api/v1/findings", params={"account": OTHER_ACCOUNT})).json()["coverage"]["complete"] is True
    await run(store, spec("scan-3"), [read("ebs"), read("s3")], seconds=2)
    assert (await api.get("/api/v1/findings")).json()["coverage"]["complete"] is True
    await accept(store, spec("scan-4"), seconds=3)
    assert (await api.get("/api/v1/findings")).json()["coverage"]["complete"] is False


async def test_an_unknown_scan_is_an_error_and_not_an_empty_answer(api: httpx.AsyncClient) -> None:
    assert (await api.get("/api/v1/findings", params={"scan_id": "nothing"})).status_code == 404
    assert (await api.get("/api/v1/resources", params={"scan_id": "nothing"})).status_code == 404


async def test_one_finding_shows_its_evidence(api: httpx.AsyncClient) -> None:
    listed = (await api.get("/api/v1/findings", params={"resource_id": A})).json()["items"][0]
    told = (await api.get(f"/api/v1/findings/{listed['id']}")).json()
    assert told == listed
    assert told["evidence"] == {"price": {"key": "ebs", "source_date": "2026-11-01"}}
    assert (await api.get(f"/api/v1/events/{told['event_id']}")).json()["data"]["value"]["rule"] == "disk.unattached"
    assert (await api.get(f"/api/v1/findings/{told['id'][::-1]}")).status_code == 404


async def test_resources_have_their_facts_and_findings_under_their_own_id(api: httpx.AsyncClient) -> None:
    told = (await api.get(f"/api/v1/resources/{C}")).json()
    assert told["resource"]["resource_id"] == C
    assert told["resource"]["facts"]["aws.metadata.ebs.size_gib"]["value"] == 100
    assert told["resource"]["facts"]["aws.performance.ebs.read_ops#average"]["samples"] == 336
    assert [finding["rule"] for finding in told["findings"]] == ["snapshot.old"]
    encoded = C.replace(":", "%3A").replace("/", "%2F")
    assert (await api.get(f"/api/v1/resources/{encoded}")).json() == told
    assert (await api.get(f"/api/v1/resources/{C}x")).status_code == 404


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, sorted([A, B, C, BUCKET])),
        ({"service": "s3"}, [BUCKET]),
        ({"provider": "gcp"}, []),
        ({"account": OTHER_ACCOUNT}, [B]),
        ({"region": "us-east-1"}, [B]),
        ({"type": "AWS::S3::Bucket"}, []),
        ({"scan_id": "scan-2"}, [B]),
    ],
)
async def test_resources_are_filtered_and_paged_by_id(
    api: httpx.AsyncClient, query: dict[str, str], expected: list[str]
) -> None:
    seen: list[str] = []
    cursor: dict[str, Any] = {}
    while True:
        page = (await api.get("/api/v1/resources", params={**query, "limit": 2, **cursor})).json()
        seen += [item["resource_id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == expected
