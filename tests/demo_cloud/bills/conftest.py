"""The bills of the demo, written once."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from demo_cloud.bills.aws_bill import aws_charges
from demo_cloud.bills.charge import Charge
from demo_cloud.bills.write import write_bills

NOW = datetime(2026, 11, 21, 4, tzinfo=UTC)


@pytest.fixture(scope="session")
def bills(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Where each of them is."""
    return write_bills(tmp_path_factory.mktemp("bills"), NOW)


@pytest.fixture(scope="session")
def aws_lines() -> list[Charge]:
    """The AWS bill before it is written."""
    return aws_charges(NOW)
