"""GET /api/v1/scans and /scans/{id}."""

from __future__ import annotations

import httpx
import pytest

from schemas.states import ScanStatus
from stores import Store
from tests.control_plane.facts import ACCOUNT, accept, denied, exposed, fact, keep, read, run, spec, volume, wasted


async def test_one_scan_tells_state_tasks_counts_coverage_and_calls(api: httpx.AsyncClient, store: Store) -> None:
    await run(store, spec(), [read("ebs", 2), denied("s3")], status=ScanStatus.PARTIAL)
    a, b = volume("vol-a"), volume("vol-b")
    await keep(
        store,
        [
            fact(a, "aws.metadata.ebs.size_gib", 100),
            fact(b, "aws.metadata.ebs.size_gib", 50),
            wasted(a, "disk.unattached", "8.80"),
            wasted(b, "disk.unattached", None, severity="low"),
            exposed(a, "disk.unencrypted"),
        ],
    )
    told = (await api.get("/api/v1/scans/scan-1")).json()
    assert (told["status"], told["account_id"], told["duration_seconds"]) == ("PARTIAL", ACCOUNT, 4.0)
    assert told["principal"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/audit/x"
    assert told["connection"]["mode"] == "ambient"
    assert told["tasks"]["by_status"] == {"SUCCEEDED": 3}
    assert [task["services"] for task in told["tasks"]["items"]] == [[], ["ebs"], ["s3"]]
    assert told["counts"]["events"] == {"metadata": 2, "security": 1, "waste": 2}
    assert told["counts"]["resources"] == {"ebs": 2}
    assert told["counts"]["findings"] == {
        "findings": 3,
        "monthly_saving": {"USD": "8.80"},
        "by_severity": {
            "critical": {"findings": 1, "monthly_saving": {}},
            "high": {"findings": 1, "monthly_saving": {"USD": "8.80"}},
            "low": {"findings": 1, "monthly_saving": {}},
        },
    }
    assert told["calls"] == {
        "total": 4,
        "by_operation": {"ebs:Describe": 2, "sts:GetCallerIdentity": 1, "s3:List": 1},
        "throttles": 1,
    }
    assert told["measures"] == [
        {
            "service": "ebs",
            "region": "eu-west-1",
            "seconds": 1.5,
            "resources": 2,
            "events": 6,
            "calls": {"ebs:Describe": 2, "ebs:List": 1},
            "prices": {"ebs:Describe": "0.0000008"},
            "price": "0.0000008",
            "unpriced": 1,
            "throttles": 1,
            "cache_hits": 2,
        }
    ]
    assert (told["coverage"]["services_reached"], told["coverage"]["services_total"]) == (1, 2)
    assert told["coverage"]["complete"] is False
    assert told["coverage"]["gaps"][0]["action"] == "s3:List"


async def test_what_an_ended_scan_saw_stays_its_own_when_a_newer_one_sees_it_too(
    api: httpx.AsyncClient, store: Store
) -> None:
    newer = [fact(volume("vol-a"), "aws.metadata.ebs.size_gib", 100, scan_id="scan-2")]
    await run(store, spec(), [read("ebs", 2)])
    await keep(store, newer)
    told = (await api.get("/api/v1/scans/scan-1")).json()
    assert told["counts"]["resources"] == {"ebs": 2}


async def test_a_queued_scan_is_told_without_inventing_anything(api: httpx.AsyncClient, store: Store) -> None:
    await accept(store, spec())
    told = (await api.get("/api/v1/scans/scan-1")).json()
    assert (told["status"], told["account_id"], told["duration_seconds"]) == ("QUEUED", None, None)
    assert told["tasks"] == {"total": 0, "by_status": {}, "items": []}
    assert (told["coverage"]["complete"], told["coverage"]["services_reached"]) == (False, 0)


async def test_an_unknown_scan_is_not_found(api: httpx.AsyncClient) -> None:
    answer = await api.get("/api/v1/scans/nothing")
    assert answer.status_code == 404
    assert answer.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": 'there is no scan "nothing"',
        "instance": "/api/v1/scans/nothing",
        "errors": [],
    }


async def test_scans_are_listed_newest_first_page_by_page(api: httpx.AsyncClient, store: Store) -> None:
    for number in range(5):
        await accept(store, spec(f"scan-{number}"), seconds=number // 2)  # two of each second: the id decides
    seen: list[str] = []
    cursor: dict[str, str] = {}
    for _ in range(3):
        page = (await api.get("/api/v1/scans", params={"limit": 2, **cursor})).json()
        seen += [item["scan_id"] for item in page["items"]]
        cursor = {"cursor": page["next_cursor"]}
    assert seen == ["scan-4", "scan-3", "scan-2", "scan-1", "scan-0"]
    assert page["next_cursor"] is None


async def test_scans_are_filtered_by_status(api: httpx.AsyncClient, store: Store) -> None:
    await run(store, spec("scan-1"), [read("ebs"), read("s3")])
    await accept(store, spec("scan-2"))
    found = {
        status: [item["scan_id"] for item in (await api.get(f"/api/v1/scans?status={status}")).json()["items"]]
        for status in ("QUEUED", "COMPLETED", "FAILED")
    }
    assert found == {"QUEUED": ["scan-2"], "COMPLETED": ["scan-1"], "FAILED": []}


@pytest.mark.parametrize(
    ("query", "field", "told"),
    [
        ("status=RUNING", "status", "RUNNING"),
        ("limit=0", "limit", "at least 1"),
        ("limit=201", "limit", "at most 200"),
        ("cursor=x", "cursor", "next_cursor of the page before"),
        ("cursor=W10", "cursor", "next_cursor of the page before"),
        ("stauts=QUEUED", "stauts", 'did you mean "status"?'),
    ],
)
async def test_a_wrong_query_is_told(api: httpx.AsyncClient, query: str, field: str, told: str) -> None:
    answer = await api.get(f"/api/v1/scans?{query}")
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert told in error["allowed"]
