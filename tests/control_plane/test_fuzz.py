"""Schemathesis against the running API: no 5xx, and no answer that the published description does not allow."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cli.ports import free_port
from tests.control_plane.test_process import start, wait_until_ready
from tests.support.identity import KEY, SIGNED_IN

EXAMPLES = int(os.environ.get("SENTINEL_TEST_FUZZ", "200"))
"""For each operation."""
CONFIGURATION = Path(__file__).parents[1] / "schemathesis.toml"


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """An API with nothing behind it: what it accepts stays QUEUED."""
    port = free_port()
    process = start(tmp_path, port, SENTINEL_LOG_LEVEL="error", SENTINEL_CALLBACK_SECRET="whsec_" + "YWJj" * 10)
    base = f"http://127.0.0.1:{port}"
    try:
        wait_until_ready(base, process)
        yield base
        assert process.poll() is None
    finally:
        process.kill()
        process.communicate()


FOLLOWING = "/api/v1/scans/{scan_id}/progress"
"""Its answer has no end while its scan has none: it is asked apart, with little patience."""


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "chosen",
    [("--exclude-path", FOLLOWING, "--request-timeout", "20"), ("--include-path", FOLLOWING, "--request-timeout", "1")],
)
def test_no_request_breaks_the_api_or_its_description(chosen: tuple[str, ...], address: str, tmp_path: Path) -> None:
    program, configuration = str(Path(sys.executable).parent / "st"), str(CONFIGURATION)
    command = [program, "--config-file", configuration, "run", f"{address}/openapi.json"]
    asked = ["--checks", "all", "--max-examples", str(EXAMPLES), "--continue-on-failure", "--seed", "20261121"]
    ran = subprocess.run(
        [*command, *asked, *chosen, "--header", f"Authorization: Bearer {KEY}", "--no-color"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-6000:]
    assert " passed" in ran.stdout


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_without_a_token_nothing_breaks_either(address: str, tmp_path: Path) -> None:
    described = httpx.get(f"{address}/openapi.json", headers=SIGNED_IN, trust_env=False)
    (tmp_path / "openapi.json").write_bytes(described.content)
    program, configuration = str(Path(sys.executable).parent / "st"), str(CONFIGURATION)
    command = [program, "--config-file", configuration, "run", "openapi.json", "--url", address, "--no-color"]
    asked = [
        "--checks",
        "all",
        "--max-examples",
        str(EXAMPLES // 20 + 1),
        "--continue-on-failure",
        "--seed",
        "20261121",
    ]
    ran = subprocess.run([*command, *asked], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-6000:]
    assert " passed" in ran.stdout
