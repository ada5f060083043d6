from __future__ import annotations

import asyncio
import signal
import time
from functools import partial
from pathlib import Path

import pytest

from data_plane.backbone import Backbone
from data_plane.pausing import Stop
from data_plane.process import keep_running
from tests.data_plane.processes import RoleProcess, ending, wait_for


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_engine_stops_within_two_seconds(tmp_path: Path, number: signal.Signals) -> None:
    engine = RoleProcess("engine", tmp_path / "home", tmp_path / "log")
    with ending(engine):
        wait_for(lambda: engine.says("started"))
        time.sleep(0.3)
        begun = time.monotonic()
        engine.process.send_signal(number)
        assert engine.process.wait(timeout=10) == 0
        assert time.monotonic() - begun < 2.5
    assert engine.says("stopped")
    assert not engine.says("role_failed")


def test_a_store_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.write_text("in the way")
    planner = RoleProcess("planner", home, tmp_path / "log")
    with ending(planner):
        wait_for(lambda: planner.says("not_reachable"))
        assert planner.process.poll() is None
        home.unlink()
        home.mkdir()
        wait_for(lambda: planner.says("started"))
        assert planner.stop() == 0
    assert "Traceback" not in planner.log.read_text()


def test_waiting_for_a_store_ends_with_a_signal(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.write_text("in the way")
    planner = RoleProcess("planner", home, tmp_path / "log")
    with ending(planner):
        wait_for(lambda: planner.says("not_reachable"))
        assert planner.stop() == 0


def test_an_address_that_can_never_work_ends_with_one_line(tmp_path: Path) -> None:
    planner = RoleProcess("planner", tmp_path, tmp_path / "log", bus="carrier-pigeon://roof")
    with ending(planner):
        assert planner.process.wait(timeout=20) == 2
    (line,) = planner.log.read_text().splitlines()
    assert "SENTINEL_BUS" in line
    assert "kafka://" in line


def test_all_roles_may_start_at_once_over_empty_files(tmp_path: Path) -> None:
    roles = [RoleProcess(role, tmp_path / "home", tmp_path / role) for role in ("planner", "worker", "materializer")]
    with ending(*roles):
        for role in roles:
            wait_for(partial(role.says, "started"))
        assert [role.stop() for role in roles] == [0, 0, 0]
    assert not any(role.says("role_failed") for role in roles)


async def test_a_role_that_a_library_cancels_is_started_again(backbone: Backbone) -> None:
    stop, runs = asyncio.Event(), []

    async def role(_backbone: Backbone, stop: Stop) -> None:
        runs.append(1)
        if len(runs) > 1:
            stop.set()
            return
        theirs = asyncio.ensure_future(asyncio.sleep(60))
        theirs.cancel()
        await theirs

    await keep_running("role", role, backbone, stop)
    assert len(runs) == 2


async def test_a_role_that_is_cancelled_ends(backbone: Backbone) -> None:
    async def role(_backbone: Backbone, stop: Stop) -> None:
        await stop.wait()

    running = asyncio.create_task(keep_running("role", role, backbone, asyncio.Event()))
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
