"""A local AWS in a process of its own, emptied for each test."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scanners.running import LocalCloud

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def served() -> Iterator[str]:
    command = [sys.executable, "-m", "tests.scanners.cloud"]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin
    assert process.stdout
    yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    process.stdin.close()
    process.stdout.close()
    process.wait(10)


@pytest.fixture
def cloud(served: str) -> LocalCloud:
    cloud = LocalCloud(served)
    cloud.control("reset")
    return cloud
