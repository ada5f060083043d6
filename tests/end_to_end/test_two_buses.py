"""The same scan over both buses: what was planted is found, and every fact is the same."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import pytest

SENTINEL = Path(__file__).parents[2] / ".venv/bin/sentinel"
MOMENT = "2026-11-20T09:00:00+00:00"

Canonical = set[tuple[str, str, str, str]]
"""Id, type, subject and data of each event."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300), pytest.mark.xdist_group("two-buses")]


def _facts_of_a_demo(home: Path, *arguments: str) -> Canonical:
    command = [str(SENTINEL), "demo", "--once", "--keep", "--port", "0", *arguments]
    variables = {**os.environ, "HOME": str(home), "SENTINEL_FIXED_NOW": MOMENT}
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env=variables, timeout=250)
    assert ran.returncode == 0, ran.stderr[-3000:]
    assert "planted = found" in ran.stdout
    (kept,) = re.findall(r"kept: (\S+)", ran.stderr)
    try:
        return _canonical(Path(kept) / "store.sqlite")
    finally:
        shutil.rmtree(kept)


def _canonical(store: Path) -> Canonical:
    with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as connection:
        bodies = [json.loads(body) for (body,) in connection.execute("SELECT body FROM events")]
    connection.close()
    assert len({body["id"] for body in bodies}) == len(bodies)
    return {(body["id"], body["type"], body["subject"], _data(body)) for body in bodies}


def _data(body: dict[str, Any]) -> str:
    """As it is compared: what a scan cost differs from run to run, and so does the port of the demo cloud."""
    told = "" if body["type"].endswith(".measured") else json.dumps(body["data"], sort_keys=True)
    return re.sub(r"http://127\.0\.0\.1:\d+/", "http://demo/", told)


@pytest.mark.kafka
def test_both_buses_carry_the_same_facts(kafka_broker: str, tmp_path: Path) -> None:
    embedded = _facts_of_a_demo(tmp_path)
    over_kafka = _facts_of_a_demo(tmp_path, "--kafka", kafka_broker)
    assert len(embedded) > 5000
    assert over_kafka - embedded == set()
    assert embedded - over_kafka == set()
