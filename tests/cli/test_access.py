"""No credentials and a dead endpoint: one line, soon, exit 3."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from demo_cloud import DemoCloud
from tests.cli.conftest import ROLE, credentials, role_of
from tests.cli.terminal import Ran, sentinel

KEYS = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "planted-secret"}


def one_line(ran: Ran) -> str:
    assert ran.code == 3
    assert ran.out == ""
    [line] = ran.err.splitlines()
    assert "planted-secret" not in line
    return line


def soon(promised: float, home: Path) -> float:
    """Seconds within twice what people are promised, on a machine as busy as this one is now.

    A command that asks no cloud is the measure of how busy it is. What must not happen is waiting for an SDK's own
    limits: a minute or more.
    """
    return promised + 4 * sentinel("catalogue", home=home).seconds


def test_no_credentials_names_what_was_tried(home: Path) -> None:
    ran = sentinel("scan", "aws", home=home, variables={"AWS_EC2_METADATA_DISABLED": "true"})
    line = one_line(ran)
    for tried in ("environment", f"{home}/.aws/credentials", f"{home}/.aws/config"):
        assert tried in line
    assert "sentinel demo" in line
    assert ran.seconds < soon(2, home)


def test_no_credentials_and_no_metadata_service(home: Path) -> None:
    """The SDK itself would wait for the service of EC2 that is not here."""
    ran = sentinel("scan", "aws", home=home)
    assert "no AWS credentials" in one_line(ran)
    assert ran.seconds < soon(2, home)


def test_a_profile_that_is_not_there_is_named(home: Path) -> None:
    line = one_line(sentinel("scan", "aws", "--profile", "nobody", home=home))
    assert "nobody" in line


def test_a_refused_role_is_named(cloud: DemoCloud, home: Path) -> None:
    role = (*role_of("111111111111")[:3], "not-the-external-id")
    line = one_line(sentinel("scan", "aws", *role, home=home, variables=credentials(cloud.endpoint)))
    assert "arn:aws:iam::111111111111:role/cloud-sentinel-read" in line


def test_a_dead_endpoint_is_named(home: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        ran = sentinel("scan", "aws", home=home, variables=KEYS | {"AWS_ENDPOINT_URL": endpoint})
    line = one_line(ran)
    assert endpoint in line
    assert "sentinel demo" in line
    assert ran.seconds < soon(6, home)


def test_a_silent_endpoint_is_named(home: Path) -> None:
    """The backlog is full: a connection is neither taken nor refused."""
    with silent_listener() as endpoint:
        ran = sentinel("scan", "aws", *ROLE, home=home, variables=KEYS | {"AWS_ENDPOINT_URL": endpoint})
    assert endpoint in one_line(ran)
    assert ran.seconds < soon(6, home)


@contextmanager
def silent_listener() -> Iterator[str]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        for one in waiting:
            one.close()


@pytest.mark.parametrize("endpoint", ["localhost", "ftp://localhost", "http://", "http://localhost:port"])
def test_an_endpoint_that_is_none_is_bad_input(endpoint: str, home: Path) -> None:
    ran = sentinel("scan", "aws", home=home, variables=KEYS | {"AWS_ENDPOINT_URL": endpoint})
    assert (ran.code, len(ran.err.splitlines())) == (2, 1)
    assert "AWS_ENDPOINT_URL" in ran.err


def test_a_traceback_is_shown_with_debug_only(home: Path) -> None:
    variables = {"AWS_EC2_METADATA_DISABLED": "true"}
    assert "Traceback" not in sentinel("scan", "aws", home=home, variables=variables).err
    assert "Traceback" in sentinel("scan", "aws", "--debug", home=home, variables=variables).err
    assert "Traceback" in sentinel("--debug", "scan", "aws", home=home, variables=variables).err
