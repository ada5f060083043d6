"""The disk gets full in the middle of a scan: nothing is half written, it is said in words, and work goes on later."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from cli.ports import free_port
from demo_cloud import DemoCloud
from tests.cli.terminal import SENTINEL, environment
from tests.data_plane.processes import wait_for
from tests.data_plane.scripted import until
from tests.faults.picture import Picture
from tests.faults.servers import Place
from tests.faults.stage import Stage, staged
from tests.support.identity import SIGNED_IN
from tests.support.small_disk import SmallDisk, small_disk

DISK_MIB = 48
FULL = "the disk is full; free some space"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240), pytest.mark.xdist_group("faults-disk")]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", DISK_MIB) as mounted:
        yield mounted


def file(folder: Path, name: str) -> str:
    return f"sqlite:///{folder / name}"


def whole(path: str) -> bool:
    """What SQLite itself says of the file."""
    with closing(sqlite3.connect(path.removeprefix("sqlite:///"))) as connection:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def said(stage: Stage, role: str) -> list[str]:
    """The errors that a role told, each on one line."""
    return [str(line.get("error")) for each in stage.played if each.role == role for line in each.lines()]


async def test_the_disk_of_the_log_is_full(
    disk: SmallDisk, cloud: DemoCloud, reference: Picture, tmp_path: Path
) -> None:
    place = Place(file(disk.place, "bus.sqlite"), file(tmp_path, "store.sqlite"))
    async with staged(place, cloud, tmp_path) as stage:
        stage.start_all()
        await stage.ask()
        await stage.in_flight(events=50)
        disk.fill()
        running = set(await stage.running())
        assert running

        async def worker_waits() -> bool:
            return any(FULL in error for error in said(stage, "worker"))

        await until(worker_waits, seconds=60)
        disk.free()
        assert (await stage.at_its_end()).differences(reference) == []
        assert {name for name, row in (await stage.tasks()).items() if row.attempt > 1} <= running
        assert "Traceback" not in stage.told()
    assert whole(place.bus)


async def test_the_disk_of_the_store_is_full(
    disk: SmallDisk, cloud: DemoCloud, reference: Picture, tmp_path: Path
) -> None:
    place = Place(file(tmp_path, "bus.sqlite"), file(disk.place, "store.sqlite"))
    async with staged(place, cloud, tmp_path) as stage:
        stage.start_all()
        await stage.ask()
        await stage.in_flight(events=50)
        disk.fill()
        assert await stage.running()

        async def materializer_waits() -> bool:
            return any(FULL in error for error in said(stage, "materializer"))

        await until(materializer_waits, seconds=60)
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{stage.port}/api/v1", timeout=40, headers=SIGNED_IN
        ) as http:
            refused = await http.post("/scans", json={"provider": "aws", "connection": {"mode": "ambient"}})
            shown = await http.get(f"/scans/{stage.scan_id}")
            listed = await http.get("/scans")
        assert (refused.status_code, shown.status_code) == (503, 200)
        assert refused.json()["detail"] == (
            "the disk of the store is full: nothing was stored; try again when there is space"
        )
        assert [scan["scan_id"] for scan in listed.json()["items"]] == [stage.scan_id]
        disk.free()
        assert (await stage.at_its_end()).differences(reference) == []
        assert "Traceback" not in stage.told()
    assert whole(place.store)


@contextmanager
def up(home: Path, log: Path, port: int) -> Iterator[None]:
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [*SENTINEL, "up", "--port", str(port)],
            env=environment(home),
            cwd=home,
            stdin=subprocess.DEVNULL,
            stderr=errors,
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait(20)


def test_sentinel_up_says_in_words_that_the_disk_is_full(disk: SmallDisk, tmp_path: Path) -> None:
    log = tmp_path / "up.log"

    def says(line: str) -> bool:
        return f"sentinel up: the disk of {disk.place / 'sentinel'} {line}\n" in log.read_text()

    port = free_port()
    with up(disk.place, log, port):
        wait_for(lambda: '"started"' in log.read_text() and _ready(port), seconds=60)
        disk.fill()
        wait_for(lambda: says("is full: work waits until there is space again; nothing is lost"), seconds=60)
        disk.free()
        wait_for(lambda: says("has space again: work goes on"), seconds=60)


def _ready(port: int) -> bool:
    """The API writes its keys when it starts for the first time."""
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz").is_success
    except httpx.TransportError:
        return False
