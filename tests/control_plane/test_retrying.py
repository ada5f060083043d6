"""POST /api/v1/scans/{id}/retry."""

from __future__ import annotations

import httpx
import msgspec
import pytest

from control_plane.scans.missed import Missed, missed
from schemas.scan import Coverage, ScanSpec, TaskOutcome
from schemas.states import ScanStatus, TaskStatus
from stores import Store, scans
from stores.tasks import TaskRow
from tests.control_plane.conftest import NOW
from tests.control_plane.facts import accept, denied, read, run, spec

RETRY = "/api/v1/scans/scan-1/retry"
ASKED = msgspec.structs.replace(spec(services=("ebs", "ec2", "s3")), regions=None)


async def stored(store: Store, scan_id: str) -> ScanSpec:
    async with store.read() as reading:
        row = await scans.get_scan(reading, "default", scan_id)
    assert row is not None
    return row.spec


async def test_what_was_denied_becomes_a_new_scan_and_the_old_one_stays(api: httpx.AsyncClient, store: Store) -> None:
    await run(store, spec(), [denied("ebs"), read("s3")], status=ScanStatus.PARTIAL)
    answer = await api.post(RETRY)
    assert answer.status_code == 202
    told = answer.json()
    new = told.pop("scan_id")
    assert told == {"status": "QUEUED", "retry_of": "scan-1", "services": ["ebs"], "regions": ["eu-west-1"]}
    assert answer.headers["location"] == f"/api/v1/scans/{new}"
    old = await stored(store, "scan-1")
    expected = {"scan_id": new, "services": ("ebs",), "regions": ("eu-west-1",), "asof": NOW, "retry_of": "scan-1"}
    assert await stored(store, new) == msgspec.structs.replace(old, **expected)
    assert (await api.get("/api/v1/scans/scan-1")).json()["status"] == "PARTIAL"
    assert (await api.get(f"/api/v1/scans/{new}")).json()["retry_of"] == "scan-1"


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (ScanStatus.COMPLETED, "missed nothing"),
        (ScanStatus.CANCELLED, "was cancelled"),
        (ScanStatus.PARTIAL, "missed nothing"),
        (None, "has not ended yet"),
    ],
)
async def test_where_nothing_is_to_be_retried_it_is_told_why(
    api: httpx.AsyncClient, store: Store, status: ScanStatus | None, why: str
) -> None:
    await run(store, spec(), [read("ebs"), read("s3")], status=status)
    answer = await api.post(RETRY)
    assert answer.status_code == 409
    assert why in answer.json()["detail"]
    assert len((await api.get("/api/v1/scans")).json()["items"]) == 1


async def test_the_same_retry_with_its_key_is_one_scan(api: httpx.AsyncClient, store: Store) -> None:
    await run(store, spec(), [denied("ebs"), read("s3")], status=ScanStatus.PARTIAL)
    answers = [await api.post(RETRY, headers={"Idempotency-Key": "k"}) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert answers[1].headers["idempotency-replayed"] == "true"
    other = await api.post("/api/v1/scans", json={"provider": "aws"}, headers={"Idempotency-Key": "k"})
    assert other.status_code == 409


async def test_a_scan_of_nobody_is_not_found(api: httpx.AsyncClient, store: Store) -> None:
    await accept(store, spec(client_id="somebody-else"))
    assert (await api.post(RETRY)).status_code == 404


def task(
    services: tuple[str, ...], region: str, *gaps: str, status: TaskStatus = TaskStatus.SUCCEEDED, kind: str = "scan"
) -> TaskRow:
    coverage = tuple(Coverage(service, region, "denied") for service in gaps)
    outcome = TaskOutcome(coverage=coverage) if status is TaskStatus.SUCCEEDED else None
    return TaskRow("t", "scan-1", kind, "", region, "ec2", services, status, outcome=outcome)  # type: ignore[arg-type]  # a literal


FAILED = TaskStatus.FAILED
EC2 = ("ebs", "ec2")


@pytest.mark.parametrize(
    ("tasks", "found"),
    [
        pytest.param([task(EC2, "a"), task(("s3",), "home")], None, id="nothing"),
        pytest.param([task(EC2, "a", status=FAILED), task(EC2, "b")], Missed(EC2, ("a",)), id="a task failed"),
        pytest.param([task(EC2, "a", "ebs"), task(EC2, "b", "ec2")], Missed(EC2, ("a", "b")), id="two gaps"),
        pytest.param([task(EC2, "a"), task(("s3",), "home", "s3")], Missed(("s3",), None), id="a global service"),
        pytest.param(
            [task(EC2, "a", "ebs"), task(("s3",), "home", "s3")], Missed(("ebs", "s3"), ("a",)), id="and a regional one"
        ),
        pytest.param([task(("ebs",), "a", "ec2")], Missed(("ebs",), ("a",)), id="a gap in what a service needs"),
        pytest.param(
            [task((), "", status=FAILED, kind="discover")], Missed(ASKED.services, None), id="the account itself"
        ),
        pytest.param([task((), "", "ec2", kind="discover")], Missed(ASKED.services, None), id="its regions"),
    ],
)
def test_what_a_scan_missed(tasks: list[TaskRow], found: Missed | None) -> None:
    assert missed(ASKED, tasks) == found
