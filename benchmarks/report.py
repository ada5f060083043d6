"""Runs the benchmarks one after the other and writes docs/performance.md: ``make bench``.

Nothing else should run on the machine meanwhile. ``--small`` runs each at a small size and writes nothing: to see that
they work.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = ROOT / "docs/performance.md"


class Benchmark(NamedTuple):
    """A module, what it measures, and the arguments of a full and of a small run."""

    module: str
    about: str
    full: tuple[str, ...] = ()
    small: tuple[str, ...] = ()


BENCHMARKS: Final = (
    Benchmark("bus", "The bus over the bare SQLite client.", (), ("--count", "1000")),
    Benchmark(
        "store_sqlite",
        "The materializer's writes on SQLite over `executemany` into the same schema; pages of the log.",
        ("--events", "200000"),
        ("--events", "4000", "--rounds", "1"),
    ),
    Benchmark(
        "events_query",
        "A page of `GET /api/v1/events` at two million events over the bare SQL, on SQLite.",
        (),
        ("--events", "20000", "--rounds", "3"),
    ),
    Benchmark(
        "lake",
        "A bill of ten million lines to silver and gold over DuckDB's bare `COPY` of the same columns.",
        (),
        ("--lines", "20000", "--rounds", "1"),
    ),
)


def run(benchmark: Benchmark, *, small: bool) -> str:
    """What it printed. Raises ``CalledProcessError``."""
    arguments = benchmark.small if small else benchmark.full
    command = [sys.executable, "-m", f"benchmarks.{benchmark.module}", *arguments]
    done = subprocess.run(command, cwd=ROOT, check=True, text=True, stdout=subprocess.PIPE)
    return done.stdout.strip()


def page(told: list[tuple[Benchmark, str, float]]) -> str:
    """The page docs/performance.md."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, check=True, text=True, stdout=subprocess.PIPE
    ).stdout.strip()
    lines = [
        "# Performance",
        "",
        "Each figure is a ratio to a floor that was measured in the same run, in turns: times of two machines, or of",
        "two hours of one, cannot be compared. Written by `make bench`; one alone: the command above its figures.",
        "",
        f"Commit {commit}, {datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {platform.system()}, "
        f"Python {platform.python_version()}.",
    ]
    for benchmark, text, seconds in told:
        command = " ".join(("python -m", f"benchmarks.{benchmark.module}", *benchmark.full))
        lines += ["", f"## {benchmark.about}", "", f"`{command}` ({seconds:.0f} s)", "", "```text", text, "```"]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run all; write the page, unless they are small."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--small", action="store_true")
    small = arguments.parse_args().small
    told = []
    for benchmark in BENCHMARKS:
        began = time.monotonic()
        text = run(benchmark, small=small)
        print(f"== {benchmark.module}\n{text}", flush=True)
        told.append((benchmark, text, time.monotonic() - began))
    if not small:
        PAGE.write_text(page(told))


if __name__ == "__main__":
    main()
