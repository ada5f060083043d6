"""The roles as processes of their own, and the store's schema."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from tests.cli.terminal import SENTINEL, environment, sentinel


def test_db_upgrade_makes_the_store_and_can_be_repeated(home: Path) -> None:
    for _ in range(2):
        ran = sentinel("db", "upgrade", home=home)
        assert ran.code == 0, ran.err
    assert (home / "sentinel" / "store.sqlite").stat().st_size > 0


def test_db_upgrade_of_a_foreign_store_is_one_line(home: Path) -> None:
    ran = sentinel("db", "upgrade", home=home, variables={"SENTINEL_STORE": "mysql://somewhere"})
    assert (ran.code, len(ran.err.splitlines())) == (2, 1)
    assert "mysql://somewhere" in ran.err


def test_tail_of_a_foreign_bus_is_one_line(home: Path) -> None:
    ran = sentinel("events", "tail", home=home, variables={"SENTINEL_BUS": "amqp://somewhere"})
    assert (ran.code, len(ran.err.splitlines())) == (2, 1)
    assert "amqp://somewhere" in ran.err


@pytest.mark.parametrize(
    ("role", "module"),
    [
        ("api", ["control_plane"]),
        ("planner", ["data_plane", "planner"]),
        ("worker", ["data_plane", "worker"]),
        ("materializer", ["data_plane", "materializer"]),
    ],
)
def test_a_role_becomes_its_own_process(role: str, module: list[str], home: Path) -> None:
    """No parent stays in between: the signal of an init system reaches the role itself."""
    variables = {"SENTINEL_PORT": str(9_000 + os.getpid() % 20_000)}
    with subprocess.Popen(
        [*SENTINEL, "run", role],
        env=environment(home, variables),
        cwd=home,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        until = time.monotonic() + 20
        while psutil.Process(process.pid).cmdline()[1:] != ["-m", *module]:
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    assert process.returncode in {0, -signal.SIGTERM}
