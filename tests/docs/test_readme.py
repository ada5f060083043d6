"""The README's commands work as they are printed; its accounts and ports are those of the demo cloud here."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cli.ports import free_port
from demo_cloud import DemoCloud
from demo_cloud.gcp.process import GcpCloud
from demo_cloud.process import end, launch
from schemas.demo import (
    DEMO_CLIENT_ID,
    DEMO_EXTERNAL_ID,
    DEMO_GCP_PROJECT,
    DEMO_SECRET,
    DEMO_TENANT,
    demo_role_arn,
)
from schemas.event import decode
from tests.cli.conftest import ACCOUNT, credentials
from tests.cli.terminal import ROOT, environment

pytestmark = pytest.mark.xdist_group("readme")

README = (ROOT / "README.md").read_text()
PATIENCE = 30.0


@dataclass(frozen=True)
class Command:
    """One command of a console block, with the output that is printed below it."""

    text: str
    output: list[str] = field(default_factory=list)


def commands(readme: str) -> list[Command]:
    """All of them, in their order."""
    found: list[Command] = []
    for block in re.findall(r"```console\n(.*?)```", readme, re.DOTALL):
        for line in block.replace("\\\n", "").splitlines():
            if line.startswith("$ "):
                found.append(Command(line.removeprefix("$ ")))
            else:
                found[-1].output.append(line)
    return found


COMMANDS = commands(README)
MAKE = [each for each in COMMANDS if each.text.startswith("make ")]
SCANS = [each for each in COMMANDS if " scan aws " in each.text]
AZURE_SCANS = [each for each in COMMANDS if " scan azure " in each.text]
GCP_SCANS = [each for each in COMMANDS if " scan gcp " in each.text]
SERVER = [each for each in COMMANDS if each.text.split("#")[0].strip().endswith("sentinel up")]
KEYS = [each for each in COMMANDS if each.text.startswith("export SENTINEL_API_KEY=")]
CURLS = [each for each in COMMANDS if each.text.startswith("curl ")]
TAILS = [each for each in COMMANDS if " events tail" in each.text]
COMPOSE = [each for each in COMMANDS if "compose" in each.text]
OFFLINE = [each for each in COMMANDS if re.search(r"sentinel (catalogue|policy|rules|new)\b", each.text)]


@pytest.fixture(scope="module")
def cloud() -> Iterator[DemoCloud]:
    with DemoCloud.start() as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder like a clone after its setup."""
    (tmp_path / ".venv").symlink_to(sys.prefix)
    return tmp_path


@dataclass(frozen=True)
class Shell:
    """A shell in a folder, with the demo cloud's credentials."""

    folder: Path
    variables: dict[str, str]

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            env=environment(self.folder, self.variables),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.fixture
def shell(cloud: DemoCloud, folder: Path) -> Shell:
    return Shell(folder, credentials(cloud.endpoint))


def adapted(command: Command) -> str:
    """With an account and a role that the demo cloud has."""
    ours = command.text.replace("arn:aws:iam::123456789012:role/audit", demo_role_arn(ACCOUNT))
    return ours.replace("--external-id my-id", f"--external-id {DEMO_EXTERNAL_ID}")


def test_every_command_of_the_readme_is_run_here() -> None:
    assert COMMANDS
    assert [
        each
        for each in COMMANDS
        if each in [*MAKE, *SCANS, *AZURE_SCANS, *GCP_SCANS, *SERVER, *KEYS, *CURLS, *TAILS, *OFFLINE, *COMPOSE]
    ] == COMMANDS


def test_what_compose_is_told_is_there() -> None:
    """There is no engine here: tests/deploy starts what these two would start."""
    copied, started = (each.text.split("#")[0].split() for each in COMPOSE)
    assert (copied[0], copied[2]) == ("cp", ".env")
    assert (ROOT / copied[1]).is_file()
    file, service = started[started.index("-f") + 1], started[started.index("--scale") + 1].partition("=")[0]
    assert started[:2] == ["docker", "compose"]
    assert f"\n  {service}:\n" in (ROOT / file).read_text()


def test_the_two_commands_stand_at_the_top() -> None:
    top = "\n".join(README.splitlines()[:25])
    assert "$ make demo" in top
    assert "$ make test" in top


@pytest.mark.parametrize("command", MAKE, ids=lambda each: each.text.split("#")[0].strip())
def test_make_knows_the_target(command: Command) -> None:
    made = subprocess.run(
        ["bash", "-c", f"make --dry-run {command.text.removeprefix('make ')}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    assert "sentinel demo" in made.stdout or "deploy/test.sh" in made.stdout


@pytest.mark.parametrize("command", SCANS, ids=range(len(SCANS)))
def test_a_scan_runs_as_printed(command: Command, shell: Shell) -> None:
    ran = shell.run(adapted(command))
    assert ran.returncode == 0, ran.stderr
    if "--estimate" in command.text:
        assert "CALLS" in ran.stdout
        return
    lines = (shell.folder / "facts.ndjson").read_bytes().splitlines()
    assert lines
    assert all(decode(line).provider == "aws" for line in lines)


def test_a_scan_of_azure_runs_as_printed(folder: Path) -> None:
    process, told = launch([sys.executable, "-m", "demo_cloud.azure", f"--parent-pid={os.getpid()}"])
    endpoint = {"SENTINEL_AZURE_ENDPOINT": told["endpoint"], "SENTINEL_AZURE_AUTHORITY": told["endpoint"]}
    caller = {"AZURE_TENANT_ID": DEMO_TENANT, "AZURE_CLIENT_ID": DEMO_CLIENT_ID, "AZURE_CLIENT_SECRET": DEMO_SECRET}
    shell = Shell(folder, {**endpoint, **caller, "SENTINEL_AZURE_CA": told["ca"]})
    try:
        for command in AZURE_SCANS:
            ran = shell.run(command.text.replace("00000000-0000-0000-0000-000000000000", told["accounts"][0]))
            assert ran.returncode == 0, ran.stderr
    finally:
        end(process)
    lines = (shell.folder / "facts.ndjson").read_bytes().splitlines()
    assert lines
    assert all(decode(line).provider == "azure" for line in lines)


def test_a_scan_of_google_cloud_runs_as_printed(folder: Path) -> None:
    with GcpCloud.start() as cloud:
        shell = Shell(folder, cloud.variables(folder))
        for command in GCP_SCANS:
            ran = shell.run(command.text.replace("web-production", DEMO_GCP_PROJECT))
            assert ran.returncode == 0, ran.stderr
    lines = (shell.folder / "facts-gcp.ndjson").read_bytes().splitlines()
    assert len(lines) > 1000
    assert all(decode(line).provider == "gcp" for line in lines)


def test_commands_without_a_cloud_run_as_printed(shell: Shell) -> None:
    for command in OFFLINE:
        ran = shell.run(command.text)
        assert ran.returncode == 0, ran.stderr


@pytest.fixture
def curl() -> None:
    if shutil.which("curl") is None:
        lack = "no curl: sudo apt-get install curl"
        if os.environ.get("CI") == "true":
            pytest.fail(lack)
        pytest.skip(lack)


@pytest.mark.usefixtures("curl")
def test_the_service_answers_as_printed(cloud: DemoCloud, folder: Path) -> None:
    (up,) = SERVER
    port = free_port()
    shell = Shell(folder, credentials(cloud.endpoint) | {"SENTINEL_PORT": str(port)})
    with subprocess.Popen(
        ["bash", "-c", f"exec {up.text}"], cwd=folder, env=environment(folder, shell.variables), stderr=subprocess.PIPE
    ) as server:
        try:
            _wait_until_ready(port, server)
            (key,) = KEYS
            for command in CURLS:
                _check(command, shell.run(f"{key.text} && {command.text}".replace(":8080", f":{port}")))
            for command in TAILS:
                tail = shell.run(f"timeout --signal INT --preserve-status 3 {command.text}")
                assert (tail.returncode, tail.stderr) == (130, "")
        finally:
            server.send_signal(signal.SIGINT)
            server.communicate(timeout=PATIENCE)
    assert server.returncode == 0


def _check(command: Command, ran: subprocess.CompletedProcess[str]) -> None:
    assert ran.returncode == 0, ran.stderr
    answer = json.loads(ran.stdout)
    assert "errors" not in answer, answer
    for line in command.output:
        assert re.fullmatch(re.escape(line).replace("…", ".+"), ran.stdout.strip())


def _wait_until_ready(port: int, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        assert server.poll() is None
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail("the API was not ready in time")
