"""The supervisor: starts again what died, gives up in the end, and leaves nothing running."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from cli.children import start_module
from cli.exits import CommandError, ExitCode
from cli.up import Role, Supervisor
from tests.cli.terminal import ROOT, SENTINEL, environment, sentinel

PATIENCE = 20.0


def wait_until(true: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < until
        time.sleep(0.05)


def program(code: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", code])


def test_what_dies_starts_again_until_it_is_too_often() -> None:
    said: list[str] = []
    starts: list[int] = []

    def start() -> subprocess.Popen[bytes]:
        child = program("raise SystemExit(7)")
        child.wait()
        starts.append(child.pid)
        return child

    role = Role("engine", start)
    ticks = iter(range(1000))
    with pytest.raises(CommandError, match="engine died 5 times in a row, the last with 7") as caught:
        Supervisor([role], said.append, clock=lambda: next(ticks) * 10.0).run()
    assert caught.value.code == ExitCode.INTERNAL
    assert len(starts) == 5
    assert said[0] == "engine ended with 7; starts again in 0.5 s"


def test_a_role_that_refuses_its_input_is_not_started_again() -> None:
    role = Role("api", lambda: program("raise SystemExit(2)"))
    with pytest.raises(CommandError) as caught:
        Supervisor([role], lambda _line: None).run()
    assert caught.value.code == ExitCode.BAD_INPUT


def test_a_long_life_forgives_earlier_deaths() -> None:
    role = Role("api", lambda: program("raise SystemExit(1)"), deaths=4)
    role.look(0.0, lambda _line: None)
    assert role.child is not None
    role.child.wait()
    role.look(1000.0, lambda _line: None)
    assert role.deaths == 1


def test_a_busy_port_is_one_line(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ran = sentinel("up", "--port", port, home=home)
    assert (ran.code, len(ran.err.splitlines())) == (2, 1)
    assert port in ran.err
    assert "--port" in ran.err


def test_a_child_does_not_outlive_its_parent(home: Path) -> None:
    parent = (
        "import sys, time; from cli.children import start_module;"
        "child = start_module('http.server', '0', '--bind', '127.0.0.1');"
        "print(child.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", parent], cwd=ROOT, env=environment(home), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        process.kill()
    wait_until(lambda: not psutil.pid_exists(pid))


def test_stop_ends_what_does_not_want_to(home: Path) -> None:
    from cli.children import stop

    child = program("import signal, time; signal.signal(15, signal.SIG_IGN); print(flush=True); time.sleep(60)")
    time.sleep(0.3)
    stop([child], grace_seconds=0.2)
    assert child.returncode in {-signal.SIGKILL, -signal.SIGTERM}


def test_a_module_that_runs_is_stopped_at_once(home: Path) -> None:
    from cli.children import stop

    child = start_module("http.server", "0", "--bind", "127.0.0.1", environment={**os.environ})
    stop([child])
    assert child.returncode == -signal.SIGTERM


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_up_serves_and_leaves_nothing_running(number: signal.Signals, home: Path) -> None:
    import urllib.error
    import urllib.request

    from cli.ports import free_port

    port = free_port()
    with subprocess.Popen(
        [*SENTINEL, "up", "--port", str(port)],
        env=environment(home),
        cwd=home,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:

        def ready() -> bool:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz") as answer:
                    return bool(answer.status == 200)
            except (urllib.error.URLError, ConnectionError):
                return False

        wait_until(ready)
        children = psutil.Process(process.pid).children(recursive=True)
        assert len(children) == 2
        process.send_signal(number)
        _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert "Traceback" not in said
    assert not any(child.is_running() for child in children)
