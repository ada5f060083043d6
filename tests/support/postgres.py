"""A PostgreSQL server for a test session: the given one, else one in Docker, else one of our own from local binaries.

Each test gets a database of its own, so all may share the server; under xdist each worker starts one.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import asyncpg
import pytest
from sqlalchemy import make_url

from tests.support.kafka import docker_answers

HOW_TO_GET_ONE = "install PostgreSQL (Debian and Ubuntu: apt-get install postgresql), or start Docker"
PASSWORD = "pl4nted-s3cret"
START_SECONDS = 60


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a server and of a user who may create databases."""
    if given := os.environ.get("SENTINEL_TEST_POSTGRES"):
        yield given
    elif docker_answers():
        yield from _container()
    else:
        with own_server() as server:
            yield server.address


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """A new, empty database."""
    name = f"sentinel_{secrets.token_hex(6)}"
    in_thread(_execute(postgres_server, f"CREATE DATABASE {name} TEMPLATE template0"))
    yield make_url(postgres_server).set(database=name).render_as_string(hide_password=False)
    in_thread(_execute(postgres_server, f"DROP DATABASE {name} WITH (FORCE)"))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@dataclass
class Server:
    """A server from local binaries, with its files in a folder."""

    folder: Path
    binaries: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    fsync: bool = False

    @property
    def address(self) -> str:
        return f"postgresql://sentinel:{PASSWORD}@127.0.0.1:{self.port}/postgres"

    def create(self) -> None:
        password = self.folder / "password"
        password.write_text(PASSWORD)
        if os.geteuid() == 0:
            entry = pwd.getpwnam("postgres")
            for path in (self.folder, password):
                os.chown(path, entry.pw_uid, entry.pw_gid)
        words = ["-U", "sentinel", "-E", "UTF8", "--locale=C.UTF-8", "-A", "scram-sha-256", "--no-sync"]
        subprocess.run(
            [self.binaries / "initdb", "-D", self.folder / "data", *words, f"--pwfile={password}"],
            check=True,
            capture_output=True,
            cwd=self.folder,
            **_as_postgres(),
        )

    def start(self) -> None:
        options = f"-h 127.0.0.1 -p {self.port} -k {self.folder} -c max_connections=200".split()
        options += [] if self.fsync else ["-c", "fsync=off"]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.binaries / "postgres", "-D", self.folder / "data", *options],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                **_as_postgres(),
            )
        until = time.monotonic() + START_SECONDS
        while not in_thread(_answers(self.address)):
            if self.process.poll() is not None or time.monotonic() > until:
                pytest.fail(f"PostgreSQL did not start: {(self.folder / 'log').read_text()}")
            time.sleep(0.05)

    def stop(self) -> None:
        """At once, as a crash would; what was committed stays."""
        if self.process is not None:
            self.process.send_signal(3)
            self.process.wait(30)
            self.process = None


@contextmanager
def own_server(*, fsync: bool = False) -> Iterator[Server]:
    """A server of this session, or of this test, alone. Tests need no ``fsync``."""
    binaries = _binaries()
    if binaries is None:
        lack = f"no PostgreSQL: set SENTINEL_TEST_POSTGRES=postgresql://USER:PASSWORD@HOST/DB, or {HOW_TO_GET_ONE}"
        if os.environ.get("CI") == "true":
            pytest.fail(lack)
        pytest.skip(lack)
    with TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder:
        server = Server(Path(folder), binaries, fsync=fsync)
        server.create()
        server.start()
        try:
            yield server
        finally:
            server.stop()


def in_thread(work: Coroutine[Any, Any, Any]) -> Any:
    """A fixture must not touch the loop of the test that it serves."""
    answers: list[Any] = []
    thread = threading.Thread(target=lambda: answers.append(asyncio.run(work)))
    thread.start()
    thread.join()
    assert answers, "see the thread's own error"
    return answers[0]


def _binaries() -> Path | None:
    """The newest that is installed; Debian keeps them off the PATH."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    found = str(installed[-1]) if installed else shutil.which("initdb")
    return Path(found).parent if found else None


def _as_postgres() -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    return {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}


def _container() -> Iterator[str]:
    from testcontainers.postgres import PostgresContainer

    with PostgresContainer("postgres:16", username="sentinel", password=PASSWORD, driver=None) as container:
        yield container.get_connection_url()


async def _execute(address: str, statement: str) -> None:
    connection = await asyncpg.connect(address)
    await connection.execute(statement)
    await connection.close()


async def _answers(address: str) -> bool:
    try:
        await _execute(address, "SELECT 1")
    except (OSError, asyncpg.CannotConnectNowError):
        return False
    return True
