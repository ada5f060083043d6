"""docs/add-a-resource.md: its code, taken out, installed as a package of its own, and run against the local cloud."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.scanners.running import ACCOUNT, LocalCloud

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "add-a-resource.md"

RUN = """
import asyncio, json, sys
from datetime import timedelta
from scanners.core.registry import groups, operations_of
from tests.scanners.running import LocalCloud, scan

async def main():
    result = await scan(LocalCloud(sys.argv[1]), services=("of_the_page",))
    print(json.dumps({
        "events": [[e.type, e.subject, e.data.value] for e in result.events],
        "complete": result.outcome.complete,
        "groups": groups("aws"),
        "operations": sorted(operations_of("aws", ("of_the_page",))),
    }))

asyncio.run(main())
"""


def block(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)
    return str(found)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the package was installed into, by uv and its own build backend: without any network."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("target")
    (source / "key_pairs").mkdir()
    (source / "key_pairs" / "__init__.py").write_text(
        block("python").replace('family = "key_pair"', 'family = "of_the_page"')
    )
    (source / "pyproject.toml").write_text(block("toml"))
    command = [sys.executable, "-m", "uv", "pip", "install", "--offline", "--no-deps", "--quiet", "--target"]
    subprocess.run([*command, str(target), "--python", sys.executable, str(source)], check=True, capture_output=True)
    return target


def test_the_example_runs_as_a_package(installed: Path, cloud: LocalCloud) -> None:
    pair = cloud.client("ec2", "eu-west-1").create_key_pair(KeyName="deploy", KeyType="ed25519")["KeyPairId"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(installed), str(ROOT)])}
    command = [sys.executable, "-c", RUN, cloud.url]
    told = json.loads(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)
    arn = f"arn:aws:ec2:eu-west-1:{ACCOUNT}:key-pair/{pair}"
    events = {event_type: (subject, value) for event_type, subject, value in told["events"]}
    assert events["aws.metadata.of_the_page.key_name"] == (arn, "deploy")
    assert events["aws.metadata.of_the_page.tags"] == (arn, {})
    assert "aws.security.of_the_page.old" not in events  # 40 days old, a year is allowed
    assert events["aws.scan.of_the_page.reached"][1]["resources"] == 1
    assert told["complete"] == ["of_the_page"]
    assert "of_the_page" in told["groups"]["@identity"]
    assert "ec2:DescribeKeyPairs" in told["operations"]
