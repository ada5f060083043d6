"""Fixtures that several rooms share, and the count of what did not run."""

from __future__ import annotations

import os

import pytest

from tests.support.identity import VARIABLES
from tests.support.kafka import kafka_broker, kafka_means
from tests.support.kafka_secure import secure_kafka
from tests.support.postgres import postgres_server, postgres_url

__all__ = ["kafka_broker", "kafka_means", "postgres_server", "postgres_url", "secure_kafka"]

os.environ.update(VARIABLES)  # every API that a test makes knows the key of the tests

MAX_SKIPPED_IN_CI = 0
MAX_EXPECTED_FAILURES = 0


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many tests did not run, or were expected to fail."""
    skipped, expected = _not_passed(terminalreporter)
    terminalreporter.write_line(f"skipped: {skipped}, expected failures: {expected}")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI skipped is not passed."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") != "true" or not isinstance(reporter, pytest.TerminalReporter):
        return
    skipped, expected = _not_passed(reporter)
    if session.exitstatus == 0 and (skipped > MAX_SKIPPED_IN_CI or expected > MAX_EXPECTED_FAILURES):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _not_passed(reporter: pytest.TerminalReporter) -> tuple[int, int]:
    return len(reporter.stats.get("skipped", [])), len(reporter.stats.get("xfailed", []))
