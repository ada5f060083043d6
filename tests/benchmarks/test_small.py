"""Each benchmark at a small size: it works, and tells a ratio to its floor."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks.report import BENCHMARKS, ROOT, Benchmark, run

RATIO = re.compile(r"\d+\.\d+ ?x|\d\.\d\d of the|ratio \d+\.\d\d")
NOT_OF_THE_REPORT = {"__init__", "report", "store_rounds", "store_postgres", "chaos", "costs_query"}


@pytest.mark.slow
@pytest.mark.parametrize("benchmark", BENCHMARKS, ids=lambda one: one.module)
def test_it_runs_and_tells_a_ratio(benchmark: Benchmark) -> None:
    assert RATIO.search(run(benchmark, small=True))


def test_none_is_forgotten() -> None:
    modules = {path.stem for path in Path(ROOT / "benchmarks").glob("*.py")}
    assert modules - NOT_OF_THE_REPORT == {one.module for one in BENCHMARKS}
