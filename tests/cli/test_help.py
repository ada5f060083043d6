"""The help is there at once, fits a screen, and loads none of the product."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from cli.main import command_tree
from tests.cli.terminal import ROOT, environment, sentinel

HEAVY = {
    "boto3",
    "botocore",
    "fastapi",
    "moto",
    "sqlalchemy",
    "azure",
    "google",
    "aiokafka",
    "rich",
    "httpx",
}
COMMANDS = [path for path, _ in command_tree()]


def test_the_root_fits_a_small_screen(tmp_path: Path) -> None:
    ran = sentinel("--help", home=tmp_path)
    lines = ran.out.splitlines()
    assert ran.code == 0
    assert len(lines) <= 30
    assert max(map(len, lines)) <= 80
    for command in ("demo", "scan", "up", "catalogue", "events"):
        assert f"  {command} " in ran.out


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_help_loads_nothing_heavy(path: tuple[str, ...], tmp_path: Path) -> None:
    script = (
        "import json, sys; from cli.main import main; code = main(sys.argv[1:]);"
        "print(); print(json.dumps([code, sorted({name.split('.')[0] for name in sys.modules})]))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script, *path, "--help"],
        env=environment(tmp_path),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    text, _, answer = ended.stdout.rstrip().rpartition("\n")
    code, loaded = json.loads(answer)
    assert code == 0
    assert "Usage: sentinel" in text
    assert HEAVY & set(loaded) == set()


def test_help_costs_at_most_twice_what_typer_itself_does(tmp_path: Path) -> None:
    """CPU time, not the clock, so that a busy machine does not matter much; the best of a few."""
    bare = _least_cpu([sys.executable, "-c", "import typer"], tmp_path)
    ours = _least_cpu([sys.executable, "-m", "cli", "--help"], tmp_path)
    assert ours <= 2 * bare


def _least_cpu(command: list[str], home: Path) -> float:
    return min(_cpu(command, home) for _ in range(5))


def _cpu(command: list[str], home: Path) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env=environment(home), cwd=ROOT, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_no_argument_starts_nothing_and_says_where_to_start(tmp_path: Path) -> None:
    ran = sentinel(home=tmp_path)
    assert ran.code == 2
    assert ran.out == ""
    _, _, start = ran.err.partition("Start here:\n")
    assert len(start.splitlines()) == 3
    assert all(line.startswith("  sentinel ") for line in start.splitlines())
    assert list(tmp_path.iterdir()) == []


def test_the_version_is_the_installed_one(tmp_path: Path) -> None:
    from importlib.metadata import version

    ran = sentinel("--version", home=tmp_path)
    assert (ran.code, ran.out) == (0, f"sentinel {version('cloud-sentinel')}\n")


def test_the_exit_codes_are_one_table(tmp_path: Path) -> None:
    ran = sentinel("help", "exit-codes", home=tmp_path)
    assert ran.code == 0
    assert [line.split()[0] for line in ran.out.splitlines()] == ["0", "1", "2", "3", "4", "5", "130"]


def test_shell_completion_lists_the_commands(tmp_path: Path) -> None:
    asked = {"_SENTINEL_COMPLETE": "complete_bash", "COMP_WORDS": "sentinel ca", "COMP_CWORD": "1"}
    ran = sentinel(home=tmp_path, variables=asked)
    assert ran.out.split() == ["catalogue"]
