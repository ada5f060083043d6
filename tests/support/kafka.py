"""A Kafka broker for a test session: the given one, else one in Docker, else one of our own from local binaries.

Tests use topics and groups with names of their own: all of a session share the broker, also under xdist.
"""

from __future__ import annotations

import fcntl
import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from demo_cloud.kafka_broker import HOW_TO_GET_ONE, means

ROOT = Path(__file__).parents[2]
START_SECONDS = 600  # the first time Maven fetches the jars


@pytest.fixture(scope="session")
def kafka_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """``host:port`` of a broker."""
    if given := os.environ.get("SENTINEL_TEST_KAFKA"):
        yield given
        return
    if docker_answers():
        yield from _container()
        return
    require_means()
    if "PYTEST_XDIST_WORKER" in os.environ:
        yield _shared(tmp_path_factory.getbasetemp().parent)
        return
    with own_broker() as (address, _):
        yield address


@pytest.fixture(scope="session")
def kafka_means() -> None:
    """For tests with a broker of their own: that one can be started here."""
    require_means()


def require_means() -> None:
    """Without a way to get a broker: skipped with the way to one, and failed in CI."""
    if means() is None:
        lack = f"no Kafka broker: set SENTINEL_TEST_KAFKA=host:port, or {HOW_TO_GET_ONE}"
        if os.environ.get("CI") == "true":
            pytest.fail(lack)
        pytest.skip(lack)


def docker_answers() -> bool:
    if shutil.which("docker") is None:
        return False
    asked = subprocess.run(["docker", "version"], capture_output=True, timeout=20, check=False)
    return asked.returncode == 0


def _container() -> Iterator[str]:
    from testcontainers.kafka import KafkaContainer

    with KafkaContainer("confluentinc/cp-kafka:7.9.0").with_kraft() as container:
        yield container.get_bootstrap_server()


@contextmanager
def own_broker() -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A broker of this test alone, with the process that looks after it."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        process = _start(os.getpid(), TMPDIR=folder)
        try:
            yield _address(process), process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
            _close(process)


def _shared(folder: Path) -> str:
    """The first worker starts the broker for the session's controlling process, with which it ends."""
    with (folder / "kafka.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        noted = folder / "kafka.address"
        if not noted.exists():
            process = _start(os.getppid())
            noted.write_text(_address(process))
            process.returncode = 0  # it is not ours to wait for
            _close(process)
        return noted.read_text()


def _start(parent: int, **environment: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "demo_cloud.kafka_broker", "--parent", str(parent)]
    return subprocess.Popen(
        command, cwd=ROOT, env=os.environ | environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    assert process.stderr is not None
    ready, _, _ = select.select([process.stdout], [], [], START_SECONDS)
    address = process.stdout.readline().strip() if ready else ""
    if not address:
        process.kill()
        pytest.fail(f"no Kafka broker: {process.stderr.read()}")
    return address


def _close(process: subprocess.Popen[str]) -> None:
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()
