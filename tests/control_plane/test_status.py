"""What is told of the platform: processes, backlog, running scans, failures."""

from __future__ import annotations

from datetime import timedelta

import httpx

from schemas.process import ProcessReport
from stores import Store, scans
from stores.processes import ProcessRow, beat
from tests.control_plane.conftest import NOW
from tests.support.told import scan_spec


async def living(store: Store, role: str, *, silent_for: float = 0.0, **report: object) -> None:
    seen = NOW - timedelta(seconds=silent_for)
    row = ProcessRow(f"host-{role}", (role,), "1.0", ProcessReport(**report), NOW - timedelta(hours=1), seen)  # type: ignore[arg-type]
    async with store.write() as w:
        await beat(w, row)


async def test_without_an_engine_its_roles_are_missing(api: httpx.AsyncClient, store: Store) -> None:
    await living(store, "api")
    told = (await api.get("/api/v1/status")).json()
    assert told["missing_roles"] == ["planner", "worker", "materializer"]


async def test_who_was_not_seen_for_long_is_dead(api: httpx.AsyncClient, store: Store) -> None:
    await living(store, "worker", silent_for=36)
    await living(store, "planner", silent_for=34)
    told = (await api.get("/api/v1/status")).json()
    states = {one["instance"]: one["alive"] for one in told["processes"] if one["instance"].startswith("host-")}
    assert states == {"host-worker": False, "host-planner": True}
    assert "worker" in told["missing_roles"]
    assert "planner" not in told["missing_roles"]


async def test_what_a_process_reports_is_told(api: httpx.AsyncClient, store: Store) -> None:
    await living(store, "worker", running=2, slots=4, failures=1, lag={"workers": 7}, missing={"bus": "no broker"})
    told = (await api.get("/api/v1/status")).json()
    (one,) = [each for each in told["processes"] if each["instance"] == "host-worker"]
    assert (one["running"], one["slots"], one["failures"]) == (2, 4, 1)
    assert (one["lag"], one["missing"]) == ({"workers": 7}, {"bus": "no broker"})


async def test_scans_are_those_of_the_client_who_asks(api: httpx.AsyncClient, store: Store) -> None:
    async with store.write() as w:
        await scans.insert_scan(w, scan_spec("mine", client_id="default"), NOW)
        await scans.insert_scan(w, scan_spec("theirs", client_id="acme"), NOW)
    told = (await api.get("/api/v1/status")).json()
    assert [scan["scan_id"] for scan in told["running"]] == ["mine"]
    assert told["backlog"]["scans"]["QUEUED"] == 2
