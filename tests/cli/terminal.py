"""``sentinel`` as a person runs it: a real process, with nothing of this machine's own settings."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.identity import VARIABLES

ROOT = Path(__file__).parents[2]
SENTINEL = [sys.executable, "-m", "cli"]
KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV")


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str
    seconds: float

    @property
    def said(self) -> str:
        return self.out + self.err


def environment(home: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Empty home, no cloud variables, no metadata service."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    ours = {"HOME": str(home), "PYTHONPATH": str(ROOT), "COLUMNS": "80", "SENTINEL_HOME": str(home / "sentinel")}
    return kept | ours | VARIABLES | dict(extra or {})


def sentinel(*arguments: str, home: Path, variables: Mapping[str, str] | None = None) -> Ran:
    """Run one command to its end. The folder of the call is the home."""
    began = time.monotonic()
    ended = subprocess.run(
        [*SENTINEL, *arguments],
        env=environment(home, variables),
        cwd=home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    return Ran(ended.returncode, ended.stdout, ended.stderr, time.monotonic() - began)
