"""The broker as a command: its address, its end, and what it says where it cannot run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from demo_cloud.kafka_broker import answers, free_port, means

COMMAND = [sys.executable, "-m", "demo_cloud.kafka_broker"]
ROOT = Path(__file__).parents[2]


@pytest.mark.kafka
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_its_address_when_it_is_ready_and_stops_on_a_signal(
    ending: signal.Signals, kafka_broker: str, tmp_path: Path
) -> None:
    if means() is None:
        pytest.skip("neither Java nor Docker")
    port = free_port()
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [*COMMAND, "--port", str(port)], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == f"127.0.0.1:{port}\n"
        assert answers(port)
        process.send_signal(ending)
        assert process.wait(20) == 0
    assert not answers(port)
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith("sentinel-kafka")] == []


def test_without_java_and_docker_it_says_what_to_install(tmp_path: Path) -> None:
    done = subprocess.run(
        COMMAND, cwd=ROOT, env={"PATH": str(tmp_path)}, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("Kafka needs Java or Docker: install Java 17 and Maven")
