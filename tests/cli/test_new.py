"""``sentinel new`` in a clone of the source: what it writes is green at once, and what it cannot write it says."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.terminal import ROOT, sentinel

PARTS = ("cli", "scanners", "schemas", "tests/scanners", "connections", "demo_cloud")


PYTEST = ("pytest", "-q", "-n0", "-p", "no:cacheprovider")


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The parts of the source that it reads and writes."""
    folder = tmp_path_factory.mktemp("clone")
    for part in PARTS:
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def run(clone: Path, *command: str) -> tuple[int, str]:
    environment = {**os.environ, "PYTHONPATH": str(clone), "NO_COLOR": "1"}
    ran = subprocess.run(
        [sys.executable, "-m", *command], cwd=clone, env=environment, capture_output=True, text=True, check=False
    )
    return ran.returncode, ran.stdout + ran.stderr


@pytest.mark.parametrize(
    ("provider", "service", "source", "rule"),
    [
        ("aws", "placement_group", "ec2:DescribePlacementGroups", "group.forgotten"),
        ("aws", "key_pair", "ec2:DescribeKeyPairs", "key.forgotten"),
        ("azure", "availability_set", "Microsoft.Compute/availabilitySets", "set.forgotten"),
        ("azure", "sql_server", "Microsoft.Sql/servers@2023-08-01", "server.forgotten"),
        ("gcp", "image", "compute.googleapis.com/Image", "image.forgotten"),
    ],
)
def test_a_new_type_and_a_rule_for_it_are_green_at_once(
    clone: Path, provider: str, service: str, source: str, rule: str
) -> None:
    unit, tests = f"scanners/{provider}/{service}.py", f"tests/scanners/{provider}"
    code, told = run(clone, "cli", "new", "type", provider, service, source)
    assert (code, told.splitlines()[:2]) == (0, [unit, f"{tests}/test_{service}.py"])
    code, told = run(clone, "cli", "new", "rule", provider, service, rule, "--security")
    assert (code, told.splitlines()[0]) == (0, unit)
    for check in (("check",), ("format", "--check")):
        assert run(clone, "ruff", *check, unit, tests)[0] == 0
    written = sorted(str(path) for path in (clone / tests).glob(f"test_{service}*.py"))
    assert len(written) == 2
    code, told = run(clone, *PYTEST, *written)
    assert code == 0, told
    assert f'security("{rule}", forgotten)' in (clone / unit).read_text()


def test_a_rule_joins_the_others_of_its_unit(clone: Path) -> None:
    path = clone / "scanners/aws/eip.py"
    before = path.read_text()
    assert run(clone, "cli", "new", "rule", "aws", "eip", "ip.nobodys")[0] == 0
    added = set(path.read_text().splitlines()) - set(before.splitlines())
    assert '    """Nobody\'s: it has no tag that names its owner."""' in added
    assert set(before.splitlines()) - set(path.read_text().splitlines()) <= {
        line for line in before.splitlines() if line.startswith(("from scanners.core.", "    rules = "))
    }
    code, told = run(
        clone, "pytest", "-q", "-n0", "-p", "no:cacheprovider", "tests/scanners/aws/test_eip_ip_nobodys.py"
    )
    assert code == 0, told
    code, told = run(clone, "cli", "new", "rule", "aws", "eip", "ip.nobodys")
    assert (code, told) == (2, "sentinel: aws eip has the rule ip.nobodys already; nothing was written\n")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("type aws ebs ec2:DescribeVolumes", 'aws has "ebs" already'),
        ("type aws volume ec2:DescribeVolumes", "aws has a resource Volume already"),
        ("type aws call ec2:DescribeKeyPairs", "scanners/aws/call.py is there already"),
        ("type aws pair ec3:DescribeKeyPairs", 'unknown API of AWS "ec3"; did you mean'),
        ("type aws pair ec2:DescribeKeyPair", 'did you mean "DescribeKeyPairs"?'),
        ("type aws pair ec2:DeleteKeyPair", "ec2:DeleteKeyPair is not a read-only operation"),
        ("type aws queue sqs:ListQueues", "lists only names in QueueUrls"),
        ("type aws alarm cloudwatch:DescribeAlarms", "choose by --items"),
        ("type azure store Microsoft.Storage/storageAccounts", "names no version of the API of Microsoft.Storage"),
        ("type gcp store storage.googleapis.com/Bucket", "no asset type of Compute Engine"),
        ("type ibm disk x", 'unknown value for PROVIDER "ibm"'),
        ("rule aws volum disk.lost", 'unknown service "volum" for aws'),
        ("rule aws ebs disk.unattached", "aws ebs has the rule disk.unattached already"),
        ("rule aws ebs disk.class", 'problem of the rule "class" cannot be'),
        ("rule aws ebs disk.timedelta", "names something else in the file of ebs already"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_written(clone: Path, arguments: str, told: str) -> None:
    before = {path: path.stat().st_mtime_ns for path in clone.rglob("*.py")}
    code, line = run(clone, "cli", "new", *arguments.split())
    assert (code, told in line, len(line.splitlines())) == (2, True, 1), line
    assert {path: path.stat().st_mtime_ns for path in clone.rglob("*.py")} == before


def test_outside_of_a_clone_it_says_where_to_go(tmp_path: Path) -> None:
    ran = sentinel("new", "type", "aws", "key_pair", "ec2:DescribeKeyPairs", home=tmp_path)
    assert ran.code == 2
    assert "not in a clone" in ran.err
