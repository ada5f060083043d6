from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from datetime import UTC, datetime

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from schemas import instruments
from schemas.errors import InvalidInputError
from schemas.exposition import STANDSTILL_SECONDS, Condition, answer, expose
from tests.support.postgres import free_port

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_what_is_missing_is_told_with_since_when() -> None:
    clock = iter([NOON, NOON.replace(hour=13)])
    condition = Condition(clock=lambda: next(clock))
    condition.away("store", "cannot be opened")
    condition.away("store", "still cannot be opened")
    status, _, body = answer("/readyz", condition)
    assert status.startswith("503")
    missing = [{"name": "store", "since": "2026-11-21T12:00:00+00:00", "error": "still cannot be opened"}]
    assert json.loads(body) == {"status": "not ready", "missing": missing}


def test_what_came_back_is_missing_no_more() -> None:
    condition = Condition(clock=lambda: NOON)
    condition.away("store", "gone")
    condition.away("bus", "gone")
    condition.there("store")
    assert [row["name"] for row in json.loads(answer("/readyz", condition)[2])["missing"]] == ["bus"]
    condition.there("bus")
    assert answer("/readyz", condition)[0] == "200 OK"


def test_a_missing_dependency_is_no_death() -> None:
    condition = Condition()
    condition.away("store", "gone")
    assert answer("/healthz", condition)[0] == "200 OK"


def test_a_loop_that_stands_still_is_one() -> None:
    condition = Condition(turned_at=time.monotonic() - STANDSTILL_SECONDS - 1)
    assert answer("/healthz", condition)[0].startswith("503")
    condition.turn()
    assert answer("/healthz", condition)[0] == "200 OK"


def test_metrics_are_as_prometheus_wants_them() -> None:
    """Parsed by the client's parser over a socket, and judged by promtool."""
    instruments.CALLS.labels("aws", "ebs", "eu-west-1").inc(3)
    port = free_port()
    close = expose("127.0.0.1", port, Condition())
    try:
        told = httpx.get(f"http://127.0.0.1:{port}/metrics")
        assert httpx.get(f"http://127.0.0.1:{port}/elsewhere").status_code == 404
    finally:
        close()
    assert told.headers["content-type"].startswith("text/plain; version=")
    samples = {s.name: s for family in text_string_to_metric_families(told.text) for s in family.samples}
    assert samples["sentinel_scan_calls_total"].value >= 3
    promtool = shutil.which("promtool")
    assert promtool, "install prometheus: apt-get install prometheus"
    ours = "".join(line + "\n" for line in told.text.splitlines() if "sentinel_" in line)
    judged = subprocess.run([promtool, "check", "metrics"], input=ours, text=True, capture_output=True, check=False)
    assert (judged.returncode, judged.stdout + judged.stderr) == (0, "")


def test_a_taken_port_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(InvalidInputError, match=f"cannot listen on 127.0.0.1:{port}"):
            expose("127.0.0.1", port, Condition())


def test_without_a_port_nothing_listens() -> None:
    expose("127.0.0.1", None, Condition())()
