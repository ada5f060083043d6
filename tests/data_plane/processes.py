"""Roles as real processes, each with its log in a file."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.identity import SETTINGS

ROOT = Path(__file__).parents[2]


class RoleProcess:
    """``python -m data_plane <role>``, or the API."""

    def __init__(self, role: str, home: Path, log: Path, **settings: object) -> None:
        self.role, self.log = role, log
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("SENTINEL_", "AWS_"))}
        wanted = {"home": home, "log_format": "json", "tick_seconds": 0.05, **SETTINGS, **settings}
        environment |= {f"SENTINEL_{name.upper()}": str(value) for name, value in wanted.items()}
        module = ["control_plane"] if role == "api" else ["data_plane", role]
        with log.open("ab") as errors:
            self.process = subprocess.Popen([sys.executable, "-m", *module], cwd=ROOT, env=environment, stderr=errors)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]

    def says(self, event: str) -> bool:
        return any(line["event"] == event for line in self.lines())

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=10)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def pause(self) -> None:
        """It stands still, and knows nothing of it."""
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def peak_kib(self) -> int:
        """The most memory that it ever had resident."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))


@contextmanager
def ending(*processes: RoleProcess) -> Iterator[None]:
    """None of them outlives the test."""
    try:
        yield
    finally:
        for one in processes:
            if one.process.poll() is None:
                one.process.kill()
        for one in processes:
            one.process.wait()


def wait_for(claim: Callable[[], bool], *, seconds: float = 20.0) -> None:
    until = time.monotonic() + seconds
    while not claim():
        if time.monotonic() > until:
            raise TimeoutError
        time.sleep(0.02)
