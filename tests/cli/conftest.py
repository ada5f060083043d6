"""A demo cloud for the commands, and an empty home for each of them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo_cloud import DemoCloud
from schemas.demo import DEMO_ACCESS_KEY, DEMO_EXTERNAL_ID, DEMO_SECRET, demo_role_arn

ACCOUNT = "111111111111"


def role_of(account: str) -> tuple[str, ...]:
    """The options that assume the demo's role in an account."""
    return ("--role-arn", demo_role_arn(account), "--external-id", DEMO_EXTERNAL_ID)


ROLE = role_of(ACCOUNT)


def credentials(endpoint: str) -> dict[str, str]:
    """What a person sets to scan the demo cloud with the SDK's own variables."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": DEMO_ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": DEMO_SECRET,
    }


@pytest.fixture(scope="session")
def shared_cloud() -> Iterator[DemoCloud]:
    with DemoCloud.start() as running:
        yield running


@pytest.fixture
def cloud(shared_cloud: DemoCloud) -> Iterator[DemoCloud]:
    """Without faults, and with no call counted: not even a late one of a process that a test before ended."""
    shared_cloud.order()
    _settle(shared_cloud)
    yield shared_cloud
    shared_cloud.order()


def _settle(cloud: DemoCloud) -> None:
    for _ in range(50):
        cloud.reset_calls()
        time.sleep(0.1)
        if cloud.calls()["total"] == 0:
            return


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path
