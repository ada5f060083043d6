"""``sentinel new`` in a clone of the source: what it writes is green at once, and what it cannot write it says."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.cli.terminal import ROOT, sentinel

pytestmark = pytest.mark.xdist_group("new")
PARTS = ("cli", "scanners", "schemas", "tests/scanners", "connections", "demo_cloud")
COMMANDS = """
import contextlib, io, json, sys
from cli.main import main
told = []
for arguments in json.load(sys.stdin):
    with io.StringIO() as said, contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = main(["new", *arguments.split()])
        told.append((int(code), said.getvalue()))
json.dump(told, sys.stdout)
"""
"""Several commands in one process: each alone would read the models of the clouds anew."""
NEW = [
    ("aws", "placement_group", "ec2:DescribePlacementGroups", "group.forgotten"),
    ("aws", "key_pair", "ec2:DescribeKeyPairs", "key.forgotten"),
    ("azure", "availability_set", "Microsoft.Compute/availabilitySets", "set.forgotten"),
    ("azure", "sql_server", "Microsoft.Sql/servers@2023-08-01", "server.forgotten"),
    ("gcp", "image", "compute.googleapis.com/Image", "image.forgotten"),
]
TYPES = [f"type {provider} {service} {source}" for provider, service, source, _ in NEW]
RULES = [f"rule {provider} {service} {rule} --security" for provider, service, _, rule in NEW]
NOBODYS = "rule aws eip ip.nobodys"
IMPOSSIBLE = {
    "type aws ebs ec2:DescribeVolumes": 'aws has "ebs" already',
    "type aws volume ec2:DescribeVolumes": "aws has a resource Volume already",
    "type aws call ec2:DescribeKeyPairs": "scanners/aws/call.py is there already",
    "type aws pair ec3:DescribeKeyPairs": 'unknown API of AWS "ec3"; did you mean',
    "type aws pair ec2:DescribeKeyPair": 'did you mean "DescribeKeyPairs"?',
    "type aws pair ec2:DeleteKeyPair": "ec2:DeleteKeyPair is not a read-only operation",
    "type aws waiting sqs:ListQueues": "lists only names in QueueUrls",
    "type aws alarm cloudwatch:DescribeAlarms": "choose by --items",
    "type azure store Microsoft.Storage/storageAccounts": "names no version of the API of Microsoft.Storage",
    "type gcp store storage.googleapis.com/Bucket": "no asset type of Compute Engine",
    "type ibm disk x": 'unknown value for PROVIDER "ibm"',
    "rule aws volum disk.lost": 'unknown service "volum" for aws',
    "rule aws ebs disk.unattached": "aws ebs has the rule disk.unattached already",
    "rule aws ebs disk.class": 'problem of the rule "class" cannot be',
    "rule aws ebs disk.timedelta": "names something else in the file of ebs already",
}
Told = dict[str, tuple[int, str]]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The parts of the source that it reads and writes."""
    folder = tmp_path_factory.mktemp("clone")
    for part in PARTS:
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def run(clone: Path, *command: str, given: str = "") -> tuple[int, str]:
    environment = {**os.environ, "PYTHONPATH": str(clone), "NO_COLOR": "1"}
    ran = subprocess.run(
        [sys.executable, *command], cwd=clone, env=environment, input=given, capture_output=True, text=True, check=False
    )
    return ran.returncode, ran.stdout + ran.stderr


def new(clone: Path, every: Iterable[str]) -> Told:
    """What each command said and its exit code, one after the other."""
    commands = list(every)
    code, told = run(clone, "-c", COMMANDS, given=json.dumps(commands))
    assert code == 0, told
    return {command: (one[0], one[1]) for command, one in zip(commands, json.loads(told), strict=True)}


@pytest.fixture(scope="module")
def impossible(clone: Path) -> Told:
    """What cannot be, and nothing that was written meanwhile."""
    before = {path: path.stat().st_mtime_ns for path in clone.rglob("*.py")}
    told = new(clone, IMPOSSIBLE)
    assert {path: path.stat().st_mtime_ns for path in clone.rglob("*.py")} == before
    return told


@pytest.fixture(scope="module")
def eip_before(clone: Path) -> str:
    """The unit that gets a rule more, as it was."""
    return (clone / "scanners/aws/eip.py").read_text()


@pytest.fixture(scope="module")
def written(clone: Path, impossible: Told, eip_before: str) -> Told:
    """New types, and then a rule for each, and one for a unit that was there."""
    assert impossible
    assert eip_before
    return {**new(clone, TYPES), **new(clone, [*RULES, NOBODYS])}


@pytest.mark.parametrize("arguments", IMPOSSIBLE)
def test_what_cannot_be_is_told_and_nothing_is_written(impossible: Told, arguments: str) -> None:
    code, line = impossible[arguments]
    assert (code, IMPOSSIBLE[arguments] in line, len(line.splitlines())) == (2, True, 1), line


@pytest.mark.parametrize(("provider", "service", "source", "rule"), NEW)
def test_a_new_type_and_a_rule_for_it_are_written(
    clone: Path, written: Told, provider: str, service: str, source: str, rule: str
) -> None:
    unit, tests = f"scanners/{provider}/{service}.py", f"tests/scanners/{provider}"
    code, told = written[f"type {provider} {service} {source}"]
    assert (code, told.splitlines()[:2]) == (0, [unit, f"{tests}/test_{service}.py"])
    code, told = written[f"rule {provider} {service} {rule} --security"]
    assert (code, told.splitlines()[0]) == (0, unit)
    assert f'security("{rule}", forgotten)' in (clone / unit).read_text()


def test_what_was_written_is_green_at_once(clone: Path, written: Told) -> None:
    files = [path for _, told in written.values() for path in told.splitlines()[:2]]
    for check in (("check",), ("format", "--check")):
        assert run(clone, "-m", "ruff", *check, *files)[0] == 0
    tests = sorted({path for path in files if path.startswith("tests/")})
    assert len(tests) == 2 * len(NEW) + 1
    code, told = run(clone, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", *tests)
    assert code == 0, told


def test_a_rule_joins_the_others_of_its_unit(clone: Path, written: Told, eip_before: str) -> None:
    assert written[NOBODYS][0] == 0
    before, after = set(eip_before.splitlines()), set((clone / "scanners/aws/eip.py").read_text().splitlines())
    assert '    """Nobody\'s: it has no tag that names its owner."""' in after - before
    assert before - after <= {line for line in before if line.startswith(("from scanners.core.", "    rules = "))}
    assert new(clone, [NOBODYS])[NOBODYS] == (
        2,
        "sentinel: aws eip has the rule ip.nobodys already; nothing was written\n",
    )


def test_outside_of_a_clone_it_says_where_to_go(tmp_path: Path) -> None:
    ran = sentinel("new", "type", "aws", "key_pair", "ec2:DescribeKeyPairs", home=tmp_path)
    assert ran.code == 2
    assert "not in a clone" in ran.err
