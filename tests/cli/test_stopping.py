"""Ctrl-C in the middle of a scan, by signal and on a terminal."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from demo_cloud import DemoCloud
from schemas.event import decode
from tests.cli.conftest import ROLE, credentials
from tests.cli.terminal import SENTINEL, environment

PATIENCE = 20.0


@pytest.fixture
def slow(cloud: DemoCloud) -> Iterator[DemoCloud]:
    """Buckets answer, volumes do not."""
    cloud.order({"kind": "delay", "match": {"operation": "DescribeVolumes"}, "times": None, "seconds": 15.0})
    yield cloud
    cloud.order()


def wait_until(true: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_ctrl_c_leaves_whole_lines_and_says_how_to_go_on(slow: DemoCloud, home: Path) -> None:
    target = home / "events.ndjson"
    with subprocess.Popen(
        [*SENTINEL, "scan", "aws", *ROLE, "--services", "ebs,s3", "--output", str(target)],
        env=environment(home, credentials(slow.endpoint)),
        cwd=home,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        wait_until(lambda: target.exists() and target.stat().st_size > 0)
        before = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert time.monotonic() - before < 4
    ending = said[said.index("sentinel: interrupted") :]
    assert len(ending.splitlines()) <= 3
    assert str(target) in ending
    assert "same command" in ending
    assert "Traceback" not in said
    body = target.read_bytes()
    assert body.endswith(b"\n")
    assert {decode(line).service for line in body.splitlines()} == {"s3"}


def test_ctrl_c_on_a_terminal_with_a_live_table(slow: DemoCloud, home: Path) -> None:
    master, slave = os.openpty()

    def own_the_terminal() -> None:
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)

    with subprocess.Popen(
        [*SENTINEL, "scan", "aws", *ROLE, "--output", "events.ndjson"],
        env=environment(home, credentials(slow.endpoint) | {"TERM": "xterm"}),
        cwd=home,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
        preexec_fn=own_the_terminal,  # noqa: PLW1509 - one ioctl
    ) as process:
        os.close(slave)
        screen = read_until(master, b"o")
        wait_until(lambda: (home / "events.ndjson").exists() and (home / "events.ndjson").stat().st_size > 0)
        os.write(master, b"\x03")
        screen += read_to_the_end(master)
        process.wait(PATIENCE)
    os.close(master)
    assert process.returncode == 130
    assert b"ebs" in screen
    assert b"interrupted" in screen
    assert b"Traceback" not in screen


def read_until(master: int, wanted: bytes) -> bytes:
    screen = b""
    while wanted not in screen:
        screen += os.read(master, 4096)
    return screen


def read_to_the_end(master: int) -> bytes:
    screen = b""
    while True:
        try:
            part = os.read(master, 4096)
        except OSError:  # the terminal is gone with its last user
            return screen
        if not part:
            return screen
        screen += part
