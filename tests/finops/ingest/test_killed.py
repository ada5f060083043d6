"""Killed at any moment and run again, an ingestion comes to the same store and the same lake."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.finops.ingest.killing import LINES, RANDOM_KILLS, STEPS

ROOT = Path(__file__).parents[3]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_killed_at_every_step_and_at_random_moments_it_comes_to_the_same(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.finops.ingest.killing", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    whole = told.pop("undisturbed")
    assert len(whole["store"][1]) == LINES
    assert [name for name, picture in told.items() if picture != whole] == []
    assert len(told) == len(STEPS) + RANDOM_KILLS
