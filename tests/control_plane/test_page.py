"""The page at /, over a store."""

from __future__ import annotations

import httpx

from schemas.states import ScanStatus
from stores import Store
from tests.control_plane.facts import accept, denied, exposed, fact, keep, read, run, spec, volume, wasted

HOSTILE = "<script>alert(1)</script>"
PRICE = {"price": {"key": "ebs:eu-west-1:gp3", "source_date": "2026-11-01"}}


async def page(api: httpx.AsyncClient) -> str:
    answer = await api.get("/")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    return answer.text


async def test_the_page_tells_money_findings_gaps_scans_and_events(api: httpx.AsyncClient, store: Store) -> None:
    await run(store, spec(), [read("ebs"), denied("s3")], status=ScanStatus.PARTIAL)
    await keep(
        store,
        [
            wasted(volume("vol-a"), "disk.unattached", "1000.05", evidence=PRICE),
            wasted(volume("vol-b"), "disk.unattached", "8.80"),
            exposed(volume("vol-c"), "disk.unencrypted"),
        ],
    )
    told = await page(api)
    for text in ("1,008.85 USD", "list prices of 2026-11-01", "3 of 3 open findings", "s3:List", "1 of 2 services"):
        assert text in told
    assert told.index("vol-a") < told.index("vol-b") < told.index("vol-c")
    assert "PARTIAL" in told
    assert "refresh" not in told
    assert "demo" not in told.lower()


async def test_a_tag_and_a_resource_id_from_a_cloud_cannot_become_markup(api: httpx.AsyncClient, store: Store) -> None:
    await run(store, spec(), [read("ebs"), read("s3")])
    hostile = volume(f"vol-{HOSTILE}")
    await keep(
        store,
        [
            wasted(hostile, "disk.unattached", "8.80", reason=f"tag Name is {HOSTILE}"),
            fact(hostile, "aws.metadata.ebs.tags", {"Name": HOSTILE}),
        ],
    )
    told = await page(api)
    assert told.count("&lt;script&gt;") >= 4
    assert "<script" not in told


async def test_the_page_refreshes_while_a_scan_runs(api: httpx.AsyncClient, store: Store) -> None:
    await run(store, spec(), [read("ebs"), read("s3")], status=None)
    told = await page(api)
    assert '<meta http-equiv="refresh" content="5">' in told
    assert '<progress max="3" value="3"' in told


async def test_a_scan_that_saw_nothing_does_not_read_as_clean(api: httpx.AsyncClient, store: Store) -> None:
    await run(store, spec(), [denied("ebs"), denied("s3")], status=ScanStatus.FAILED)
    told = await page(api)
    assert "0 of 2 services. This is not the same as clean." in told
    assert "everything that was asked for was seen" not in told


async def test_a_queued_scan_is_shown_at_once(api: httpx.AsyncClient, store: Store) -> None:
    await accept(store, spec())
    assert "QUEUED" in await page(api)


async def test_demo_findings_are_marked(api: httpx.AsyncClient, store: Store) -> None:
    await run(store, spec(), [read("ebs"), read("s3")])
    await keep(store, [wasted(volume("vol-a"), "disk.unattached", "8.80", demo=True)])
    assert "8.80 USD (demo prices)" in await page(api)
