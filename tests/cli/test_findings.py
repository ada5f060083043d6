"""``sentinel findings`` against a server over a store that two scans filled."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cli.ports import free_port
from schemas.finding import finding_id
from schemas.states import ScanStatus
from stores import open_store
from tests.cli.terminal import ROOT, Ran, environment, sentinel
from tests.control_plane.facts import denied, keep, read, run, spec, volume, wasted

pytestmark = pytest.mark.xdist_group("findings-server")

A, B = volume("vol-a"), volume("vol-b")
OF_A, OF_B = (finding_id("default", each, "disk.unattached") for each in (A, B))
NOBODY = "0" * 32


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[dict[str, str]]:
    """The settings that lead to it."""
    (home / "sentinel").mkdir()
    asyncio.run(_filled(f"sqlite:///{home / 'sentinel' / 'store.sqlite'}"))
    address = {"SENTINEL_PORT": str(free_port())}
    base = f"http://127.0.0.1:{address['SENTINEL_PORT']}"
    process = subprocess.Popen(
        [sys.executable, "-m", "control_plane"], env=environment(home, address), cwd=ROOT, stderr=subprocess.DEVNULL
    )
    try:
        _wait(f"{base}/readyz")
        yield {"SENTINEL_API_URL": base}
    finally:
        process.terminate()
        process.wait(20)


async def _filled(url: str) -> None:
    store = open_store(url)
    await store.migrate()
    await run(store, spec("scan-1", services=("ebs",)), [read("ebs")])
    await keep(store, [wasted(A, "disk.unattached", "8.80", reason="attached to \x1b[2Jnothing")])
    await keep(store, [wasted(B, "disk.unattached", "1.00", severity="low")])
    await store.close()


def _wait(url: str) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            if httpx.get(url, trust_env=False).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    pytest.fail("the API did not become ready")


def test_findings_are_listed_decided_about_and_shown(server: dict[str, str], home: Path) -> None:
    def findings(*arguments: str) -> Ran:
        return sentinel("findings", *arguments, home=home, variables=server)

    listed = findings("list")
    assert listed.code == 0, listed.err
    assert listed.out.splitlines() == [
        "8.80 USD  high  disk.unattached: attached to ?[2Jnothing",
        f"  {A}",
        f"  {OF_A}",
        "1.00 USD  low  disk.unattached: disk.unattached holds",
        f"  {B}",
        f"  {OF_B}",
        "2 findings, 9.80 USD a month",
        "coverage: 1 of 1 services seen whole",
    ]
    ignored = findings("ignore", OF_A, NOBODY, "--reason", "a spare disk", "--until", "2999-12-31")
    assert (ignored.code, ignored.out.splitlines()) == (
        2,
        [f"{OF_A}  is now ignored", f"{NOBODY}  there is no such finding"],
    )
    assert findings("list").out.splitlines()[-2] == "1 finding, 1.00 USD a month"
    assert findings("resolve", OF_B, "--note", "deleted by hand").out == f"{OF_B}  is now resolved\n"
    assert "0 findings" in findings("list").out
    assert findings("reopen", OF_A).out == f"{OF_A}  is now open\n"
    assert findings("reopen", OF_A).out == f"{OF_A}  is open already\n"
    shown = findings("show", OF_B)
    assert "resolved (by_person) since" in shown.out
    assert "resolved  by_person  key first  deleted by hand" in shown.out
    told = json.loads(findings("show", OF_A, "--format", "json").out)
    assert [(entry["kind"], entry["by"]) for entry in told["history"]] == [
        ("opened", None),
        ("ignored", "key first"),
        ("reopened", "key first"),
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("list", "--rule", "disk.unatached"), 'did you mean "disk.unattached"?'),
        (("list", "--status", "closed"), "allowed: open, ignored, resolved"),
        (("list", "--format", "xml"), "--format"),
        (("show", "x"), "finding_id"),
        (("show", NOBODY), f'there is no finding "{NOBODY}"'),
        (("ignore", OF_A, "--reason", "x", "--until", "2026-01-01"), "until: today"),
    ],
)
def test_what_cannot_be_is_said(server: dict[str, str], home: Path, arguments: tuple[str, ...], said: str) -> None:
    ran = sentinel("findings", *arguments, home=home, variables=server)
    assert ran.code == 2
    assert said in ran.err


def test_a_gap_is_never_clean(server: dict[str, str], home: Path) -> None:
    async def scan_with_a_gap() -> None:
        store = open_store(f"sqlite:///{home / 'sentinel' / 'store.sqlite'}")
        await run(store, spec("scan-2", services=("s3",)), [denied("s3")], status=ScanStatus.PARTIAL, seconds=1)
        await store.close()

    asyncio.run(scan_with_a_gap())
    ran = sentinel("findings", "list", "--rule", "vm.idle", home=home, variables=server)
    assert ran.code == 4
    assert "coverage: 0 of 1 services seen whole; what could not be seen: sentinel scans show SCAN" in ran.out
